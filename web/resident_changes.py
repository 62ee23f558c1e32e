"""A resident changes a booking: the same way as ordering, with the booking that is to be changed beside it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from booking.errors import (
    DoesNotFitError,
    DuplicateBookingError,
    NotChangeableError,
    TooLateToChangeError,
)
from booking.model import Answer, Booking, BookingState, Enquiry
from booking.operation import Operation
from web.forms import ContactForm, EnquiryForm
from web.i18n import LANGUAGES, language_of
from web.resident import Paths, ResidentPages


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages in every language of the district."""
    pages = ChangePages(operation, templates)
    routes = _routes(pages)
    router = APIRouter()
    for code in operation.district.languages:
        if code in LANGUAGES:
            router.include_router(routes, prefix=f"/{code}/booking/change")
    return router


def _routes(pages: "ChangePages") -> APIRouter:
    routes = APIRouter()

    @routes.get("")
    def show_form(request: Request) -> Response:
        return pages.start(request)

    @routes.post("")
    def change_form(request: Request, form: Annotated[EnquiryForm, Form()]) -> Response:
        return pages.form(request, form) if pages.changing(request) else pages.to(request, "booking")

    @routes.post("/offers")
    def show_offers(request: Request, form: Annotated[EnquiryForm, Form()]) -> Response:
        return pages.offers(request, form) if pages.changing(request) else pages.to(request, "booking")

    @routes.post("/check")
    def check(request: Request, form: Annotated[ContactForm, Form()]) -> Response:
        return pages.check_change(request, form)

    @routes.post("/confirmed")
    def change(request: Request, form: Annotated[ContactForm, Form()]) -> Response:
        return pages.change(request, form)

    return routes


class ChangePages(ResidentPages):
    """What the pages show, in order of the way through them."""

    paths = Paths("booking/change", "booking/change/offers", "booking/change/check")

    def changing(self, request: Request) -> Booking | None:
        """The booking of this browser, if it stands."""
        booking = self.cookie.find_booking(request)
        return booking if booking is not None and booking.state is BookingState.CONFIRMED else None

    def to(self, request: Request, path: str) -> Response:
        """Go to another page in the same language."""
        return RedirectResponse(f"/{language_of(request).code}/{path}", HTTPStatus.SEE_OTHER)

    def start(self, request: Request) -> Response:
        """The form with the booking as it is; why it cannot be changed, if it cannot."""
        booking = self.changing(request)
        if booking is None:
            return self.to(request, "booking")
        try:
            self.operation.changes.check_time(booking)
        except TooLateToChangeError:
            return self._too_late(request)
        return self.form(request, self._form_of(booking.offer.enquiry))

    def answer(self, request: Request, enquiry: Enquiry) -> Answer:
        """What is possible once the booking has left its place."""
        booking = self.changing(request)
        if booking is None:
            msg = "This booking does not stand any more."
            raise NotChangeableError(msg)
        return self.operation.changes.options(booking.code, enquiry)

    def offers(self, request: Request, form: EnquiryForm) -> HTMLResponse:
        """Offers, or why it cannot be changed any more."""
        try:
            return super().offers(request, form)
        except (TooLateToChangeError, NotChangeableError):
            return self._too_late(request)

    def check_change(self, request: Request, form: ContactForm, *, is_duplicate: bool = False) -> Response:
        """What it was and what it would be."""
        booking = self.changing(request)
        if booking is None:
            return self.to(request, "booking")
        offer = self.operation.read_token(form.offer)
        context = {
            "booking": booking,
            "offer": offer,
            "form": form,
            "enquiry_form": self._form_of(offer.enquiry),
            "is_duplicate": is_duplicate,
        }
        status = HTTPStatus.CONFLICT if is_duplicate else HTTPStatus.OK
        return self._page(request, "change_check.html", context, status)

    def change(self, request: Request, form: ContactForm) -> Response:
        """Change it, and show the booking as it is now."""
        booking = self.changing(request)
        if booking is None:
            return self.to(request, "booking")
        offer = self.operation.read_token(form.offer)
        try:
            self.operation.changes.change(booking.code, form.offer, allow_duplicate=bool(form.again))
        except DoesNotFitError as taken:
            answer = taken.answer or self.answer(request, offer.enquiry)
            return self._taken(request, offer.enquiry, answer)
        except DuplicateBookingError:
            return self.check_change(request, form, is_duplicate=True)
        except (TooLateToChangeError, NotChangeableError):
            return self._too_late(request)
        return self.to(request, "booking")

    def _too_late(self, request: Request) -> HTMLResponse:
        return self._page(request, "not_changeable.html", {}, HTTPStatus.CONFLICT)

    def _page(
        self, request: Request, template: str, context: Mapping[str, Any], status_code: int = 200
    ) -> HTMLResponse:
        return super()._page(request, template, {"changing": self.changing(request), **context}, status_code)
