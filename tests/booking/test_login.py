"""Logging in as it should be, and all that must not be possible."""

from datetime import timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from booking.database import Database
from booking.errors import InputError, SecondFactorNeededError, TooManyRequestsError
from booking.login_guard import FREE_ADDRESS, FREE_NAME, FREE_PAIR, LONGEST_WAIT_S, wait_s
from booking.operation import Operation
from booking.second_factor import matching_step, read_half, sign_half
from booking.staff import PasswordChange, refuse_weak
from booking.staff_tables import LoginFailureRow, RecoveryCodeRow
from booking.tables import AuditRow
from tests.tiny_network import FakeClock, local

PASSWORD = "a good long password"  # noqa: S105 - of tests


@pytest.fixture
def anna(operation: Operation) -> str:
    operation.save_staff("anna", PASSWORD, "dispatcher")
    return "anna"


@pytest.fixture
def secret(operation: Operation, clock: FakeClock, anna: str) -> str:
    """The secret that anna's telephone shares with the service."""
    made = operation.accounts.new_secret()
    assert operation.accounts.switch_second_factor_on(anna, made, pyotp.TOTP(made).at(clock.at))
    clock.at += timedelta(minutes=1)
    return made


def guess(operation: Operation, times: int, *, name: str = "anna", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        assert operation.log_in(name, "wrong", address=address) is None


def test_typing_errors_cost_nothing_and_guessing_waits(operation: Operation, clock: FakeClock, anna: str) -> None:
    guess(operation, FREE_PAIR)
    with pytest.raises(TooManyRequestsError) as wait:
        operation.log_in(anna, PASSWORD, address="192.0.2.1")
    assert wait.value.after_s == 16, "also with the right password: else guessing would go on"
    assert operation.log_in(anna, PASSWORD, address="192.0.2.2"), "from her own computer she need not wait"
    clock.at += timedelta(seconds=16)
    guess(operation, 1)
    with pytest.raises(TooManyRequestsError) as longer:
        operation.log_in(anna, PASSWORD, address="192.0.2.1")
    assert longer.value.after_s == 31
    clock.at += timedelta(seconds=31)
    assert operation.log_in(anna, PASSWORD, address="192.0.2.1")
    guess(operation, FREE_PAIR - 1)
    assert operation.log_in(anna, PASSWORD, address="192.0.2.1"), "who was right begins anew"


def test_names_that_are_no_accounts_wait_alike(operation: Operation) -> None:
    guess(operation, FREE_PAIR, name="nobody")
    with pytest.raises(TooManyRequestsError):
        operation.log_in("nobody", "wrong", address="192.0.2.1")


def test_an_address_that_tries_many_names_waits(operation: Operation, anna: str) -> None:
    for number in range(FREE_ADDRESS):
        guess(operation, 1, name=f"name {number}")
    with pytest.raises(TooManyRequestsError):
        operation.log_in(anna, PASSWORD, address="192.0.2.1")


def test_a_name_that_is_tried_from_many_addresses_waits(operation: Operation, anna: str) -> None:
    for number in range(FREE_NAME):
        guess(operation, 1, address=f"192.0.2.{number}")
    with pytest.raises(TooManyRequestsError):
        operation.log_in(anna, PASSWORD, address="198.51.100.1")


def test_wrong_tries_are_forgotten_after_a_day_and_name_nobody(
    operation: Operation, database: Database, clock: FakeClock, anna: str
) -> None:
    guess(operation, FREE_PAIR)
    clock.at += timedelta(hours=25)
    guess(operation, 1)
    with database.sessions() as session:
        rows = session.scalars(select(LoginFailureRow)).all()
        assert {row.failures for row in rows} == {1}
        assert not any(anna in row.who or "192.0.2" in row.who for row in rows)
        noted = session.scalars(select(AuditRow).where(AuditRow.action == "login_failed")).all()
        assert {(row.actor, str(row.details)) for row in noted} == {("somebody", "{}")}


@given(st.integers(0, 10_000))
def test_waits_grow_and_end(failures: int) -> None:
    assert 0 <= wait_s(failures, FREE_PAIR) <= wait_s(failures + 1, FREE_PAIR) <= LONGEST_WAIT_S
    assert (wait_s(failures, FREE_PAIR) == 0) == (failures < FREE_PAIR)


def test_a_second_factor_is_asked_for_and_its_code_counts_once(
    operation: Operation, clock: FakeClock, anna: str, secret: str
) -> None:
    with pytest.raises(SecondFactorNeededError) as needed:
        operation.log_in(anna, PASSWORD)
    code = pyotp.TOTP(secret).at(clock.at)
    assert operation.log_in_with_code(needed.value.half, "000000") is None
    assert operation.log_in_with_code(needed.value.half, f"{code[:3]} {code[3:]}")
    assert operation.log_in_with_code(needed.value.half, code) is None, "whoever looked over her shoulder"
    assert operation.log_in(anna, PASSWORD, code=code) is None
    clock.at += timedelta(seconds=30)
    assert operation.log_in(anna, PASSWORD, code=pyotp.TOTP(secret).at(clock.at))
    clock.at += timedelta(minutes=6)
    assert operation.log_in_with_code(needed.value.half, pyotp.TOTP(secret).at(clock.at)) is None, "too long ago"


def test_a_wrong_password_never_says_that_there_is_a_second_factor(
    operation: Operation, anna: str, secret: str
) -> None:
    assert secret
    assert operation.log_in(anna, "wrong") is None


def test_codes_are_guessed_no_quicker_than_passwords(operation: Operation, anna: str, secret: str) -> None:
    assert secret
    with pytest.raises(SecondFactorNeededError) as needed:
        operation.log_in(anna, PASSWORD, address="192.0.2.1")
    for number in range(FREE_PAIR):
        assert operation.log_in_with_code(needed.value.half, f"00000{number}", address="192.0.2.1") is None
    with pytest.raises(TooManyRequestsError):
        operation.log_in_with_code(needed.value.half, "000009", address="192.0.2.1")


def test_recovery_codes_are_good_once_and_only_their_hashes_are_kept(
    operation: Operation, database: Database, clock: FakeClock, anna: str
) -> None:
    made = operation.accounts.new_secret()
    codes = operation.accounts.switch_second_factor_on(anna, made, pyotp.TOTP(made).at(clock.at))
    assert len(set(codes)) == 8
    assert operation.log_in(anna, PASSWORD, code=codes[0].lower())
    assert operation.log_in(anna, PASSWORD, code=codes[0]) is None
    assert operation.accounts.find(anna).recovery_codes == 7
    with database.sessions() as session:
        kept = " ".join(session.scalars(select(RecoveryCodeRow.code_hash)))
    assert not any(code.replace("-", "") in kept for code in codes)


def test_nothing_is_switched_on_by_a_wrong_code(operation: Operation, anna: str) -> None:
    assert operation.accounts.switch_second_factor_on(anna, operation.accounts.new_secret(), "000000") == ()
    assert operation.log_in(anna, PASSWORD)


def test_the_operator_helps_who_has_lost_the_telephone(
    operation: Operation, database: Database, anna: str, secret: str
) -> None:
    assert secret
    assert operation.accounts.switch_second_factor_off(anna, actor="command line")
    assert operation.log_in(anna, PASSWORD)
    assert not operation.accounts.switch_second_factor_off("nobody", actor="command line")
    with database.sessions() as session:
        assert session.scalars(select(RecoveryCodeRow)).all() == []
        (noted,) = session.scalars(select(AuditRow).where(AuditRow.action == "second_factor_off"))
    assert (noted.actor, noted.details) == ("command line", {"account": "anna"})


def test_a_login_that_nobody_uses_ends(operation: Operation, clock: FakeClock, anna: str) -> None:
    token = operation.log_in(anna, PASSWORD)
    assert token is not None
    for _ in range(2):
        clock.at += timedelta(hours=7, minutes=50)
        assert operation.find_staff(token) is not None
    clock.at += timedelta(hours=4, minutes=30)
    assert operation.find_staff(token) is None, "20 hours after the login it ends in any case"
    token = operation.log_in(anna, PASSWORD)
    assert token is not None
    clock.at += timedelta(hours=8)
    assert operation.find_staff(token) is None


def test_a_new_password_ends_the_other_logins(operation: Operation, anna: str) -> None:
    mine, other = operation.log_in(anna, PASSWORD), operation.log_in(anna, PASSWORD)
    assert mine is not None
    assert other is not None
    change = operation.accounts.change_password
    assert not change(PasswordChange(anna, "wrong", "three other words", mine))
    with pytest.raises(InputError):
        change(PasswordChange(anna, PASSWORD, "annaannaanna", mine))
    assert change(PasswordChange(anna, PASSWORD, "three other words", mine))
    assert operation.find_staff(mine) is not None
    assert operation.find_staff(other) is None
    assert operation.log_in(anna, PASSWORD) is None
    assert operation.accounts.remove(anna, actor="command line")
    assert operation.find_staff(mine) is None


@pytest.mark.parametrize(
    "weak",
    ["", "short", "passwortpasswort", "Passwort1234", "121212121212", "aaaaaaaaaaaaaa", "Anna Lena 12", "qwertz123456"],
)
def test_passwords_that_are_soon_guessed_are_refused(weak: str) -> None:
    with pytest.raises(InputError):
        refuse_weak("Anna Lena", weak)


@pytest.mark.parametrize(
    "strong", ["a good long password", "Tasse Wolke Garten", "k8Ü!mwx.Lq2#", "пароль из трёх слов"]
)
def test_passwords_that_are_good_are_taken(strong: str) -> None:
    refuse_weak("Anna Lena", strong)


def test_codes_of_neighbouring_steps_are_taken_and_none_twice() -> None:
    totp, now = pyotp.TOTP(pyotp.random_base32()), local("10:00")
    step = int(now.timestamp()) // 30
    for shift in (-30, 0, 30):
        found = matching_step(totp.secret, totp.at(now + timedelta(seconds=shift)), now)
        assert found == step + shift // 30
    assert matching_step(totp.secret, totp.at(now + timedelta(seconds=60)), now) is None
    assert matching_step(totp.secret, totp.at(now), now, after=step) is None
    assert matching_step(totp.secret, "", now) is None


@given(st.text(max_size=60))
def test_nobody_makes_up_that_they_knew_the_password(made_up: str) -> None:
    now = local("10:00")
    assert read_half(made_up, now, "s") is None
    half = sign_half("anna", now, "s")
    assert read_half(half, now, "s") == "anna"
    assert read_half(half, now, "other") is None
    assert read_half(half[:-1] + made_up, now, "s") is None or made_up == half[-1]
