"""The way to a database that is ready: found or made, with PostGIS, its schema up to date."""

import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import psycopg.errors
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from booking.database_errors import DatabaseError, DatabaseMissingError
from booking.database_silence import silence_values
from booking.day_cache import DayCache
from booking.migrations import upgrade_schema
from booking.postgres_programs import OLDEST_MAJOR, install_line
from booking.settings import Settings
from booking.store import DAYS

if TYPE_CHECKING:
    from booking.private_cluster import PrivateCluster

__all__ = ["Database", "DatabaseError", "DatabaseMissingError", "connect", "create_empty_database", "open_database"]

_NAME = "rufnetz"
_UPGRADE_LOCK = zlib.crc32(b"rufnetz: upgrade of the schema")
_CONNECTION = {"connect_timeout": 10, "client_encoding": "utf8"}
_WAIT_FOR_UPGRADE_MS = 120_000
_SESSION_OPTIONS = {
    "timezone": "UTC",
    # A request waits for no lock and no statement longer than a person would wait for an answer.
    "lock_timeout": "5000",
    "statement_timeout": "20000",
    "idle_in_transaction_session_timeout": "60000",
}


@dataclass(frozen=True)
class Database:
    """A database that is ready, in use until :meth:`close`.

    Parameters
    ----------
    sessions
        Makes sessions whose objects stay readable after a commit.
    cluster
        The private cluster the database lies in, if it is ours to stop.
    """

    engine: Engine
    sessions: sessionmaker[Session]
    cluster: "PrivateCluster | None" = None

    @property
    def url(self) -> URL:
        """Its address; printed, it hides the password."""
        return self.engine.url

    def close(self) -> None:
        """Close all connections, and leave the private cluster, which stops if nobody else uses it."""
        self.engine.dispose()
        if self.cluster is not None:
            self.cluster.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(settings: Settings) -> Database:
    """The database of this installation: the one the settings name, else the private cluster's.

    Creates it where it is missing, adds PostGIS and brings the schema up to date; of several processes that do so at
    once, one does and the others wait.

    Raises
    ------
    DatabaseMissingError
        None is named and no PostgreSQL with PostGIS is installed; the text holds the line that installs it.
    DatabaseError
        The database cannot be reached or used; the text says what to do.
    """
    if settings.database_url is not None:
        url = make_url(settings.database_url)
        _prepare(url)
        return connect(url)
    cluster = _open_private_cluster(settings)
    try:
        url = cluster.url(_NAME)
        _prepare(url)
        return connect(url, cluster)
    except BaseException:
        cluster.close()
        raise


def connect(url: URL, cluster: "PrivateCluster | None" = None) -> Database:
    """A database that is known to be ready, with the pool and the time limits of the service."""
    engine = create_engine(
        url,
        pool_pre_ping=True,  # the server may have been restarted meanwhile
        pool_size=10,
        max_overflow=10,
        hide_parameters=True,  # they may be a name or a phone number, and errors end up in logs
        connect_args={
            **_CONNECTION,
            "application_name": "rufnetz",
            "options": " ".join(f"-c {name}={value}" for name, value in _SESSION_OPTIONS.items()),
        },
    )
    silence_values(engine)
    sessions = sessionmaker(engine, expire_on_commit=False, info={DAYS: DayCache()})
    return Database(engine, sessions, cluster)


def create_empty_database(url: URL) -> None:
    """Create that database with PostGIS, without a schema, unless it exists."""
    _create_if_missing(url)
    engine = _plain_engine(url)
    with engine.begin() as connection:
        _add_postgis(connection)


def _open_private_cluster(settings: Settings) -> "PrivateCluster":
    if os.name != "posix":
        message = (
            "On this system Rufnetz makes no database of its own. Install PostgreSQL with PostGIS, create a database "
            "and name it in DATABASE_URL (postgresql://user:password@host:5432/name)."
        )
        raise DatabaseMissingError(message)
    from booking.private_cluster import open_cluster  # noqa: PLC0415 - its file locks exist on POSIX systems only

    return open_cluster(settings.state_folder / "database")


def _plain_engine(url: URL) -> Engine:
    """For preparing: no pool, patient with locks."""
    args = {**_CONNECTION, "application_name": "rufnetz upgrade", "options": "-c timezone=UTC"}
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=args)


def _prepare(url: URL) -> None:
    """Make sure that the database exists, has PostGIS and the newest schema."""
    _create_if_missing(url)
    with _plain_engine(url).begin() as connection:
        _check_server(connection)
        _wait_for_other_upgrades(connection)
        _add_postgis(connection)
        _upgrade(connection)


