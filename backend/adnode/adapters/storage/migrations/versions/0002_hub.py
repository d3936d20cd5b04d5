"""What the hub remembers: tenants, notes about connections, the audit trail, repeated requests"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenants_pkey")),
    )
    op.create_index(op.f("ix_tenants_url_key"), "tenants", ["url_key"], unique=False)
    op.create_table(
        "identity_pairs",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("app_user_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "app_user_id", "user_id", name=op.f("identity_pairs_pkey")),
    )
    op.create_table(
        "connection_notes",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("has_made_up_name", sa.Boolean(), nullable=False),
        sa.Column("remote_status", sa.String(length=20), nullable=True),
        sa.Column("contacted_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("connection_notes_pkey")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("connection_name", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_pkey")),
    )
    op.create_index("audit_by_connection", "audit", ["connection_id", "at", "id"], unique=False)
    op.create_index("audit_by_organization", "audit", ["organization_id", "at", "id"], unique=False)
    op.create_table(
        "repetitions",
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("repetitions_pkey")),
    )
    op.create_index(op.f("ix_repetitions_at"), "repetitions", ["at"], unique=False)


def downgrade() -> None:
    for name in ("repetitions", "audit", "connection_notes", "identity_pairs", "tenants"):
        op.drop_table(name)
