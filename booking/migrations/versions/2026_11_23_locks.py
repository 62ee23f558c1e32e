# mypy: disable-error-code="attr-defined"
"""rides locked to a vehicle, runs locked in their order."""

import sqlalchemy as sa
from alembic import op

revision = "e2b85f60c7d3"
down_revision = "7c41d9e2a6f0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ride", sa.Column("locked_shift", sa.String(), nullable=True))
    op.add_column("run", sa.Column("is_order_locked", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("run", "is_order_locked")
    op.drop_column("ride", "locked_shift")
