"""Triggers, and the changes that they have not looked at yet"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "triggers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_type", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("matches", sa.BigInteger(), nullable=True),
        sa.Column("is_many", sa.Boolean(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=True),
        sa.Column("exalated", sa.BigInteger(), nullable=False),
        sa.Column("last_run_at", UtcTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("checked_through", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("triggers_pkey")),
    )
    op.create_index("triggers_by_time", "triggers", ["organization_id", "created_at", "id"])
    op.create_index("triggers_by_connection", "triggers", ["connection_id"])
    op.create_table(
        "change_logs",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("noted_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("change_logs_pkey")),
    )
    op.create_table(
        "noted_changes",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "work_item_id", name=op.f("noted_changes_pkey")),
    )
    op.create_index("noted_changes_by_number", "noted_changes", ["organization_id", "number"], unique=True)


def downgrade() -> None:
    op.drop_table("noted_changes")
    op.drop_table("change_logs")
    op.drop_table("triggers")
