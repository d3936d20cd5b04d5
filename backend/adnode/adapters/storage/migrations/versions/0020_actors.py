"""Who did it: a person, the operator, the partner or the node"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("actor", sa.String(length=20), server_default="person", nullable=False))
    op.execute("UPDATE audit SET actor = 'operator' WHERE user_id LIKE 'operator:%'")
    op.execute("UPDATE audit SET actor = 'node' WHERE user_id = 'node'")
    op.execute("UPDATE audit SET actor = 'partner' WHERE action = 'connection_accepted' OR action LIKE 'partner%'")


def downgrade() -> None:
    op.drop_column("audit", "actor")
