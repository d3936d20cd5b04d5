"""Jobs and their rows"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OUTCOMES = ("waiting", "started", "done", "already", "skipped", "failed", "cancelled")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        *(sa.Column(outcome, sa.BigInteger(), nullable=False) for outcome in OUTCOMES),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("jobs_pkey")),
    )
    op.create_index("jobs_by_time", "jobs", ["organization_id", "created_at", "id"])
    op.create_index("jobs_by_connection", "jobs", ["connection_id", "created_at", "id"])
    is_open = sa.text("status IN ('waiting', 'running') OR started > 0")
    op.create_index("jobs_open", "jobs", ["due_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("jobs_finished", "jobs", ["finished_at"])
    op.create_table(
        "job_rows",
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("remote_work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("job_rows_pkey")),
    )
    op.create_index("job_rows_by_outcome", "job_rows", ["job_id", "outcome", "number"])


def downgrade() -> None:
    op.drop_table("job_rows")
    op.drop_table("jobs")
