"""Booking for a caller: the residents' enquiry, typed by a dispatcher, up to the code that is read out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from booking.errors import DayBusyError, DuplicateBookingError, OfferExpiredError, OfferTakenError
from booking.model import Answer, BookingCode, Channel, Contact, Enquiry, Offer
from booking.operation import Operation
from booking.views import StaffView
from web.dispatcher import BUSY
from web.forms import (
    ENDS,
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
from web.i18n import N_
from web.staff import PREFIX, StaffGate, StaffRoute

LARGEST_BAGGAGE = 4
TAKEN = N_("Diese Fahrt hat gerade jemand anders bekommen. Es ist nichts gebucht. Das ist jetzt möglich:")
EXPIRED = N_("Das Angebot ist abgelaufen. Bitte suchen Sie noch einmal.")
ASK_PHONE = N_("Bitte fragen Sie nach einer Telefonnummer: Über sie sagen wir Bescheid, wenn sich etwas ändert.")


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The way of a booking by phone."""
    router = APIRouter(prefix=f"{PREFIX}/book", route_class=StaffRoute)
    pages = PhonePages(operation, templates)
    gate = StaffGate(operation, templates)

    @router.get("")
    def show_form(request: Request, staff: Annotated[StaffView, Depends(gate.require())]) -> Response:
        return pages.form(request, staff, fresh_form(operation.clock(), operation.district.zone), {})

    @router.post("")
    def change_form(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[EnquiryForm, Form()]
    ) -> Response:
        return pages.form(request, staff, form, {})

    @router.post("/offers")
    def show_offers(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[EnquiryForm, Form()]
    ) -> Response:
        return pages.offers(request, staff, form)

    @router.post("/caller")
    def ask_for_caller(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[ContactForm, Form()]
    ) -> Response:
        return pages.caller(request, staff, form, {})

    @router.post("/confirmed")
    def confirm(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[ContactForm, Form()]
    ) -> Response:
        return pages.confirm(request, staff, form)

    return router


class PhonePages:
    """What the pages show, in order of the way through them."""

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self._operation = operation
        self._templates = templates

    def form(
        self, request: Request, staff: StaffView, form: EnquiryForm, errors: Errors, sentence: str = ""
    ) -> Response:
        """The enquiry form, with what is wrong with it, if anything."""
        today = self._operation.clock().astimezone(self._operation.district.zone).date()
        rules = self._operation.district.rulebook.rules_on(today)
        context = {
            "form": form,
            "errors": errors,
            "sentence_text": sentence,
            "days": list_days(today, rules.horizon_days),
            "persons": range(1, rules.max_party + 1),
            "baggage": range(LARGEST_BAGGAGE + 1),
        }
        return self._page(request, staff, "book.html", context, 422 if errors else 200)

    def offers(self, request: Request, staff: StaffView, form: EnquiryForm) -> Response:
        """Offers or a refusal; before that, what is wrong or which place is meant."""
        read = read_enquiry(form, self._operation)
        if read.enquiry is None:
            return self.form(request, staff, form, read.errors) if read.errors else self._ask(request, staff, read)
        enquiry = replace(read.enquiry, channel=Channel.PHONE, by_staff=True)
        return self._answer(request, staff, enquiry, self._operation.answer(enquiry))

    def caller(
        self,
        request: Request,
        staff: StaffView,
        form: ContactForm,
        errors: Errors,
        duplicates: Sequence[BookingCode] = (),
    ) -> Response:
        """The chosen offer, to be read out, and who the caller is."""
        try:
            offer = self._operation.read_token(form.offer)
        except OfferExpiredError:
            return self._expired(request, staff)
        context = {
            "offer": offer,
            "form": form,
            "errors": errors,
            "enquiry_form": self._form_of(offer.enquiry),
            "duplicates": duplicates,
        }
        return self._page(request, staff, "caller.html", context, 409 if duplicates else 422 if errors else 200)

    def confirm(self, request: Request, staff: StaffView, form: ContactForm) -> Response:
        """Make the booking; its code is shown at once, and again when the page is sent again."""
        contact = read_contact(form)
        errors = {} if isinstance(contact, Contact) else dict(contact)
        if not form.phone.strip():
            errors["phone"] = ASK_PHONE
        if errors or not isinstance(contact, Contact):
            return self.caller(request, staff, form, errors)
        try:
            booking = self._operation.confirm(form.offer, contact, Channel.PHONE, allow_duplicate=bool(form.again))
        except DuplicateBookingError as twice:
            return self.caller(request, staff, form, {}, twice.codes)
        except OfferExpiredError:
            return self._expired(request, staff)
        except OfferTakenError as taken:
            enquiry = self._operation.read_token(form.offer).enquiry
            return self._answer(request, staff, enquiry, taken.answer, TAKEN, 409)
        except DayBusyError:
            return self.caller(request, staff, form, {"name": BUSY})
        return self._page(request, staff, "booked.html", {"booking": booking})

    def _expired(self, request: Request, staff: StaffView) -> Response:
        fresh = fresh_form(self._operation.clock(), self._operation.district.zone)
        return self.form(request, staff, fresh, {}, EXPIRED)

    def _ask(self, request: Request, staff: StaffView, read: ReadEnquiry) -> Response:
        choices = {end: [(place_json(hit), hit) for hit in read.questions.get(end, ())] for end in ENDS}
        return self._page(request, staff, "book_which_place.html", {"form": read.form, "choices": choices})

    def _answer(
        self,
        request: Request,
        staff: StaffView,
        enquiry: Enquiry,
        answer: Answer,
        sentence: str = "",
        status_code: int = 200,
    ) -> Response:
        offers = answer.refusal.alternatives if answer.refusal else answer.offers
        context = {
            "enquiry": enquiry,
            "enquiry_form": self._form_of(enquiry),
            "answer": answer,
            "sentence_text": sentence,
            "offers": [(offer, self._token(offer)) for offer in offers],
        }
        return self._page(request, staff, "book_offers.html", context, status_code)

    def _token(self, offer: Offer) -> str:
        return self._operation.token(offer) if offer.is_bookable() else ""

    def _form_of(self, enquiry: Enquiry) -> EnquiryForm:
        return form_of(enquiry, self._operation.district.zone)

    def _page(
        self, request: Request, staff: StaffView, template: str, context: Mapping[str, Any], status_code: int = 200
    ) -> Response:
        return self._templates.TemplateResponse(
            request, f"dispatcher/{template}", {"staff": staff, **context}, status_code
        )
