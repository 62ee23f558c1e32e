"""Messages of the outbox with figures of their own, each queued once by its key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5d1f0c7b92ae"
down_revision = "99b59570c39e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbox", sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("outbox", sa.Column("dedupe_key", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_outbox_dedupe_key"), "outbox", ["dedupe_key"])


def downgrade() -> None:
    op.drop_column("outbox", "dedupe_key")
    op.drop_column("outbox", "params")
