"""What the sync queue is searched and sorted by, and its samples over time"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNFINISHED = {
    "outbox": "status IN ('waiting', 'sending', 'blocked', 'failed') "
    "OR (status = 'sent' AND kind IN ('state', 'connecting'))",
    "inbox": "status IN ('applying', 'blocked', 'failed', 'parked')",
}
EVENT_COLUMNS = [
    *("organization_id", "lane", "created_at", "id"),
    *("connection_id", "status", "sequence", "kind", "twin_id", "work_item_id"),
]
LANES = {
    "outbox": ("incoming_attachments", "outgoing_attachments", "outgoing_sync"),
    "inbox": ("outgoing_attachments", "incoming_attachments", "incoming_sync"),
}
"""Lanes of requests for files, of answers to them, and of everything else."""


def upgrade() -> None:
    for table in ("outbox", "inbox"):
        _add_columns(table)
        _fill(table)
        _create_indexes(table)
    op.create_table(
        "queue_samples",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("oldest_seconds", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "connection_id", "direction", "minute", name=op.f("queue_samples_pkey")
        ),
    )
    op.create_index("queue_samples_by_minute", "queue_samples", ["minute"], unique=False)


def _add_columns(table: str) -> None:
    op.add_column(table, sa.Column("organization_id", sa.String(length=64), server_default="", nullable=False))
    op.add_column(table, sa.Column("lane", sa.String(length=30), server_default="", nullable=False))
    op.add_column(table, sa.Column("work_item_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(table, sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(table, sa.Column("last_attempt_at", UtcTime(), nullable=True))
    op.add_column(table, sa.Column("reason", sa.Text(), server_default="", nullable=False))


def _fill(table: str) -> None:
    requested, answered, other = LANES[table]
    op.execute(
        f"""
        UPDATE {table} SET
            organization_id = coalesce(
                (SELECT organization_id FROM connections WHERE connections.id = {table}.connection_id), ''),
            work_item_id = coalesce((SELECT work_item_id FROM twins WHERE twins.id = {table}.twin_id), 0),
            lane = CASE WHEN kind = 'content_requested' THEN '{requested}'
                        WHEN kind IN ('content_sent', 'content_failed') THEN '{answered}' ELSE '{other}' END
        """  # noqa: S608 - names of our own
    )


def _create_indexes(table: str) -> None:
    condition = sa.text(UNFINISHED[table])
    # SQLite takes the younger of two indexes that seem to be worth the same.
    op.create_index(f"{table}_by_age", table, [*EVENT_COLUMNS, "settled_at"], unique=False)
    op.create_index(
        f"{table}_unfinished",
        table,
        EVENT_COLUMNS,
        unique=False,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_table("queue_samples")
    for table in ("outbox", "inbox"):
        op.drop_index(f"{table}_by_age", table_name=table)
        op.drop_index(f"{table}_unfinished", table_name=table)
        for column in ("reason", "last_attempt_at", "attempts", "work_item_id", "lane", "organization_id"):
            op.drop_column(table, column)
