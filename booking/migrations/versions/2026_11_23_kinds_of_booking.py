"""Kinds of booking: returns, series, waiting list, changes, no-shows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "99b59570c39e"
down_revision = "5a1e7d0c9b31"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("single_dates", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("public_holidays", sa.String(), nullable=False),
        sa.Column("school_holidays", sa.String(), nullable=False),
        sa.Column("wished_s", sa.Integer(), nullable=False),
        sa.Column("back_s", sa.Integer(), nullable=True),
        sa.Column("earlier_s", sa.Integer(), nullable=False),
        sa.Column("later_s", sa.Integer(), nullable=False),
        sa.Column("suspended_from", sa.Date(), nullable=True),
        sa.Column("suspended_to", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("public_holidays in ('ride', 'skip', 'only')", name=op.f("ck_series_public_holidays")),
        sa.CheckConstraint("school_holidays in ('ride', 'skip', 'only')", name=op.f("ck_series_school_holidays")),
        sa.CheckConstraint("back_s is null or back_s > wished_s", name=op.f("ck_series_back_after_out")),
        sa.CheckConstraint("earlier_s >= 0 and later_s >= 0", name=op.f("ck_series_flexibility")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_series_dates")),
        sa.ForeignKeyConstraint(["replaces_id"], ["series.id"], name=op.f("fk_series_replaces_id_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("code", name=op.f("uq_series_code")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_series_replaces_id")),
    )
    op.create_table(
        "series_contact",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("enquiry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_contact_series_id_series"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series_contact")),
    )
    op.create_table(
        "booking_change",
        sa.Column("old_id", sa.Uuid(), nullable=False),
        sa.Column("new_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.CheckConstraint("old_id <> new_id", name=op.f("ck_booking_change_another")),
        sa.ForeignKeyConstraint(
            ["new_id"], ["booking.id"], name=op.f("fk_booking_change_new_id_booking"), ondelete="cascade"
        ),
        sa.ForeignKeyConstraint(
            ["old_id"], ["booking.id"], name=op.f("fk_booking_change_old_id_booking"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("old_id", name=op.f("pk_booking_change")),
        sa.UniqueConstraint("new_id", name=op.f("uq_booking_change_new_id")),
    )
    op.create_table(
        "booking_link",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint("role in ('out', 'back', 'part', 'day')", name=op.f("ck_booking_link_role")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_booking_link_booking_id_booking"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_booking_link")),
        sa.UniqueConstraint("link_id", "position", name=op.f("uq_booking_link_link_id")),
    )
    op.create_table(
        "cancellation",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_cancellation_booking_id_booking"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_cancellation")),
    )
    op.create_table(
        "no_show",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_by", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.CheckConstraint("fault in ('rider', 'driver', 'service', 'unknown')", name=op.f("ck_no_show_fault")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_no_show_booking_id_booking"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_no_show")),
    )
    op.create_index(op.f("ix_no_show_person"), "no_show", ["person"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offers_made", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("books_at_once", sa.Boolean(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'held') = (held_until is not null)", name=op.f("ck_waiting_held_until")),
        sa.CheckConstraint(
            "state in ('waiting', 'held', 'booked', 'withdrawn', 'expired')", name=op.f("ck_waiting_state")
        ),
        sa.CheckConstraint(
            "state not in ('held', 'booked') or booking_id is not null", name=op.f("ck_waiting_held_has_booking")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_waiting_booking_id_booking"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("code", name=op.f("uq_waiting_code")),
    )
    op.create_index(
        "ix_waiting_queue", "waiting", ["service_on", "queued_at"], unique=False, postgresql_where="state = 'waiting'"
    )
    op.create_table(
        "booker",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("notices_to", sa.String(), nullable=False),
        sa.CheckConstraint("notices_to in ('traveller', 'booker', 'both')", name=op.f("ck_booker_notices_to")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["contact.booking_id"], name=op.f("fk_booker_booking_id_contact"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_booker")),
    )
    op.create_table(
        "series_date",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("waiting_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'booked') = (booking_id is not null)", name=op.f("ck_series_date_booked_has_booking")
        ),
        sa.CheckConstraint("state in ('booked', 'open', 'skipped')", name=op.f("ck_series_date_state")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_series_date_booking_id_booking"), ondelete="cascade"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_date_series_id_series"), ondelete="cascade"
        ),
        sa.ForeignKeyConstraint(
            ["waiting_id"], ["waiting.id"], name=op.f("fk_series_date_waiting_id_waiting"), ondelete="set null"
        ),
        sa.PrimaryKeyConstraint("series_id", "service_on", name=op.f("pk_series_date")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_series_date_booking_id")),
    )
    op.create_table(
        "waiting_contact",
        sa.Column("waiting_id", sa.Uuid(), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("enquiry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("earlier_s", sa.Integer(), nullable=False),
        sa.Column("later_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["waiting_id"], ["waiting.id"], name=op.f("fk_waiting_contact_waiting_id_waiting"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("waiting_id", name=op.f("pk_waiting_contact")),
    )
    op.add_column("contact", sa.Column("phone_key", sa.String(), server_default="", nullable=False))
    op.add_column("contact", sa.Column("email_key", sa.String(), server_default="", nullable=False))
    op.create_index(op.f("ix_contact_email_key"), "contact", ["email_key"], unique=False)
    op.create_index(op.f("ix_contact_phone_key"), "contact", ["phone_key"], unique=False)
    # Bookings that stand are found by their contact as well. Both keys as booking/contact_keys.py makes them.
    op.execute("update contact set email_key = lower(trim(email)) where email like '%@%'")
    op.execute(
        """
        update contact set phone_key = '+' || regexp_replace(
            regexp_replace(regexp_replace(replace(phone, '(0)', ''), '[^0-9+]', '', 'g'), '^(\\+|00)', ''),
            '^0', '49')
        where length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 6
        """
    )
    op.drop_constraint(op.f("ck_booking_state"), "booking")
    states = "state in ('held', 'confirmed', 'changed', 'cancelled')"
    op.create_check_constraint(op.f("ck_booking_state"), "booking", states)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_booking_state"), "booking")
    op.execute("update booking set state = 'confirmed' where state = 'held'")
    op.execute("update booking set state = 'cancelled' where state = 'changed'")
    op.create_check_constraint(op.f("ck_booking_state"), "booking", "state in ('confirmed', 'cancelled')")
    op.drop_column("contact", "email_key")
    op.drop_column("contact", "phone_key")
    for table in (
        "waiting_contact",
        "series_date",
        "booker",
        "waiting",
        "no_show",
        "cancellation",
        "booking_link",
        "booking_change",
        "series_contact",
        "series",
    ):
        op.drop_table(table)
