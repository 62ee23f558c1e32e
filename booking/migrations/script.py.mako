"""${message}.

Forward only: see booking/migrations/__init__.py.
"""
# mypy: disable-error-code="attr-defined"  # GeoAlchemy2 adds operations to `op` while the program runs

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
