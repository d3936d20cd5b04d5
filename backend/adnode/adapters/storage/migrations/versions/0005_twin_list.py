"""What lists of twins are searched and sorted by, decisions on conflicts, and the history of synced changes"""

import json
import unicodedata

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PAGE = 500
TWIN_INDEXES = {
    "twins_by_remote_work_item": ["organization_id", "remote_work_item_id"],
    "twins_by_synchronization": ["organization_id", "synchronized_at", "id"],
    "twins_of_connection_by_synchronization": ["connection_id", "synchronized_at", "id"],
    "twins_by_creation": ["organization_id", "created_at", "id"],
    "twins_by_title": ["organization_id", "title_key", "id"],
    "twins_by_state": ["organization_id", "status", "id"],
    "twins_by_project": ["organization_id", "project", "status"],
}


def upgrade() -> None:
    for name in ("title", "title_key"):
        op.add_column("twins", sa.Column(name, sa.Text(), server_default="", nullable=False))
    _fill_titles()
    for name, columns in TWIN_INDEXES.items():
        op.create_index(name, "twins", columns)
    op.add_column("conflicts", sa.Column("status", sa.String(length=20), server_default="open", nullable=False))
    op.add_column("conflicts", sa.Column("resolved_at", UtcTime(), nullable=True))
    op.add_column("conflicts", sa.Column("resolved_by", sa.Text(), server_default="", nullable=False))
    op.drop_index("ix_conflicts_twin_id", "conflicts")
    op.create_index("conflicts_by_twin", "conflicts", ["twin_id", "status"])
    op.create_index("conflicts_by_status", "conflicts", ["status", "twin_id"])
    op.create_index("conflicts_resolved", "conflicts", ["resolved_at"])
    op.create_table(
        "synced_changes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("synced_changes_pkey")),
    )
    op.create_index("synced_changes_by_twin", "synced_changes", ["twin_id", "at", "id"])
    op.create_index("synced_changes_by_time", "synced_changes", ["at"])


def _fill_titles() -> None:
    """Take the titles of what is in sync already from the stored states."""
    connection, after = op.get_bind(), ""
    page = sa.text("SELECT id, state FROM twins WHERE id > :after ORDER BY id LIMIT :page")
    update = sa.text("UPDATE twins SET title = :title, title_key = :key WHERE id = :id")
    while rows := connection.execute(page, {"after": after, "page": PAGE}).all():
        titles = [(row.id, str(json.loads(row.state).get("summary", {}).get("value", ""))) for row in rows]
        values = [{"id": twin_id, "title": title, "key": _title_key(title)} for twin_id, title in titles]
        connection.execute(update, values)
        after = rows[-1].id


def _title_key(title: str) -> str:
    return unicodedata.normalize("NFKC", title).casefold()


def downgrade() -> None:
    op.drop_table("synced_changes")
    for name in ("conflicts_resolved", "conflicts_by_status", "conflicts_by_twin"):
        op.drop_index(name, "conflicts")
    op.create_index("ix_conflicts_twin_id", "conflicts", ["twin_id"])
    for name in ("resolved_by", "resolved_at", "status"):
        op.drop_column("conflicts", name)
    for name in TWIN_INDEXES:
        op.drop_index(name, "twins")
    for name in ("title_key", "title"):
        op.drop_column("twins", name)
