"""On what terms work items were connected, and which twins were cleaned up"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("twins", sa.Column("terms", sa.Text(), nullable=True))
    op.create_table(
        "forgotten_twins",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("forgotten_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "twin_id", name=op.f("forgotten_twins_pkey")),
    )
    op.create_index(op.f("ix_forgotten_twins_forgotten_at"), "forgotten_twins", ["forgotten_at"], unique=False)
    op.create_index("drift_findings_by_twin", "drift_findings", ["twin_id"], unique=False)


def downgrade() -> None:
    op.drop_index("drift_findings_by_twin", table_name="drift_findings")
    op.drop_index(op.f("ix_forgotten_twins_forgotten_at"), table_name="forgotten_twins")
    op.drop_table("forgotten_twins")
    op.drop_column("twins", "terms")
