"""How the other side of a connection stands: since when, and what its line is like"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection_notes", sa.Column("remote_status_at", UtcTime(), nullable=True))
    op.add_column("connection_notes", sa.Column("failing_since", UtcTime(), nullable=True))
    op.add_column("connection_notes", sa.Column("failed_calls", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("connection_notes", sa.Column("line_code", sa.String(length=80), server_default="", nullable=False))
    op.add_column("connection_notes", sa.Column("listening_since", UtcTime(), nullable=True))


def downgrade() -> None:
    for name in ("listening_since", "line_code", "failed_calls", "failing_since", "remote_status_at"):
        op.drop_column("connection_notes", name)
