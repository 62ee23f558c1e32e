# mypy: disable-error-code="attr-defined"
"""second factors, recovery codes and wrong tries of logins; sessions know when they were used."""

import sqlalchemy as sa
from alembic import op

revision = "a41c7be09d52"
down_revision = "e2b85f60c7d3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("totp_secret", sa.String(), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False))
    now = sa.text("now()")
    op.add_column("staff_session", sa.Column("seen_at", sa.DateTime(timezone=True), server_default=now, nullable=False))
    op.create_table(
        "staff_recovery_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("staff_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_name"], ["staff.name"], name=op.f("fk_staff_recovery_code_staff_name_staff"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_recovery_code")),
    )
    op.create_index(op.f("ix_staff_recovery_code_staff_name"), "staff_recovery_code", ["staff_name"])
    op.create_table(
        "login_failure",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_login_failure")),
    )


def downgrade() -> None:
    op.drop_table("login_failure")
    op.drop_index(op.f("ix_staff_recovery_code_staff_name"), table_name="staff_recovery_code")
    op.drop_table("staff_recovery_code")
    op.drop_column("staff_session", "seen_at")
    op.drop_column("staff", "totp_step")
    op.drop_column("staff", "totp_secret")
