"""Run by Alembic for every command. It takes the open connection it is given and reads no settings."""

from alembic import context
from geoalchemy2 import alembic_helpers

from booking.all_tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_server_default=True,
    # PostGIS has tables and indexes of its own that are not ours to create or drop.
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
with context.begin_transaction():
    context.run_migrations()
