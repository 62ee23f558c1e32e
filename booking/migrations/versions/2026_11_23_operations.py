"""operations: what happens on the day, connections, degraded modes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b0e7a1c9d42"
down_revision = "5d1f0c7b92ae"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "degraded_mode",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("switched_on_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("switched_on_by", sa.String(), nullable=False),
        sa.Column("switched_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("switched_off_by", sa.String(), nullable=True),
        sa.CheckConstraint("kind in ('lines_stopped', 'severe_weather')", name=op.f("ck_degraded_mode_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_degraded_mode")),
    )
    op.create_table(
        "shift_change",
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("shift_id", sa.String(), nullable=False),
        sa.Column("ends_s", sa.Integer(), nullable=True),
        sa.Column("ends_stop", sa.String(), nullable=True),
        sa.Column("breaks_taken", sa.Integer(), nullable=True),
        sa.Column("late_end_s", sa.Integer(), nullable=True),
        sa.Column("late_breaks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("free_s", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ends_s is null) = (ends_stop is null)", name=op.f("ck_shift_change_end")),
        sa.PrimaryKeyConstraint("service_on", "shift_id", name=op.f("pk_shift_change")),
    )
    op.create_table(
        "connection_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("ride_id", sa.String(), nullable=False),
        sa.Column("trip_id", sa.String(), nullable=False),
        sa.Column("trip_on", sa.Date(), nullable=False),
        sa.Column("line_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line_expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["ride_id"], ["ride.id"], name=op.f("fk_connection_decision_ride_id_ride"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_decision")),
    )
    op.create_index("ix_connection_decision_ride_id_id", "connection_decision", ["ride_id", "id"], unique=False)
    op.create_index(op.f("ix_connection_decision_service_on"), "connection_decision", ["service_on"], unique=False)
    op.create_table(
        "driver_event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("shift_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ride_id", sa.String(), nullable=True),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "kind in ('arrived', 'boarded', 'alighted', 'no_show', 'delay', 'breakdown', 'position')",
            name=op.f("ck_driver_event_kind"),
        ),
        sa.CheckConstraint("source in ('driver', 'dispatcher')", name=op.f("ck_driver_event_source")),
        sa.CheckConstraint("(lon is null) = (lat is null)", name=op.f("ck_driver_event_place")),
        sa.ForeignKeyConstraint(
            ["ride_id"], ["ride.id"], name=op.f("fk_driver_event_ride_id_ride"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver_event")),
    )
    op.create_index(op.f("ix_driver_event_ride_id"), "driver_event", ["ride_id"], unique=False)
    op.create_index("ix_driver_event_service_on_shift_id", "driver_event", ["service_on", "shift_id"], unique=False)
    op.create_table(
        "ride_lateness",
        sa.Column("ride_id", sa.String(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("pickup_s", sa.Integer(), nullable=True),
        sa.Column("dropoff_s", sa.Integer(), nullable=True),
        sa.Column("ride_s", sa.Integer(), nullable=True),
        sa.Column("told_min", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ride_id"], ["ride.id"], name=op.f("fk_ride_lateness_ride_id_ride"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("ride_id", name=op.f("pk_ride_lateness")),
    )
    op.create_index(op.f("ix_ride_lateness_service_on"), "ride_lateness", ["service_on"], unique=False)


def downgrade() -> None:
    for table in ("degraded_mode", "connection_decision", "shift_change", "ride_lateness", "driver_event"):
        op.drop_table(table)
