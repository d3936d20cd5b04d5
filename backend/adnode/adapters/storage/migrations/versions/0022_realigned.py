"""When the twins of a connection were taken up again after one of its nodes went back"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("realigned_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("connections", "realigned_at")
