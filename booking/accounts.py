"""What staff do with their own accounts, and the operator with everybody's."""

from collections.abc import Sequence

from sqlalchemy.orm import Session, sessionmaker

from booking import second_factor, staff
from booking.clock import Clock
from booking.staff import Account, PasswordChange


class Accounts:
    """The accounts of one installation.

    Parameters
    ----------
    service
        What an authenticator app calls it.
    """

    def __init__(self, sessions: sessionmaker[Session], clock: Clock, secret: str, service: str) -> None:
        self._sessions, self._clock, self._secret, self._service = sessions, clock, secret, service

    def find(self, name: str) -> Account:
        """The account of somebody who is logged in."""
        with self._sessions() as session:
            return staff.find_account(session, name, self._clock())

    def list_all(self) -> Sequence[Account]:
        """All accounts by name."""
        with self._sessions() as session:
            return staff.list_accounts(session, self._clock())

    def change_password(self, change: PasswordChange) -> bool:
        """Give oneself a new password; whether the old one was right. All other logins end.

        Raises
        ------
        InputError, TooManyRequestsError
            The new one is soon guessed; too many wrong tries.
        """
        with self._sessions.begin() as session:
            return staff.change_password(session, change, self._clock(), self._secret)

    def new_secret(self) -> str:
        """A secret for an authenticator app; nothing is asked for before a code of it was typed."""
        return second_factor.new_secret()

    def secret_address(self, name: str, secret: str) -> str:
        """The secret as an authenticator app reads it."""
        return second_factor.address_of(secret, name, self._service)

    def switch_second_factor_on(self, name: str, secret: str, code: str) -> tuple[str, ...]:
        """Ask for codes from now on; gives the recovery codes, or nothing if the code is wrong."""
        with self._sessions.begin() as session:
            return staff.switch_second_factor_on(session, name, secret, code, self._clock())

    def is_code_right(self, name: str, code: str) -> bool:
        """Whether a code is one of the second factor of an account; it is used up by that. Wrong ones are counted.

        Raises
        ------
        TooManyRequestsError
            Too many wrong codes.
        """
        with self._sessions.begin() as session:
            return staff.take_own_code(session, name, code, self._clock(), self._secret)

    def switch_second_factor_off(self, name: str, *, actor: str) -> bool:
        """Ask for the password alone; whether there is such an account."""
        with self._sessions.begin() as session:
            return staff.switch_second_factor_off(session, name, self._clock(), actor=actor)

    def log_out_elsewhere(self, name: str, token: str) -> None:
        """End all logins of an account but one."""
        with self._sessions.begin() as session:
            staff.log_out_elsewhere(session, name, token)

    def remove(self, name: str, *, actor: str) -> bool:
        """Delete an account; whether there was one."""
        with self._sessions.begin() as session:
            return staff.remove_staff(session, name, self._clock(), actor=actor)
