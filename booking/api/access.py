"""Who calls, and what they may do: a program with its key, a member of staff with a login, or anybody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from booking.api_keys import Scope, is_api_key
from booking.errors import ForbiddenError, NotAllowedError
from booking.operation import Operation
from booking.staff import Role
from booking.views import StaffView

STAFF_COOKIE = "rufnetz_staff"
ROLE_SCOPES: dict[str, frozenset[Scope]] = {
    Role.DRIVER: frozenset({Scope.ENQUIRE, Scope.BOOK, Scope.READ_RUNS, Scope.DRIVE}),
    Role.DISPATCHER: frozenset(set(Scope) - {Scope.ADMIN}),
    Role.PLANNER: frozenset({Scope.ENQUIRE, Scope.BOOK, Scope.FEEDS}),
    Role.ADMIN: frozenset(Scope),
}
"""What a login may do."""
_CALLER = "rufnetz.caller"

BEARER = HTTPBearer(auto_error=False, description="An API key (`rn_…`) or the token of a login.")
COOKIE = APIKeyCookie(name=STAFF_COOKIE, auto_error=False, description="The login of the staff pages.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Parameters
    ----------
    id
        Stable for as long as the caller is the same; ``anonymous`` for everybody without key and login.
    staff
        As whom the caller acts where a member of staff is asked for.
    per_min
        Calls per minute, if the key has a limit of its own.
    """

    id: str
    scopes: frozenset[Scope] = frozenset()
    staff: StaffView | None = None
    per_min: int | None = None

    def may(self, *scopes: Scope) -> bool:
        """Whether one of some scopes is theirs; ``admin`` has all."""
        return Scope.ADMIN in self.scopes or bool(self.scopes & set(scopes))


ANYBODY = Caller("anonymous")


def find_caller(operation: Operation, request: Request) -> Caller:
    """Who calls; looked up once for each request.

    Raises
    ------
    NotAllowedError
        There is a key or token in the header, and it is not valid. (A cookie that is over is as good as none: pages
        for everybody send it as well.)
    """
    known = request.scope.get(_CALLER)
    if not isinstance(known, Caller):
        known = request.scope[_CALLER] = _look_up(operation, request)
    return known


def _look_up(operation: Operation, request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = _of_token(operation, token.strip())
        if found is None:
            msg = "This API key or login is not valid (any more). POST name and password to /api/v1/staff/login."
            raise NotAllowedError(msg)
        return found
    cookie = request.cookies.get(STAFF_COOKIE)
    return (cookie and _of_token(operation, cookie)) or ANYBODY


def _of_token(operation: Operation, token: str) -> Caller | None:
    if is_api_key(token):
        key = operation.api_keys.find(token)
        if key is None:
            return None
        role = Role.DISPATCHER if key.may({Scope.DISPATCH}) else Role.DRIVER
        return Caller(f"key:{key.prefix}", key.scopes, StaffView(f"key {key.prefix}", role), key.per_min)
    staff = operation.find_staff(token)
    return None if staff is None else Caller(f"staff:{staff.name}", ROLE_SCOPES.get(staff.role, frozenset()), staff)


def is_desk(operation: Operation, request: Request) -> bool:
    """Whether somebody calls who books for others by their office."""
    return find_caller(operation, request).may(Scope.DISPATCH)


def gate(operation: Operation, *scopes: Scope) -> Callable[..., StaffView]:
    """A dependency that lets through who has one of some scopes, by key or by login, and gives who it is."""

    def require(
        request: Request,
        _bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)] = None,
        _cookie: Annotated[str | None, Depends(COOKIE)] = None,
    ) -> StaffView:
        caller = find_caller(operation, request)
        if caller.staff is None:
            msg = "Please log in: POST name and password to /api/v1/staff/login; or send an API key."
            raise NotAllowedError(msg)
        if not caller.may(*scopes):
            raise ForbiddenError(_missing(*scopes))
        return caller.staff

    return require


def public_gate(operation: Operation, scope: Scope) -> Callable[[Request], None]:
    """A dependency for what everybody may do, unless the settings ask for a key; a key must have the scope."""

    def require(request: Request) -> None:
        caller = find_caller(operation, request)
        if caller is ANYBODY:
            if operation.settings.api_needs_key:
                msg = "This service answers programs by API key only. Ask its operator for one."
                raise NotAllowedError(msg)
        elif not caller.may(scope):
            raise ForbiddenError(_missing(scope))

    return require


def _missing(*scopes: Scope) -> str:
    return f"This needs an API key with the scope {' or '.join(scopes)}, or a login that may do it."
