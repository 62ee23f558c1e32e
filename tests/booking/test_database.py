import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from traceback import format_exception

import pytest
from alembic import command
from psycopg.errors import UniqueViolation
from sqlalchemy import URL, Engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from booking import database
from booking.contact_keys import email_key, phone_key
from booking.database import Database, connect, open_database
from booking.database_errors import DatabaseError, DatabaseMissingError
from booking.migrations import alembic_config, check_schema, upgrade_schema
from booking.private_cluster import PrivateCluster
from booking.settings import Settings
from booking.tables import Base

SOMEBODY = "Frau Sommerfeld"
SECRET = "a secret for tests only " * 2


def settings_for(url: URL) -> Settings:
    return Settings(database_url=url.render_as_string(hide_password=False), secret=SECRET)


@pytest.fixture
def owner(cluster: PrivateCluster) -> Iterator[Engine]:
    """May do everything on the server of the tests."""
    with connect(cluster.url("postgres")) as database:
        yield database.engine.execution_options(isolation_level="AUTOCOMMIT")


@pytest.fixture
def new_url(cluster: PrivateCluster, owner: Engine) -> Iterator[URL]:
    """The address of a database nobody has created yet."""
    url = cluster.url(f"test-{uuid.uuid4()}")
    yield url
    with owner.connect() as connection:
        connection.execute(text(f'drop database if exists "{url.database}" with (force)'))


@pytest.fixture
def stranger(owner: Engine) -> Iterator[str]:
    """A role of the server without any rights."""
    with owner.connect() as connection:
        connection.execute(text("create role stranger login"))
    yield "stranger"
    with owner.connect() as connection:
        connection.execute(text("drop role stranger"))


def test_a_database_that_is_missing_is_created_with_postgis_and_all_tables(new_url: URL) -> None:
    with open_database(settings_for(new_url)) as database, database.engine.connect() as connection:
        point = connection.scalar(text("select ST_AsText(ST_SetSRID(ST_MakePoint(11.5, 53.4), 4326))"))
        assert point == "POINT(11.5 53.4)"
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())


def test_opening_again_keeps_what_is_there(new_url: URL) -> None:
    with open_database(settings_for(new_url)) as database, database.engine.begin() as connection:
        connection.execute(text("insert into staff (name, password_hash, role) values ('nele', 'x', 'driver')"))
    with open_database(settings_for(new_url)) as database, database.engine.connect() as connection:
        assert connection.scalars(text("select name from staff")).all() == ["nele"]


def test_a_database_that_another_process_creates_between_two_looks_is_simply_there(
    new_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = database._is_missing

    def quicker(url: URL) -> bool:
        database._create(url)  # what the other process does at this very moment
        return look(url)

    monkeypatch.setattr(database, "_is_missing", quicker)
    with open_database(Settings(database_url=new_url.render_as_string(hide_password=False), secret=SECRET)) as opened:
        assert "booking" in inspect(opened.engine).get_table_names()


def test_two_processes_may_open_a_new_database_at_once(new_url: URL) -> None:
    program = (
        "from booking.database import open_database\n"
        "from booking.settings import read_settings\n"
        "open_database(read_settings()).close()\n"
    )
    environment = os.environ | {
        "DATABASE_URL": new_url.render_as_string(hide_password=False),
        "RUFNETZ_SECRET": SECRET,
    }
    openers = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [opener.communicate(timeout=60)[1] for opener in openers]
    assert said == ["", ""]
    assert [opener.returncode for opener in openers] == [0, 0]


def test_tables_and_migrations_agree(new_url: URL) -> None:
    with open_database(settings_for(new_url)) as database, database.engine.connect() as connection:
        check_schema(connection)


def test_the_kinds_of_booking_can_be_taken_back_and_put_in_again_with_the_keys_of_contacts(new_url: URL) -> None:
    with open_database(settings_for(new_url)) as database, database.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "9af4f13808ab")
        connection.execute(text("insert into service_day values (date '2026-03-03', 1)"))
        connection.execute(
            text(
                "insert into booking (id, code, offer_id, service_on, state, channel, persons, rules_version, offer,"
                " booked_at) values (gen_random_uuid(), 'AAAA-AAAA', 'o', date '2026-03-03', 'confirmed', 'web', 1,"
                " 'r', '{}', now())"
            )
        )
        typed = "+49 (0)152 / 288 173 86"
        values = {"phone": typed, "email": " Erika@Example.org"}
        connection.execute(text("insert into contact select id, 'Erika Beispiel', :phone, :email from booking"), values)
        upgrade_schema(connection)
        check_schema(connection)
        keys = connection.execute(text("select phone_key, email_key from contact")).one()
    assert tuple(keys) == (phone_key(typed), email_key(values["email"]))
    for same in ("0152 28817386", "004915228817386", "0152-288 173 86"):
        assert phone_key(same) == keys[0]


def test_a_session_has_utc_and_the_limits_of_the_service(database: Database) -> None:
    with database.sessions() as session:

        def setting(name: str) -> object:
            return session.scalar(text(f"select current_setting('{name}')"))

        assert setting("timezone") == "UTC"
        assert setting("lock_timeout") == "5s"
        assert setting("statement_timeout") == "20s"
        assert setting("idle_in_transaction_session_timeout") == "1min"
        assert setting("application_name") == "rufnetz"


