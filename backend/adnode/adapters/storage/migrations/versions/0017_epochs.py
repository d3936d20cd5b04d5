"""The count of the database's states, by which a restored one is told"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    epochs = op.create_table(
        "epochs",
        sa.Column("database_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("database_id", name=op.f("epochs_pkey")),
    )
    op.bulk_insert(epochs, [{"database_id": uuid.uuid4().hex, "number": 0}])


def downgrade() -> None:
    op.drop_table("epochs")
