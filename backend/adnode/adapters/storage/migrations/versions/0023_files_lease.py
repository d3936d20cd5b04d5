"""Who moves the files of a connection: one process at a time"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("files_owner", sa.Text(), nullable=True))
    op.add_column("connections", sa.Column("files_until", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("connections", "files_until")
    op.drop_column("connections", "files_owner")
