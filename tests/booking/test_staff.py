from datetime import timedelta

from sqlalchemy import select

from booking.database import Database
from booking.operation import Operation
from booking.tables import StaffRow, StaffSessionRow
from tests.tiny_network import FakeClock


def test_only_the_right_password_logs_in(operation: Operation) -> None:
    operation.save_staff("anna", "a good long password", "dispatcher")
    assert operation.log_in("anna", "another password") is None
    assert operation.log_in("nobody", "a good long password") is None
    token = operation.log_in("anna", "a good long password")
    assert token is not None
    found = operation.find_staff(token)
    assert found is not None
    assert (found.name, found.role) == ("anna", "dispatcher")


def test_a_login_ends_when_logged_out_after_its_time_or_with_a_new_password(
    operation: Operation, clock: FakeClock
) -> None:
    operation.save_staff("anna", "a good long password", "dispatcher")

    def log_in(password: str = "a good long password") -> str:  # noqa: S107 - of tests
        token = operation.log_in("anna", password)
        assert token is not None
        return token

    token = log_in()
    operation.log_out(token)
    assert operation.find_staff(token) is None
    token = log_in()
    clock.at += timedelta(hours=20)
    assert operation.find_staff(token) is None
    token = log_in()
    operation.save_staff("anna", "a new long password", "dispatcher")
    assert operation.find_staff(token) is None
    assert operation.log_in("anna", "a good long password") is None
    assert log_in("a new long password")


def test_neither_password_nor_token_stands_in_the_database(operation: Operation, database: Database) -> None:
    operation.save_staff("anna", "a good long password", "dispatcher")
    token = operation.log_in("anna", "a good long password")
    with database.sessions() as session:
        hashed = session.scalars(select(StaffRow.password_hash)).one()
        digest = session.scalars(select(StaffSessionRow.token_hash)).one()
    assert hashed.startswith("$argon2id$")
    assert token not in digest
    assert "good long" not in hashed
