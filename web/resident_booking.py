"""Residents' pages about a booking: confirmation, calendar file, cancelling, finding it again by its code."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from booking.callers import way_back
from booking.errors import TooLateToCancelError
from booking.live_state import live_rides
from booking.model import Booking, BookingCode, BookingState
from booking.operation import Operation
from booking.retention import PURPOSES
from web.booking_cookie import BookingCookie
from web.calendar_file import calendar_file
from web.forms import Errors, FindForm, asked_again, digits, form_of
from web.i18n import LANGUAGES, N_, language_of
from web.resident import ORDERING

STAY = timedelta(hours=2)
"""So long somebody stays, as the form for the way back is first filled in."""


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages in every language of the district."""
    pages = BookingPages(operation, templates)
    routes = _routes(pages)
    router = APIRouter()
    for code in operation.district.languages:
        if code in LANGUAGES:
            router.include_router(routes, prefix=f"/{code}/booking")
    return router


def _routes(pages: "BookingPages") -> APIRouter:
    routes = APIRouter()

    @routes.get("")
    def show_booking(request: Request) -> Response:
        return pages.with_booking(request, "booking.html")

    @routes.get("/calendar.ics")
    def download_calendar_file(request: Request) -> Response:
        return pages.calendar_file(request)

    @routes.get("/cancel")
    def ask_to_cancel(request: Request) -> Response:
        return pages.with_booking(request, "cancel.html")

    @routes.post("/cancel")
    def cancel(request: Request) -> Response:
        return pages.cancel(request)

    @routes.get("/data")
    def show_data(request: Request) -> Response:
        return pages.with_booking(request, "data.html")

    @routes.post("/data/file")
    def download_data(request: Request) -> Response:
        return pages.data_file(request)

    @routes.get("/data/delete")
    def ask_to_delete(request: Request) -> Response:
        return pages.with_booking(request, "data_delete.html")

    @routes.post("/data/delete")
    def delete_data(request: Request) -> Response:
        return pages.delete_data(request)

    @routes.get("/find")
    def show_find(request: Request) -> Response:
        return pages.find_form(request, FindForm(), {})

    @routes.post("/find")
    def find(request: Request, form: Annotated[FindForm, Form()]) -> Response:
        return pages.find(request, form)

    return routes


class BookingPages:
    """What the pages show."""

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self._operation = operation
        self._templates = templates
        self._cookie = BookingCookie(operation)

    def with_booking(self, request: Request, template: str) -> Response:
        """A page about the booking of this browser; without one, the page that asks for the code."""
        booking = self._cookie.find_booking(request)
        if booking is None:
            return self._to(request, "booking/find")
        if booking.state is BookingState.HELD:
            return self._to(request, "waiting")
        if booking.state is BookingState.CANCELLED and template in _STANDING_ONLY:
            template = "cancelled.html"
        zone = self._operation.district.zone
        now = self._operation.clock().astimezone(zone)
        back = replace(way_back(booking.offer.enquiry), wished_at=booking.offer.arrival_at + STAY)
        context = {
            "booking": booking,
            "back": asked_again(form_of(back, zone), now) if back.wished_at < now else form_of(back, zone),
            "live": live_rides(booking, self._operation) if template == "booking.html" else (),
            "again": asked_again(form_of(booking.offer.enquiry, zone), now),
            "kept_days": self._operation.district.retention.days_of(PURPOSES[0]),
            "paths": ORDERING,
        }
        return self._page(request, template, context)

    def calendar_file(self, request: Request) -> Response:
        """The ride as an entry for a calendar."""
        booking = self._cookie.find_booking(request)
        if booking is None:
            return self._to(request, "booking/find")
        content = calendar_file(booking, self._operation.district, language_of(request), self._operation.clock())
        headers = {"Content-Disposition": 'attachment; filename="rufbus.ics"', "Cache-Control": "no-store"}
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    def cancel(self, request: Request) -> Response:
        """Cancel the booking of this browser; its page then says so."""
        booking = self._cookie.find_booking(request)
        if booking is None:
            return self._to(request, "booking/find")
        if booking.state is BookingState.CONFIRMED:
            self._operation.cancel(booking.code)
        return self._to(request, "booking")

    def data_file(self, request: Request) -> Response:
        """All that is kept about the booking of this browser, as a file that programs can read."""
        booking = self._cookie.find_booking(request)
        if booking is None:
            return self._to(request, "booking/find")
        kept = self._operation.privacy.export(booking.code, _reached_by(booking))
        headers = {"Content-Disposition": 'attachment; filename="rufbus.json"', "Cache-Control": "no-store"}
        content = json.dumps(kept, ensure_ascii=False, indent=2)
        return Response(content, media_type="application/json; charset=utf-8", headers=headers)

    def delete_data(self, request: Request) -> Response:
        """Cancel the booking of this browser if it is to come, and forget who it was."""
        booking = self._cookie.find_booking(request)
        if booking is None:
            return self._to(request, "booking/find")
        try:
            self._operation.privacy.delete(booking.code, _reached_by(booking))
        except TooLateToCancelError:
            return self._page(request, "data_delete.html", {"booking": booking, "is_too_late": True}, 409)
        response = self._page(request, "data_deleted.html", {})
        self._cookie.clear(response)
        return response

    def find_form(self, request: Request, form: FindForm, errors: Errors) -> Response:
        """The page that asks for a code."""
        return self._page(request, "find.html", {"form": form, "errors": errors}, 422 if errors else 200)

    def find(self, request: Request, form: FindForm) -> Response:
        """Show the booking with a code to whoever knows its phone number too, if it has one."""
        if not form.code.strip():
            return self.find_form(request, form, {"code": N_("Bitte geben Sie den Code Ihrer Buchung ein.")})
        booking = self._operation.find_booking(BookingCode(form.code))
        if booking is None or not _knows_phone(booking, form.phone):
            # one answer for both: nobody can learn which codes exist
            message = N_("Zu diesem Code und dieser Telefonnummer haben wir keine Buchung gefunden.")
            return self.find_form(request, form, {"code": message})
        response = self._to(request, "booking")
        self._cookie.set(response, booking.code)
        return response

    def _to(self, request: Request, path: str) -> Response:
        return RedirectResponse(f"/{language_of(request).code}/{path}", status_code=303)

    def _page(self, request: Request, template: str, context: Mapping[str, Any], status_code: int = 200) -> Response:
        context = {"is_too_late": False, **context}
        return self._templates.TemplateResponse(
            request, f"resident/{template}", context, status_code, {"Cache-Control": "no-store"}
        )


def _knows_phone(booking: Booking, phone: str) -> bool:
    return hmac.compare_digest(digits(booking.contact.phone), digits(phone)) or not booking.contact.phone


def _reached_by(booking: Booking) -> str:
    """What only the rider knows beside the code: this browser has ordered, or has said it."""
    contact = booking.contact
    return contact.phone or contact.email or contact.name


_STANDING_ONLY = frozenset({"booking.html", "cancel.html"})
