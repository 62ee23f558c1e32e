"""``python -m booking.migrations "what changes"`` writes the next migration, on a database of its own."""

import argparse
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from booking.database import create_empty_database
from booking.migrations import upgrade_schema, write_migration
from booking.private_cluster import open_cluster


def main() -> None:
    """Upgrade a fresh database to the newest version and write what the tables have on top."""
    parser = argparse.ArgumentParser(prog="python -m booking.migrations", description=__doc__)
    parser.add_argument("message", help="what changes, in a few words: it becomes the file's name")
    message = parser.parse_args().message
    folder = Path(tempfile.mkdtemp(prefix="rufnetz-migration-"))
    try:
        with open_cluster(folder, is_durable=False) as cluster:
            engine = create_engine(cluster.url("migration"), poolclass=NullPool)
            create_empty_database(engine.url)
            with engine.begin() as connection:
                upgrade_schema(connection)
            with engine.connect() as connection:
                write_migration(connection, message)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
