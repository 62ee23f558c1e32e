"""What riders were told and what nobody has got, for dispatchers."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from booking.api.access import gate
from booking.api.codes import Code
from booking.api.pages import Page
from booking.api.problems import says
from booking.api.route import REPEATABLE
from booking.api.schemas import Strict
from booking.api.texts import NUMBER
from booking.api_keys import Scope
from booking.notice_desk import NoticeView
from booking.operation import Operation
from booking.views import StaffView

State = Literal["open", "dead", "desk", "waiting", "sent", "told", "stale", "replaced"]


class NoticeOut(BaseModel):
    """A message to one recipient by one channel. Who that is stands in the booking."""

    id: int
    kind: str
    booking_id: UUID
    code: str
    recipient: Literal["traveller", "booker"]
    channel: Literal["email", "sms", "voice", "letter", "desk"]
    state: Literal["waiting", "dead", "sent", "told", "stale", "replaced"]
    attempts: int
    last_error: str
    """A word and the number of an answer; empty if nothing went wrong."""
    created_at: datetime
    next_attempt_at: datetime
    settled_at: datetime | None
    settled_by: str | None

    @classmethod
    def of(cls, view: NoticeView) -> Self:
        """From a delivery as the desk sees it."""
        return cls(
            id=view.id,
            kind=view.kind,
            booking_id=view.booking_id,
            code=view.code,
            recipient="booker" if view.recipient == "booker" else "traveller",
            channel=view.channel.value,
            state=view.state,
            attempts=view.attempts,
            last_error=view.last_error,
            created_at=view.created_at,
            next_attempt_at=view.next_attempt_at,
            settled_at=view.settled_at,
            settled_by=view.settled_by,
        )


class RetryIn(Strict):
    """Which messages to try again."""

    ids: Annotated[list[Annotated[int, Field(ge=1, le=2**53 - 1), NUMBER]], Field(min_length=1, max_length=500)]


class RetryOut(BaseModel):
    """How many are tried again."""

    retried: int


def add_notices(router: APIRouter, operation: Operation) -> None:
    """Add the calls of dispatchers about messages to riders."""
    dispatcher = Depends(gate(operation, Scope.DISPATCH))

    @router.get("/staff/notices", tags=["dispatch"], dependencies=[dispatcher])
    def list_notices(page: Page, state: Annotated[State, Query()] = "open") -> list[NoticeOut]:
        """Messages to riders. ``dead`` failed for good, ``desk`` only a person can tell, ``open`` is both of them."""
        return [NoticeOut.of(view) for view in page.take_in_order(operation.notices.list(state))]

    @router.post("/staff/notices/retry", tags=["dispatch"], openapi_extra=REPEATABLE)
    def retry(body: RetryIn, who: StaffView = dispatcher) -> RetryOut:
        """Try messages again that nobody has got, by whatever reaches the person now."""
        return RetryOut(retried=operation.notices.retry(body.ids, f"staff {who.name}"))

    @router.post(
        "/staff/notices/{notice_id}/told",
        tags=["dispatch"],
        openapi_extra=REPEATABLE | says(Code.NOT_FOUND),
    )
    def told(notice_id: Annotated[int, Field(ge=1, le=2**53 - 1)], who: StaffView = dispatcher) -> NoticeOut:
        """Note that a person has told it, who and when. Twice is the same as once."""
        return NoticeOut.of(operation.notices.told(notice_id, f"staff {who.name}"))
