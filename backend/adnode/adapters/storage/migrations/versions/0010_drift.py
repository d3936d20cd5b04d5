"""What comparisons found"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drift_findings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("comparison_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("remote_work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("drift_findings_pkey")),
    )
    op.create_index("drift_findings_by_place", "drift_findings", ["connection_id", "status", "kind", "id"])
    op.create_index("drift_findings_by_subject", "drift_findings", ["connection_id", "kind", "subject"], unique=True)
    op.create_index("drift_findings_settled", "drift_findings", ["settled_at"])


def downgrade() -> None:
    op.drop_table("drift_findings")
