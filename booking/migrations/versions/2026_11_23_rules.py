# mypy: disable-error-code="attr-defined"
"""versions of the rules, which bookings rest on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5a1e7d0c9b31"
down_revision = "9af4f13808ab"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rule_version")),
    )
    # What the rules of older bookings said is not known here; their names are kept.
    op.execute(
        "insert into rule_version (name, district, valid_from, content, sha256, loaded_at) "
        "select rules_version, '', min(service_on), '{}'::jsonb, '', now() from booking group by rules_version"
    )
    op.create_index(op.f("ix_booking_rules_version"), "booking", ["rules_version"], unique=False)
    op.create_foreign_key(
        op.f("fk_booking_rules_version_rule_version"), "booking", "rule_version", ["rules_version"], ["name"]
    )
    op.execute(
        """
        create function keep_used_rule_version() returns trigger language plpgsql as $$
        begin
            if old.sha256 <> '' and old.sha256 <> new.sha256
                and exists (select 1 from booking where rules_version = old.name)
            then
                raise exception 'bookings rest on version % of the rules: add a new version', old.name
                    using errcode = 'check_violation';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger keep_used before update on rule_version for each row execute function keep_used_rule_version()"
    )


def downgrade() -> None:
    op.execute("drop trigger keep_used on rule_version")
    op.execute("drop function keep_used_rule_version()")
    op.drop_constraint(op.f("fk_booking_rules_version_rule_version"), "booking", type_="foreignkey")
    op.drop_index(op.f("ix_booking_rules_version"), table_name="booking")
    op.drop_table("rule_version")
