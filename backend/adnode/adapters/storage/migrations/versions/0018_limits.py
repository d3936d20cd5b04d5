"""Keys of comments and files up to 500 characters, and which files the partner was asked for"""

import json

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import PlainKey, UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
WIDENED = (("traces", "key"), ("contents", "key"), ("error_records", "subject"))


def upgrade() -> None:
    _widen(400, 500)
    op.create_table(
        "asked_files",
        sa.Column("connection_id", PlainKey(length=64), nullable=False),
        sa.Column("key", PlainKey(length=500), nullable=False),
        sa.Column("twin_id", PlainKey(length=64), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "key", name=op.f("asked_files_pkey")),
    )
    op.create_index("asked_files_by_twin", "asked_files", ["twin_id"], unique=False)
    op.create_index("asked_files_by_time", "asked_files", ["asked_at"], unique=False)
    _take_over_requests()


def downgrade() -> None:
    op.drop_index("asked_files_by_time", table_name="asked_files")
    op.drop_index("asked_files_by_twin", table_name="asked_files")
    op.drop_table("asked_files")
    _widen(500, 400)


def _widen(before: int, after: int) -> None:
    for table, column in WIDENED:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False)


def _take_over_requests() -> None:
    """What was asked for before the upgrade may still come."""
    connection = op.get_bind()
    query = "SELECT connection_id, twin_id, body, created_at FROM outbox WHERE kind = 'content_requested'"
    asked = sa.table(
        "asked_files", sa.column("connection_id"), sa.column("key"), sa.column("twin_id"), sa.column("asked_at")
    )
    rows = {
        (row.connection_id, key): {"twin_id": row.twin_id, "asked_at": row.created_at}
        for row in connection.execute(sa.text(query))
        for key in json.loads(row.body).get("keys", [])
    }
    values = [{"connection_id": owner, "key": key, **row} for (owner, key), row in rows.items()]
    for start in range(0, len(values), 500):
        connection.execute(asked.insert(), values[start : start + 500])
