"""What tests of every folder may ask for: a clean database, on a PostgreSQL that lives as long as the test run.

The engines' tests need none of it and must not wait for SQLAlchemy, so its modules are imported where they are used.
"""

# ruff: noqa: PLC0415 - see above
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from sqlalchemy import URL

    from booking.database import Database
    from booking.enquiry_search import Network
    from booking.private_cluster import PrivateCluster

# How long one example takes says more about the other processes of the computer than about the code.
hypothesis.settings.register_profile("rufnetz", deadline=None, print_blob=True)
hypothesis.settings.load_profile("rufnetz")


def pytest_configure() -> None:
    """End as after Ctrl-C when somebody ends the run, so that its database server ends with it."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that every user of the computer may pass through.

    pytest's own temporary folders are closed to the user a private cluster runs as when root runs the tests.
    """
    folder = Path(tempfile.mkdtemp(prefix="rufnetz-test-")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> "Network":
    """The made-up district of tests/tiny_district.py with its artefacts, built once."""
    from tests.tiny_network import build_tiny_network

    return build_tiny_network(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def cluster() -> Iterator["PrivateCluster"]:
    """A private cluster for all tests, which may forget everything when the power goes off."""
    from booking.private_cluster import open_cluster

    folder = Path(tempfile.mkdtemp(prefix="rufnetz-test-"))
    try:
        with open_cluster(folder, is_durable=False) as opened:
            yield opened
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_url(cluster: "PrivateCluster") -> "URL":
    """The address of a database with the newest schema; what stands in it, another test has left."""
    from booking.database import open_database
    from booking.settings import Settings

    url = cluster.url("rufnetz_test")
    settings = Settings(database_url=url.render_as_string(hide_password=False), secret="a secret for tests only " * 2)
    with open_database(settings) as database:
        return database.url


@pytest.fixture
def database(migrated_url: "URL") -> Iterator["Database"]:
    """A database with the newest schema and nothing in it.

    Emptied before the test, not after it, so that what a failed test left can be looked at. Emptying takes 0.04 s,
    a copy of a template 0.25 s.
    """
    from sqlalchemy import text

    from booking.all_tables import Base
    from booking.database import connect

    with connect(migrated_url) as opened:
        tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with opened.engine.begin() as connection:
            others = "datname = current_database() and pid <> pg_backend_pid()"
            connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"))  # noqa: S608 - fixed text
            connection.execute(text(f"truncate {tables} restart identity cascade"))
        yield opened


@pytest.fixture
def database_url(database: "Database") -> str:
    """The address of that database, as DATABASE_URL would give it."""
    return database.url.render_as_string(hide_password=False)