def test_a_pool_survives_that_the_server_ended_its_connections(database: Database, owner: Engine) -> None:
    with database.sessions() as session:
        process = session.scalar(text("select pg_backend_pid()"))
    with owner.connect() as connection:
        connection.execute(text("select pg_terminate_backend(:process, 5000)"), {"process": process})
    with database.sessions() as session:
        assert session.scalar(text("select 1")) == 1


def test_an_error_does_not_repeat_the_values_of_its_statement(database: Database) -> None:
    with database.sessions() as session, pytest.raises(ProgrammingError) as caught:
        session.execute(text("insert into nowhere values (:name)"), {"name": "Frau Sommerfeld"})
    assert "Sommerfeld" not in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into contact values (null, :name, '', '')",  # Failing row contains …
        "insert into staff values (:name, 'x', 'driver'), (:name, 'x', 'driver')",  # Key (name)=(…) already exists
        "select cast(:name as integer)",  # invalid input syntax for type integer: "…"
        "select cast(:name as jsonb)",
    ],
)
def test_an_error_does_not_repeat_what_the_server_says_about_the_values(database: Database, statement: str) -> None:
    with database.sessions() as session, pytest.raises(DBAPIError) as caught:
        session.execute(text(statement), {"name": SOMEBODY})
    said = "".join(format_exception(caught.value))
    assert "SQLSTATE" in said
    assert SOMEBODY not in said


def test_the_log_of_the_server_does_not_repeat_them_either(database: Database, cluster: PrivateCluster) -> None:
    staff = text("insert into staff (name, password_hash, role) values ('frau-sommerfeld', 'x', 'driver')")
    with database.sessions() as session:
        session.execute(staff)
        with pytest.raises(IntegrityError) as caught:
            session.execute(staff)
    assert isinstance(caught.value.orig, UniqueViolation)
    detail = caught.value.orig.diag.message_detail or ""
    assert "frau-sommerfeld" in detail  # so the server did have it on its tongue
    log = (cluster.folder / "server.log").read_text(encoding="utf-8")
    assert "duplicate key value" in log
    assert "sommerfeld" not in log


def test_a_server_that_is_down_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    url = make_url(f"postgresql+psycopg://rufnetz:pusteblume@/rufnetz?host={tmp_path}")
    with pytest.raises(DatabaseError, match="cannot be reached") as caught:
        open_database(settings_for(url))
    assert "Check that the server runs and that DATABASE_URL names the right host" in str(caught.value)
    assert "pusteblume" not in str(caught.value)


def test_a_schema_of_a_newer_version_is_a_sentence(new_url: URL) -> None:
    with open_database(settings_for(new_url)) as database, database.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = 'fromthefuture'"))
    with pytest.raises(DatabaseError, match="start that version, or restore the backup"):
        open_database(settings_for(new_url))


def test_without_the_right_to_create_databases_the_statement_is_shown(new_url: URL, stranger: str) -> None:
    with pytest.raises(DatabaseError, match="does not exist and cannot be created") as caught:
        open_database(settings_for(new_url.set(username=stranger)))
    assert f'create database "{new_url.database}" encoding \'UTF8\' owner "stranger";' in str(caught.value)


def test_without_the_right_to_add_postgis_the_statement_is_shown(new_url: URL, stranger: str, owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(text(f'create database "{new_url.database}" template template0'))
    with pytest.raises(DatabaseError, match="has no PostGIS") as caught:
        open_database(settings_for(new_url.set(username=stranger)))
    assert "create extension postgis;" in str(caught.value)


def test_without_the_right_to_create_tables_the_statement_is_shown(new_url: URL, stranger: str, owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(text(f'create database "{new_url.database}" template template0'))
    with connect(new_url) as database, database.engine.begin() as connection:
        connection.execute(text("create extension postgis"))
        connection.execute(text("revoke create on schema public from public"))
    with pytest.raises(DatabaseError, match="cannot be brought up to date") as caught:
        open_database(settings_for(new_url.set(username=stranger)))
    assert 'grant create on schema public to "stranger";' in str(caught.value)


def test_another_encoding_than_utf8_is_refused(new_url: URL, owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(
            text(f"create database \"{new_url.database}\" encoding 'SQL_ASCII' locale 'C' template template0")
        )
    with pytest.raises(DatabaseError, match="has the encoding SQL_ASCII"):
        open_database(settings_for(new_url))


def test_a_lock_that_another_transaction_holds_ends_in_an_error_not_in_waiting(database: Database) -> None:
    with database.sessions() as holder, database.sessions() as waiter:
        holder.execute(text("lock table staff"))
        waiter.execute(text("set lock_timeout = 10"))
        with pytest.raises(OperationalError, match="lock timeout"):
            waiter.execute(text("select * from staff"))


def test_a_private_database_is_found_again_under_the_state_folder(open_folder: Path) -> None:
    settings = Settings(state_folder=open_folder, secret=SECRET)
    with open_database(settings) as database, database.engine.begin() as connection:
        connection.execute(text("insert into staff (name, password_hash, role) values ('ole', 'x', 'planner')"))
        assert database.cluster is not None
        assert database.cluster.folder == open_folder / "database"
    with open_database(settings) as database, database.engine.connect() as connection:
        assert connection.scalars(text("select name from staff")).all() == ["ole"]


def test_without_postgresql_the_line_that_installs_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking.postgres_programs._PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseMissingError, match=r"Install it with:\n\n    .*postg"):
        open_database(Settings(state_folder=tmp_path / "state", secret=SECRET))
    assert not (tmp_path / "state").exists()
