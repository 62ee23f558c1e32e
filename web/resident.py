"""Residents' pages from the enquiry to the order. Nothing that is typed ever stands in an address: all forms POST."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from booking.errors import CallFirstError, DuplicateBookingError, OfferTakenError
from booking.model import Answer, Channel, Contact, Enquiry, Offer, Refusal
from booking.operation import Operation
from booking.waiting_store import HOPELESS
from web.booking_cookie import BookingCookie
from web.deep_links import prefilled_form
from web.forms import (
    ENDS,
    FLEXIBLE_MIN,
    ContactForm,
    EnquiryForm,
    Errors,
    ReadEnquiry,
    form_of,
    fresh_form,
    list_days,
    place_json,
    read_contact,
    read_enquiry,
)
from web.i18n import LANGUAGES, language_of


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the forms of one way through the pages go, below the language."""

    form: str
    offers: str
    check: str


ORDERING = Paths("", "offers", "check")
LARGEST_BAGGAGE = 4
"""How many of each thing the form lets one choose; more is a matter for the phone."""


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages in every language of the district."""
    pages = ResidentPages(operation, templates)
    routes = _routes(pages)
    router = APIRouter()
    for code in operation.district.languages:
        if code in LANGUAGES:
            router.include_router(routes, prefix=f"/{code}")
    return router


def _routes(pages: "ResidentPages") -> APIRouter:
    routes = APIRouter()

    @routes.get("/")
    def show_form(request: Request) -> Response:
        return pages.form(request, prefilled_form(pages.fresh_form(), request.query_params, pages.operation))

    @routes.post("/")
    def change_form(request: Request, form: Annotated[EnquiryForm, Form()]) -> Response:
        return pages.form(request, form)

    @routes.post("/offers")
    def show_offers(request: Request, form: Annotated[EnquiryForm, Form()]) -> Response:
        return pages.offers(request, form)

    @routes.post("/check")
    def check(request: Request, form: Annotated[ContactForm, Form()]) -> Response:
        return pages.check(request, pages.operation.read_token(form.offer), form, {})

    @routes.post("/bookings")
    def order(request: Request, form: Annotated[ContactForm, Form()]) -> Response:
        return pages.order(request, form)

    return routes


class ResidentPages:
    """What the pages show, in order of the way through them."""

    paths = ORDERING

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self.operation = operation
        self._templates = templates
        self.cookie = BookingCookie(operation)

    def fresh_form(self) -> EnquiryForm:
        """The form for a first visit."""
        return fresh_form(self.operation.clock(), self.operation.district.zone)

    def form(self, request: Request, form: EnquiryForm, errors: Errors | None = None) -> HTMLResponse:
        """The enquiry form, with what is wrong with it, if anything."""
        rules = self.operation.district.rulebook.rules_on(self._today())
        context = {
            "form": form,
            "errors": errors or {},
            "days": list_days(self._today(), rules.horizon_days),
            "persons": _options(1, rules.max_party),
            "baggage": _options(0, LARGEST_BAGGAGE),
            "flexible": FLEXIBLE_MIN,
        }
        return self._page(request, "form.html", context, 422 if errors else 200)

    def offers(self, request: Request, form: EnquiryForm) -> HTMLResponse:
        """Offers or a refusal; before that, what is wrong or which place is meant."""
        read = read_enquiry(form, self.operation)
        if read.enquiry is None:
            return self.form(request, form, read.errors) if read.errors else self._which_place(request, read)
        return self._answer(request, read.enquiry, self.answer(request, read.enquiry))

    def answer(self, request: Request, enquiry: Enquiry) -> Answer:  # noqa: ARG002 - others look whose request it is
        """What is possible for an enquiry."""
        return self.operation.answer(enquiry)

    def check(
        self, request: Request, offer: Offer, form: ContactForm, errors: Errors, *, is_duplicate: bool = False
    ) -> HTMLResponse:
        """Everything once more before it counts, and who travels."""
        context = {
            "offer": offer,
            "form": form,
            "errors": errors,
            "enquiry_form": self._form_of(offer.enquiry),
            "is_duplicate": is_duplicate,
        }
        status = HTTPStatus.CONFLICT if is_duplicate else HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
        return self._page(request, "check.html", context, status)

    def order(self, request: Request, form: ContactForm) -> Response:
        """Confirm the offer and go to its page."""
        contact = read_contact(form, language_of(request).code)
        if not isinstance(contact, Contact):
            return self.check(request, self.operation.read_token(form.offer), form, contact)
        try:
            booking = self.operation.confirm(form.offer, contact, Channel.WEB, allow_duplicate=bool(form.again))
        except DuplicateBookingError:
            # Not which: whoever types the number of somebody else is not told of their rides.
            return self.check(request, self.operation.read_token(form.offer), form, {}, is_duplicate=True)
        except OfferTakenError as taken:
            return self._taken(request, self.operation.read_token(form.offer).enquiry, taken.answer)
        except CallFirstError as against:
            offer = self.operation.read_token(form.offer)
            refusal = Refusal(against.explanation, offer.enquiry, offer.rules_version)
            return self._page(
                request, "refusal.html", self._answer_context(offer.enquiry, Answer((), refusal)), HTTPStatus.CONFLICT
            )
        response = RedirectResponse(f"/{language_of(request).code}/booking", status_code=303)
        self.cookie.set(response, booking.code)
        return response

    def _which_place(self, request: Request, read: ReadEnquiry) -> HTMLResponse:
        choices = {end: [(place_json(hit), hit) for hit in read.questions.get(end, ())] for end in ENDS}
        return self._page(request, "which_place.html", {"form": read.form, "choices": choices})

    def _answer(self, request: Request, enquiry: Enquiry, answer: Answer) -> HTMLResponse:
        if answer.refusal is None:
            return self._page(request, "offers.html", self._answer_context(enquiry, answer))
        return self._page(request, "refusal.html", self._answer_context(enquiry, answer))

    def _taken(self, request: Request, enquiry: Enquiry, answer: Answer) -> HTMLResponse:
        return self._page(request, "taken.html", self._answer_context(enquiry, answer), 409)

    def _answer_context(self, enquiry: Enquiry, answer: Answer) -> Mapping[str, Any]:
        offers = answer.refusal.alternatives if answer.refusal else answer.offers
        return {
            "enquiry": enquiry,
            "enquiry_form": self._form_of(enquiry),
            "answer": answer,
            "may_wait": answer.refusal is not None and answer.refusal.explanation.reason not in HOPELESS,
            "offers": [(offer, self.operation.token(offer) if offer.is_bookable() else "") for offer in offers],
        }

    def _form_of(self, enquiry: Enquiry) -> EnquiryForm:
        return form_of(enquiry, self.operation.district.zone)

    def _today(self) -> date:
        return self.operation.clock().astimezone(self.operation.district.zone).date()

    def _page(
        self, request: Request, template: str, context: Mapping[str, Any], status_code: int = 200
    ) -> HTMLResponse:
        # somebody may come back to a shared computer: nothing of this is kept
        return self._templates.TemplateResponse(
            request,
            f"resident/{template}",
            {"paths": self.paths, "changing": None, **context},
            status_code,
            {"Cache-Control": "no-store"},
        )


def _options(fewest: int, most: int) -> list[tuple[str, str]]:
    return [(str(count), str(count)) for count in range(fewest, most + 1)]
