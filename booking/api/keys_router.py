"""API keys, for administrators; and what the problems mean, for everybody."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from booking.api.access import gate
from booking.api.codes import KINDS, Code, problem_type
from booking.api.pages import Page
from booking.api.problems import says
from booking.api.route import READS, REPEATABLE
from booking.api.schemas import Strict
from booking.api.texts import NUMBER, Id, Moment
from booking.api_keys import ApiKey, Scope
from booking.operation import Operation
from booking.views import StaffView

MOST_PER_MIN = 1_000_000


class KeyIn(Strict):
    """A key to make. ``name`` says whose program it is: an organisation, not a person."""

    name: Annotated[Id, Field(examples=["Verkehrsverbund, trip planner"])]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: Moment | None = None
    per_min: Annotated[int, Field(ge=1, le=MOST_PER_MIN), NUMBER] | None = None


class KeyOut(BaseModel):
    """A key without its secret."""

    prefix: str
    name: str
    scopes: list[Scope]
    per_min: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """From a key."""
        return cls(
            prefix=key.prefix,
            name=key.name,
            scopes=sorted(key.scopes),
            per_min=key.per_min,
            created_at=key.created_at,
            created_by=key.created_by,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )


class NewKeyOut(BaseModel):
    """A new key. ``token`` is shown this once."""

    token: str
    key: KeyOut


class ProblemOut(BaseModel):
    """What a code means."""

    type: str
    code: Code
    status: int
    title: str
    meaning: str

    @classmethod
    def of(cls, code: Code) -> Self:
        """From a code."""
        kind = KINDS[code]
        return cls(type=problem_type(code), code=code, status=kind.status, title=kind.title, meaning=kind.meaning)


def add_keys(router: APIRouter, operation: Operation) -> None:
    """Add what is done with keys."""
    admin = Depends(gate(operation, Scope.ADMIN))

    @router.get("/keys", tags=["keys"], dependencies=[admin])
    def keys(page: Page) -> list[KeyOut]:
        """All keys there ever were, without their secrets."""
        return [KeyOut.of(key) for key in page.take(operation.api_keys.list(), lambda key: (key.prefix,))]

    @router.post("/keys", tags=["keys"], status_code=HTTPStatus.CREATED, openapi_extra=READS)
    def create(body: KeyIn, staff: Annotated[StaffView, admin]) -> NewKeyOut:
        """Make a key. Its secret is in the answer and nowhere else, so the answer is not kept for an idempotency key.

        If it was lost, revoke the key and make another.
        """
        key, token = operation.api_keys.create(
            body.name, body.scopes, by=f"staff {staff.name}", expires_at=body.expires_at, per_min=body.per_min
        )
        return NewKeyOut(token=token, key=KeyOut.of(key))

    @router.delete("/keys/{prefix}", tags=["keys"], openapi_extra=REPEATABLE | says(Code.NOT_FOUND))
    def revoke(prefix: Id, staff: Annotated[StaffView, admin]) -> KeyOut:
        """End a key at once. Twice is the same as once."""
        return KeyOut.of(operation.api_keys.revoke(prefix, by=f"staff {staff.name}"))


def add_problem_list(router: APIRouter) -> None:
    """Add what the problems mean."""

    @router.get("/problems", tags=["service"])
    def problems(page: Page) -> list[ProblemOut]:
        """Every problem the API tells."""
        return [ProblemOut.of(code) for code in page.take(Code, lambda code: (code.value,))]

    @router.get("/problems/{code}", tags=["service"])
    def one_problem(code: Code) -> ProblemOut:
        """What a problem means: its `type` leads here."""
        return ProblemOut.of(code)
