"""Dogs, child seats and luggage on board; addresses apart from bookings; runs of the anonymiser."""
# mypy: disable-error-code="attr-defined"

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c6d1e0a94b27"
down_revision = "5b0e7a1c9d42"
branch_labels = None
depends_on = None

_KINDS = ("dog", "child_seat", "luggage")


def upgrade() -> None:
    for kind in _KINDS:
        op.add_column("ride", sa.Column(kind, sa.Integer(), server_default="0", nullable=False))
    op.add_column("refusal", sa.Column("needs", sa.String(), server_default="", nullable=False))
    op.add_column("booking", sa.Column("anonymised_on", sa.Date(), nullable=True))
    op.add_column("contact", sa.Column("places", postgresql.JSONB(), server_default="{}", nullable=False))
    op.create_table(
        "privacy_run",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_privacy_run")),
    )


def downgrade() -> None:
    op.drop_table("privacy_run")
    op.drop_column("contact", "places")
    op.drop_column("booking", "anonymised_on")
    op.drop_column("refusal", "needs")
    for kind in reversed(_KINDS):
        op.drop_column("ride", kind)
