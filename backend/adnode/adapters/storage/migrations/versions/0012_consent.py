"""What the partner may do with work items that exist: consent, proposals, and what is remembered of ended pairs"""

import sqlalchemy as sa
from alembic import op

from adnode.adapters.storage.rows import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Who took these pairs out of sync was not noted, so it counts as this side's deed: the partner is not trusted with it.
_REMEMBER_UNLINKED = """
    INSERT INTO partings (
        connection_id, work_item_id, organization_id, peer_organization_id, remote_work_item_id, twin_id, parted_at,
        is_ours
    )
    SELECT t.connection_id, t.work_item_id, t.organization_id, COALESCE(c.peer_organization_id, ''),
        t.remote_work_item_id, t.id, COALESCE(t.synchronized_at, t.created_at), TRUE
    FROM twins AS t
    JOIN connections AS c ON c.id = t.connection_id
    WHERE t.status = 'unlinked' AND t.work_item_id IS NOT NULL AND t.id = (
        SELECT MAX(other.id) FROM twins AS other
        WHERE other.organization_id = t.organization_id AND other.work_item_id = t.work_item_id
            AND other.connection_id = t.connection_id AND other.status = 'unlinked'
    ) AND NOT EXISTS (
        SELECT 1 FROM twins AS linked
        WHERE linked.organization_id = t.organization_id AND linked.work_item_id = t.work_item_id
            AND linked.connection_id = t.connection_id AND linked.status <> 'unlinked'
    )
"""


def upgrade() -> None:
    op.add_column("connections", sa.Column("consent", sa.Text(), server_default="ask", nullable=False))
    op.add_column("connections", sa.Column("consent_query", sa.Text(), server_default="", nullable=False))
    op.add_column("connections", sa.Column("restricted_deeds", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("comments", sa.Boolean(), nullable=False),
        sa.Column("attachments", sa.Boolean(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("proposals_pkey")),
    )
    op.create_index("proposals_by_time", "proposals", ["organization_id", "asked_at", "id"])
    op.create_index("proposals_by_status", "proposals", ["organization_id", "direction", "status", "asked_at", "id"])
    op.create_index("proposals_by_reference", "proposals", ["connection_id", "direction", "reference", "asked_at"])
    op.create_index("proposals_of_connection", "proposals", ["connection_id", "direction", "status", "asked_at", "id"])
    op.create_index("proposals_standing", "proposals", ["status", "asked_at", "id"])
    op.create_table(
        "proposal_rows",
        sa.Column("proposal_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_work_item_id", sa.BigInteger(), nullable=False),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("remote_title", sa.Text(), nullable=False),
        sa.Column("remote_type", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "number", name=op.f("proposal_rows_pkey")),
    )
    op.create_index("proposal_rows_by_status", "proposal_rows", ["proposal_id", "status", "number"])
    op.create_index("proposal_rows_by_twin", "proposal_rows", ["connection_id", "twin_id"])
    standing = ["connection_id", "direction", "status"]
    op.create_index("proposal_rows_standing", "proposal_rows", [*standing, "work_item_id"])
    op.create_index("proposal_rows_standing_remote", "proposal_rows", [*standing, "remote_work_item_id"])
    op.create_table(
        "partings",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("work_item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("peer_organization_id", sa.String(length=64), nullable=False),
        sa.Column("remote_work_item_id", sa.BigInteger(), nullable=True),
        sa.Column("twin_id", sa.String(length=64), nullable=False),
        sa.Column("parted_at", UtcTime(), nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "work_item_id", name=op.f("partings_pkey")),
    )
    partner = ["organization_id", "peer_organization_id"]
    op.create_index("partings_by_work_item", "partings", [*partner, "work_item_id"])
    op.create_index("partings_by_remote", "partings", [*partner, "remote_work_item_id"])
    op.execute(_REMEMBER_UNLINKED)


def downgrade() -> None:
    op.drop_table("partings")
    op.drop_table("proposal_rows")
    op.drop_table("proposals")
    op.drop_column("connections", "restricted_deeds")
    op.drop_column("connections", "consent_query")
    op.drop_column("connections", "consent")