def _create_if_missing(url: URL) -> None:
    if _fault_of(url) is None:
        return
    if _is_missing(url):
        _create(url)
        return
    # Another process may have created it between the two looks: only a second fault is one.
    fault = _fault_of(url)
    if fault is not None:
        message = (
            f"The database {_shown(url)} cannot be reached: {_said(fault)}\n"
            "Check that the server runs and that DATABASE_URL names the right host, user, password and database."
        )
        raise DatabaseError(message)


def _fault_of(url: URL) -> OperationalError | None:
    """Why the database cannot be connected to, None if it can."""
    try:
        with _plain_engine(url).connect():
            return None
    except OperationalError as fault:
        return fault


def _is_missing(url: URL) -> bool:
    """Whether the server answers and lacks this database; asked of the database every server has."""
    try:
        with _plain_engine(url.set(database="postgres")).connect() as connection:
            query = text("select 1 from pg_database where datname = :name")
            return connection.scalar(query, {"name": url.database}) is None
    except OperationalError:
        return False


def _create(url: URL) -> None:
    engine = _plain_engine(url.set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
    name = _quoted(engine, url.database)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"create database {name} encoding 'UTF8' template template0"))
    except DBAPIError as fault:
        if isinstance(fault.orig, psycopg.errors.DuplicateDatabase | psycopg.errors.UniqueViolation):
            return  # another process was quicker
        message = (
            f"The database {_shown(url)} does not exist and cannot be created: {_said(fault)}\n"
            "Have it created by whoever runs the server:\n\n"
            f"    create database {name} encoding 'UTF8' owner {_quoted(engine, url.username)};"
        )
        raise DatabaseError(message) from None


def _check_server(connection: Connection) -> None:
    major = connection.scalar(text("select current_setting('server_version_num')::int / 10000"))
    if major is not None and major < OLDEST_MAJOR:
        message = (
            f"The server of {_shown(connection.engine.url)} is PostgreSQL {major}; "
            f"Rufnetz needs {OLDEST_MAJOR} or newer."
        )
        raise DatabaseError(message)
    encoding = connection.scalar(text("show server_encoding"))
    if encoding != "UTF8":
        message = (
            f"The database {_shown(connection.engine.url)} has the encoding {encoding}, in which not every name can be "
            "written. Create it anew with encoding 'UTF8'."
        )
        raise DatabaseError(message)


def _wait_for_other_upgrades(connection: Connection) -> None:
    """Take the lock that one upgrade at a time may hold; it is released when the connection closes."""
    connection.execute(text(f"set lock_timeout = {_WAIT_FOR_UPGRADE_MS}"))
    try:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
    except OperationalError:
        message = (
            f"Another process has been upgrading the database {_shown(connection.engine.url)} for "
            f"{_WAIT_FOR_UPGRADE_MS // 1000} seconds. Wait for it to finish, then start again."
        )
        raise DatabaseError(message) from None
    # While a migration waits for a table, everybody else waits behind it: better to give up and try again later.
    connection.execute(text("set lock_timeout = 15000"))


def _add_postgis(connection: Connection) -> None:
    if connection.scalar(text("select 1 from pg_extension where extname = 'postgis'")):
        return
    try:
        connection.execute(text("create extension if not exists postgis"))
    except DBAPIError as fault:
        if isinstance(fault.orig, psycopg.errors.InsufficientPrivilege):
            remedy = "Have whoever runs the server execute, in this database:\n\n    create extension postgis;"
        else:
            remedy = f"Install it on the server's computer; on this system that would be:\n\n    {install_line()}"
        message = f"The database {_shown(connection.engine.url)} has no PostGIS: {_said(fault)}\n{remedy}"
        raise DatabaseError(message) from None


def _upgrade(connection: Connection) -> None:
    try:
        upgrade_schema(connection)
    except DBAPIError as fault:
        if isinstance(fault.orig, psycopg.errors.InsufficientPrivilege):
            user = _quoted(connection.engine, connection.engine.url.username)
            remedy = (
                "Its user must be allowed to create tables. Have whoever runs the server execute, in this database:"
                f"\n\n    grant create on schema public to {user};"
            )
        elif isinstance(fault.orig, psycopg.errors.LockNotAvailable):
            remedy = "Its tables were in use for too long. Nothing was changed: start again when less is going on."
        else:
            raise
        url = _shown(connection.engine.url)
        message = f"The schema of the database {url} cannot be brought up to date: {_said(fault)}\n{remedy}"
        raise DatabaseError(message) from None


def _quoted(engine: Engine, name: str | None) -> str:
    return engine.dialect.identifier_preparer.quote_identifier(name or _NAME)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _said(fault: DBAPIError) -> str:
    """What the server or the driver said, in one line."""
    return " ".join(str(fault.orig).split())
