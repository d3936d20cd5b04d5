"""Queues with an incarnation, and what activating a connection has to do with its twins"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXTS = {
    "outbox_incarnation": 64,
    "retired_incarnation": 64,
    "acknowledged_id": 64,
    "received_incarnation": 64,
    "received_id": 64,
    "realignment": 20,
}

_NAME_LAST_RECEIVED = """
    UPDATE connections SET received_id = COALESCE((
        SELECT MAX(inbox.id) FROM inbox
        WHERE inbox.connection_id = connections.id AND inbox.sequence = connections.received_through
    ), '')
"""
_COMPARE_AFTER_BRAKE = "UPDATE connections SET realignment = 'resend' WHERE status = 'blocked'"
_COMPARE_AFTER_REWINDING = """
    UPDATE connections SET realignment = 'due'
    WHERE status = 'blocked' AND EXISTS (
        SELECT 1 FROM error_records
        WHERE error_records.connection_id = connections.id AND error_records.code = 'peer_rewound'
            AND error_records.status = 'open'
    )
"""


def upgrade() -> None:
    for name, length in _TEXTS.items():
        op.add_column("connections", sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    op.add_column(
        "connections", sa.Column("acknowledged_sequence", sa.BigInteger(), server_default="0", nullable=False)
    )
    connection = op.get_bind()
    for (connection_id,) in list(connection.execute(sa.text("SELECT id FROM connections"))):
        named = {"id": connection_id, "incarnation": uuid.uuid4().hex}
        connection.execute(
            sa.text("UPDATE connections SET outbox_incarnation = :incarnation WHERE id = :id").bindparams(**named)
        )
    for statement in (_NAME_LAST_RECEIVED, _COMPARE_AFTER_BRAKE, _COMPARE_AFTER_REWINDING):
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("connections", "acknowledged_sequence")
    for name in reversed(_TEXTS):
        op.drop_column("connections", name)
