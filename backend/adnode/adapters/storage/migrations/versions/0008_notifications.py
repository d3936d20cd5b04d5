"""Who is told about errors, and what has been told"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNTOLD = sa.text("is_told = false")
WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "mail_servers",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("security", sa.String(length=20), nullable=False),
        sa.Column("sender_address", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("sealed_password", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("mail_servers_pkey")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.String(length=64), nullable=False),
        sa.Column("impacts", sa.Text(), nullable=False),
        sa.Column("connection_ids", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("subscribers_pkey")),
    )
    op.create_index("subscribers_by_organization", "subscribers", ["organization_id", "created_at", "id"], unique=False)
    op.create_index(
        "subscribers_one_per_address", "subscribers", ["organization_id", "kind", "address_key"], unique=True
    )
    op.create_table(
        "unsubscribe_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("subscriber_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("unsubscribe_tokens_pkey")),
    )
    op.create_index(op.f("ix_unsubscribe_tokens_made_at"), "unsubscribe_tokens", ["made_at"], unique=False)
    op.create_index(op.f("ix_unsubscribe_tokens_subscriber_id"), "unsubscribe_tokens", ["subscriber_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("subscriber_id", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("noticed_at", UtcTime(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("subscriber_id", "record_id", "opened_at", name=op.f("notices_pkey")),
    )
    op.create_index(op.f("ix_notices_noticed_at"), "notices", ["noticed_at"], unique=False)
    op.create_index("notices_by_group", "notices", ["subscriber_id", "connection_id", "code", "told_at"], unique=False)
    op.create_index(
        "notices_untold",
        "notices",
        ["subscriber_id", "noticed_at"],
        unique=False,
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("subscriber_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("deliveries_pkey")),
    )
    op.create_index("deliveries_by_organization", "deliveries", ["organization_id", "created_at", "id"], unique=False)
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["organization_id", "next_attempt_at"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(op.f("ix_deliveries_settled_at"), "deliveries", ["settled_at"], unique=False)
    op.create_index(op.f("ix_deliveries_subscriber_id"), "deliveries", ["subscriber_id"], unique=False)
    op.create_table(
        "notice_rounds",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=True),
        sa.Column("full_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("notice_rounds_pkey")),
    )


def downgrade() -> None:
    for name in ("notice_rounds", "deliveries", "notices", "unsubscribe_tokens", "subscribers", "mail_servers"):
        op.drop_table(name)
