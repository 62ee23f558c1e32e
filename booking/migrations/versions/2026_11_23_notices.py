# mypy: disable-error-code="attr-defined"
"""deliveries of notices, the language of riders and where their letters go."""

import sqlalchemy as sa
from alembic import op

revision = "7c41d9e2a6f0"
down_revision = "a31c5e7d9f04"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("contact", "booker"):
        op.add_column(table, sa.Column("address", sa.String(), server_default="", nullable=False))
        op.add_column(table, sa.Column("language", sa.String(), server_default="de", nullable=False))
    op.add_column("outbox", sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_outbox_stale_at"), "outbox", ["stale_at"], unique=False)
    op.add_column("outbox", sa.Column("outcome", sa.String(), nullable=True))
    op.create_check_constraint(op.f("ck_outbox_outcome"), "outbox", "outcome in ('told', 'stale', 'nobody')")
    op.create_index(
        "ix_outbox_unplanned",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at is null and planned_at is null"),
    )
    op.execute("update outbox set outcome = 'told' where sent_at is not null")
    op.create_table(
        "outbox_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), server_default="", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.CheckConstraint("(lease is null) = (leased_until is null)", name=op.f("ck_outbox_delivery_lease")),
        sa.CheckConstraint(
            "channel in ('email', 'sms', 'voice', 'letter', 'desk')", name=op.f("ck_outbox_delivery_channel")
        ),
        sa.CheckConstraint("recipient in ('traveller', 'booker')", name=op.f("ck_outbox_delivery_recipient")),
        sa.CheckConstraint(
            "state in ('waiting', 'sent', 'dead', 'told', 'stale', 'replaced')", name=op.f("ck_outbox_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_delivery_outbox_id_outbox"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_delivery")),
        sa.UniqueConstraint("outbox_id", "recipient", "channel", name=op.f("uq_outbox_delivery_outbox_id")),
    )
    op.create_index(
        "ix_outbox_delivery_waiting",
        "outbox_delivery",
        ["channel", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("outbox_delivery")
    op.drop_index("ix_outbox_unplanned", table_name="outbox")
    op.drop_constraint(op.f("ck_outbox_outcome"), "outbox", type_="check")
    op.drop_column("outbox", "outcome")
    op.drop_index(op.f("ix_outbox_stale_at"), table_name="outbox")
    op.drop_column("outbox", "stale_at")
    op.drop_column("outbox", "planned_at")
    for table in ("contact", "booker"):
        op.drop_column(table, "language")
        op.drop_column(table, "address")
