"""What the Errors tab shows of an error record"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "error_records"
INDEXES = {
    "error_records_of_organization": ["opened_at", "id"],
    "error_records_by_severity": ["severity", "opened_at", "id"],
    "error_records_by_occurrences": ["occurrences", "opened_at", "id"],
    "error_records_of_connection": ["connection_id", "opened_at", "id"],
    "error_records_by_code": ["code", "opened_at", "id"],
    "error_records_by_cause": ["cause_key", "opened_at", "id"],
    "error_records_by_work_item": ["work_item_id", "opened_at", "id"],
    "error_records_history": ["closed_at", "id"],
}
COLUMNS = (
    "correlation_id",
    "technical",
    "retried_at",
    "is_retry_due",
    "resolution",
    "resolved_by",
    "note",
    "cause_key",
    "severity",
)


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("correlation_id", sa.String(length=64), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("technical", sa.Text(), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("retried_at", UtcTime(), nullable=True))
    op.add_column(TABLE, sa.Column("is_retry_due", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(TABLE, sa.Column("resolution", sa.String(length=20), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("resolved_by", sa.Text(), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("cause_key", sa.String(length=160), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("severity", sa.BigInteger(), server_default="0", nullable=False))
    # Older records are grouped more coarsely: how messages are compared is not known to the database.
    op.execute("UPDATE error_records SET cause_key = connection_id || ':' || code")
    op.execute("UPDATE error_records SET resolution = 'by_itself' WHERE status = 'closed'")
    op.execute(
        "UPDATE error_records SET severity = CASE impact WHEN 'warning' THEN 1 WHEN 'work_item' THEN 2 "
        "WHEN 'trigger' THEN 3 WHEN 'connection' THEN 4 WHEN 'node' THEN 5 ELSE 0 END"
    )
    # What concerns the line to the other node has a subject of its own from now on, by which it is closed.
    op.execute(
        "UPDATE error_records SET subject = 'line' WHERE status = 'open' AND twin_id = '' "
        "AND code IN ('peer', 'peer_unreachable', 'peer_refused', 'signature_invalid')"
    )
    for name, columns in INDEXES.items():
        op.create_index(name, TABLE, ["organization_id", "status", *columns], unique=False)
    op.create_index(
        "error_records_retry_due",
        TABLE,
        ["opened_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_retry_due"),
        postgresql_where=sa.text("is_retry_due"),
    )


def downgrade() -> None:
    for name in ("error_records_retry_due", *INDEXES):
        op.drop_index(name, table_name=TABLE)
    for column in COLUMNS:
        op.drop_column(TABLE, column)
