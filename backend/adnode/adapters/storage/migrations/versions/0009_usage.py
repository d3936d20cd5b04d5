"""Pairs and syncs by month and hour, and pairs that wait for the plan"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HELD = sa.text("is_held AND status <> 'unlinked'")
MOMENTS = {
    "sqlite": ("substr({0}, 1, 7)", "substr({0}, 1, 10)", "CAST(substr({0}, 12, 2) AS INTEGER)"),
    "postgresql": (
        "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM')",
        "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        "CAST(to_char({0} AT TIME ZONE 'UTC', 'HH24') AS BIGINT)",
    ),
}
"""Month, day and hour of a time, in UTC."""


def upgrade() -> None:
    _create_usage()
    _create_tallies()
    op.add_column("twins", sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("twins_due", table_name="twins")
    op.create_index("twins_due", "twins", ["connection_id", "is_held", "is_dirty", "due_at", "id"], unique=False)
    op.create_index(
        "twins_held",
        "twins",
        ["organization_id", "created_at", "id"],
        unique=False,
        sqlite_where=HELD,
        postgresql_where=HELD,
    )
    op.drop_column("connections", "synchronized_at")
    _count_twins()


def _create_usage() -> None:
    op.create_table(
        "usage",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("connection_name", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "connection_id", "month", name=op.f("usage_pkey")),
    )
    columns = ["organization_id", "month", "pairs", "connection_id"]
    op.create_index("usage_by_month", "usage", columns, unique=False)


def _create_tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("bucket", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "day", "hour", "connection_id", "kind", "bucket", name=op.f("tallies_pkey")
        ),
    )
    op.create_index("tallies_by_day", "tallies", ["day"], unique=False)


def _count_twins() -> None:
    """Count the pairs that are there. Those that were made and are gone can't be counted any more."""
    month, day, hour = (form.format("twins.created_at") for form in MOMENTS[op.get_bind().dialect.name])
    op.execute(
        f"""
        INSERT INTO usage (organization_id, connection_id, month, connection_name, destination, pairs)
        SELECT twins.organization_id, twins.connection_id, {month}, coalesce(max(connections.name), ''),
               coalesce(max(connections.peer_organization_url), ''), count(*)
        FROM twins LEFT JOIN connections ON connections.id = twins.connection_id
        GROUP BY twins.organization_id, twins.connection_id, {month}
        """  # noqa: S608 - expressions of our own
    )
    op.execute(
        f"""
        INSERT INTO tallies (organization_id, day, hour, connection_id, kind, bucket, count)
        SELECT twins.organization_id, {day}, {hour}, twins.connection_id, 'pair', 0, count(*)
        FROM twins GROUP BY twins.organization_id, {day}, {hour}, twins.connection_id
        """  # noqa: S608 - expressions of our own
    )


def downgrade() -> None:
    op.add_column("connections", sa.Column("synchronized_at", UtcTime(), nullable=True))
    op.drop_index("twins_held", table_name="twins")
    op.drop_index("twins_due", table_name="twins")
    op.create_index("twins_due", "twins", ["connection_id", "is_dirty", "due_at", "id"], unique=False)
    op.drop_column("twins", "is_held")
    op.drop_table("tallies")
    op.drop_table("usage")
