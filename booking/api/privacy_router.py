"""What riders may ask about their data: by code and a second thing only they know, in the body and never in a URL."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from booking.api.codes import Code
from booking.api.problems import says
from booking.api.route import READS
from booking.api.schemas import Strict
from booking.api.texts import BookingCodeText, Name
from booking.api.tools import Tools
from booking.model import BookingCode
from booking.operation import Operation
from booking.retention import PURPOSES
from booking.rider_data import Deletion

NO_STORE = {"Cache-Control": "no-store"}


class RiderIn(Strict):
    """Who asks: the code of a booking, and how the rider could be reached."""

    code: BookingCodeText
    reached_by: Annotated[
        Name,
        Field(description="The phone number or e-mail address given when booking; the name, where neither was given."),
    ]


class ContactExport(BaseModel):
    """Who travels."""

    name: str
    phone: str
    email: str
    address: str
    language: str


class BookingExport(BaseModel):
    """Everything that is kept about one booking; what has no form of its own here is as it is kept."""

    id: str
    code: str
    state: str
    channel: str
    service_on: date
    booked_at: str
    cancelled_at: str | None
    kept_until: date
    contact: ContactExport | None
    offer: dict[str, Any]
    rides: list[dict[str, Any]]
    life: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    notes: list[dict[str, Any]]


class PurposeOut(BaseModel):
    """What is kept, what for, for how many days after its occasion."""

    purpose: str
    days: int
    kept: str
    needed_for: str


class ExportOut(BaseModel):
    """All that is kept about a rider."""

    service: str
    operator: str
    exported_at: str
    kept_for: list[PurposeOut]
    bookings: list[BookingExport]
    standing_orders: list[dict[str, Any]]
    wishes: list[dict[str, Any]]


class DeletionOut(BaseModel):
    """How many bookings were made anonymous, how many of them had to be cancelled before, and what ended with them."""

    bookings: int
    cancelled: int
    standing_orders: int
    wishes: int

    @classmethod
    def of(cls, deletion: Deletion) -> Self:
        """From what became of the request."""
        return cls(**asdict(deletion))


def add_privacy(router: APIRouter, operation: Operation, tools: Tools) -> None:
    """Add what is asked under ``/privacy``."""

    @router.get("/privacy", tags=["privacy"])
    def purposes() -> list[PurposeOut]:
        """What personal data is kept, what for, and for how long."""
        days_of = operation.district.retention.days_of
        return [PurposeOut(purpose=p.name, days=days_of(p), kept=p.kept, needed_for=p.needed_for) for p in PURPOSES]

    @router.post(
        "/privacy/export",
        tags=["privacy"],
        dependencies=[tools.books],
        openapi_extra=READS | says(Code.BOOKING_NOT_FOUND),
    )
    def export(body: RiderIn, response: Response) -> ExportOut:
        """All data about a booking and what was booked in one step with it."""
        response.headers.update(NO_STORE)
        return ExportOut(**operation.privacy.export(BookingCode(body.code), body.reached_by))

    @router.post(
        "/privacy/delete",
        tags=["privacy"],
        dependencies=[tools.books],
        openapi_extra=says(Code.BOOKING_NOT_FOUND, Code.TOO_LATE_TO_CANCEL),
    )
    def delete(body: RiderIn, response: Response) -> DeletionOut:
        """Cancel the rides to come of a booking and what was booked in one step with it, then delete the personal data.

        The code is no longer known afterwards.
        """
        response.headers.update(NO_STORE)
        return DeletionOut.of(operation.privacy.delete(BookingCode(body.code), body.reached_by))
