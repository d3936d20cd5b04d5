"""How many pages of a change feed were taken over, and when it was last read again from some time ago"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("pages", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("feeds", sa.Column("looked_back_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("feeds", "looked_back_at")
    op.drop_column("feeds", "pages")
