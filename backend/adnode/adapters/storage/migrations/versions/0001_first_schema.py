"""First schema"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.Column("loser", sa.Text(), nullable=False),
        sa.Column("loser_changed_in", sa.Text(), nullable=False),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("conflicts_pkey")),
    )
    op.create_index(op.f("ix_conflicts_connection_id"), "conflicts", ["connection_id"], unique=False)
    op.create_index(op.f("ix_conflicts_twin_id"), "conflicts", ["twin_id"], unique=False)
    op.create_table(
        "connections",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("default_type", sa.Text(), nullable=False),
        sa.Column("block_reason", sa.Text(), nullable=False),
        sa.Column("synchronized_at", UtcTime(), nullable=True),
        sa.Column("peer_organization_id", sa.String(length=64), nullable=True),
        sa.Column("peer_organization_name", sa.Text(), nullable=True),
        sa.Column("peer_organization_url", sa.Text(), nullable=True),
        sa.Column("peer_url", sa.Text(), nullable=True),
        sa.Column("peer_public_key", sa.LargeBinary(), nullable=True),
        sa.Column("outbox_sequence", sa.BigInteger(), nullable=False),
        sa.Column("received_through", sa.BigInteger(), nullable=False),
        sa.Column("sender_owner", sa.Text(), nullable=True),
        sa.Column("sender_until", UtcTime(), nullable=True),
        sa.Column("postponed_until", UtcTime(), nullable=True),
        sa.Column("postponed_attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("connections_pkey")),
    )
    op.create_index(op.f("ix_connections_organization_id"), "connections", ["organization_id"], unique=False)
    op.create_table(
        "contents",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("attachment_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "key", name=op.f("contents_pkey")),
    )
    op.create_table(
        "error_records",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("occurrences", sa.BigInteger(), nullable=False),
        sa.Column("is_transient", sa.Boolean(), nullable=False),
        sa.Column("is_remote", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("work_item_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("error_records_pkey")),
    )
    op.create_index(
        "error_records_by_connection", "error_records", ["connection_id", "status", "opened_at"], unique=False
    )
    op.create_index("error_records_by_time", "error_records", ["status", "opened_at"], unique=False)
    op.create_index("error_records_by_twin", "error_records", ["twin_id", "status"], unique=False)
    op.create_index("error_records_closed", "error_records", ["closed_at"], unique=False)
    op.create_index(
        "error_records_one_open",
        "error_records",
        ["organization_id", "connection_id", "twin_id", "subject", "code"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "feeds",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("feeds_pkey")),
    )
    op.create_table(
        "inbox",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("connection_id", "id", name=op.f("inbox_pkey")),
    )
    op.create_index("inbox_by_kind", "inbox", ["connection_id", "kind", "status"], unique=False)
    op.create_index("inbox_by_time", "inbox", ["connection_id", "created_at", "sequence"], unique=False)
    op.create_index("inbox_by_twin", "inbox", ["twin_id", "connection_id", "kind", "status"], unique=False)
    op.create_index("inbox_settled", "inbox", ["settled_at"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("accepted_public_key", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("invitations_pkey")),
    )
    op.create_index(op.f("ix_invitations_connection_id"), "invitations", ["connection_id"], unique=False)
    op.create_table(
        "nonces",
        sa.Column("key_id", sa.String(length=100), nullable=False),
        sa.Column("nonce", sa.String(length=100), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "nonce", name=op.f("nonces_pkey")),
    )
    op.create_index(op.f("ix_nonces_expires_at"), "nonces", ["expires_at"], unique=False)
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("credential_kind", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("sealed_credential", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("organizations_pkey")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
    )
    op.create_index("outbox_by_sequence", "outbox", ["connection_id", "sequence"], unique=True)
    op.create_index("outbox_by_time", "outbox", ["connection_id", "created_at", "sequence"], unique=False)
    op.create_index("outbox_by_twin", "outbox", ["twin_id", "connection_id", "status"], unique=False)
    op.create_index("outbox_settled", "outbox", ["settled_at"], unique=False)
    op.create_index(
        "outbox_unsent",
        "outbox",
        ["connection_id", "sequence"],
        unique=False,
        sqlite_where=sa.text("status IN ('waiting', 'sending')"),
        postgresql_where=sa.text("status IN ('waiting', 'sending')"),
    )
    op.create_table(
        "traces",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("local_form", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "work_item_id", "kind", "key", name=op.f("traces_pkey")),
    )
    op.create_index("traces_by_key", "traces", ["organization_id", "key"], unique=False)
    op.create_table(
        "twins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("remote_work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("remote_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("local_forms", sa.Text(), nullable=False),
        sa.Column("comment_count", sa.BigInteger(), nullable=False),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("synchronized_at", UtcTime(), nullable=True),
        sa.Column("is_dirty", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("must_read", sa.Boolean(), nullable=False),
        sa.Column("dirty_sequence", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("twins_pkey")),
    )
    op.create_index("twins_by_id", "twins", ["connection_id", "id"], unique=False)
    op.create_index("twins_by_status", "twins", ["connection_id", "status"], unique=False)
    op.create_index("twins_by_work_item", "twins", ["organization_id", "work_item_id"], unique=False)
    op.create_index("twins_due", "twins", ["connection_id", "is_dirty", "due_at", "id"], unique=False)
    op.create_index(
        "twins_leased",
        "twins",
        ["connection_id", "lease_owner"],
        unique=False,
        sqlite_where=sa.text("lease_owner IS NOT NULL"),
        postgresql_where=sa.text("lease_owner IS NOT NULL"),
    )
    op.create_index(
        "twins_one_per_work_item",
        "twins",
        ["connection_id", "work_item_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'unlinked'"),
        postgresql_where=sa.text("status <> 'unlinked'"),
    )


def downgrade() -> None:
    for name in (
        "twins",
        "traces",
        "outbox",
        "organizations",
        "nonces",
        "invitations",
        "inbox",
        "feeds",
        "error_records",
        "contents",
        "connections",
        "conflicts",
    ):
        op.drop_table(name)
