"""Booking for a caller: the residents' enquiry, typed by a dispatcher, up to the code that is read out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates
from pydantic import Field

from booking.callers import Caller, way_back
from booking.contact_keys import SHORTEST_NUMBER
from booking.errors import DayBusyError, DuplicateBookingError, OfferExpiredError, OfferTakenError
from booking.model import Answer, BookingCode, Channel, Contact, Enquiry, Offer
from booking.operation import Operation
from booking.views import StaffView
from web.dispatcher import BUSY
from web.forms import (
    ENDS,
    FLEXIBLE_MIN,
    MAX_TEXT,
    ContactForm,
    EnquiryForm,
    Errors,
    ReadEnquiry,
    asked_again,
    digits,
    form_of,
    fresh_form,
    list_days,
    place_json,
    read_contact,
    read_enquiry,
)
from web.i18n import LANGUAGES, N_, SOURCE
from web.staff import PREFIX, StaffGate, StaffRoute

LARGEST_BAGGAGE = 4
TAKEN = N_("Diese Fahrt hat gerade jemand anders bekommen. Es ist nichts gebucht. Das ist jetzt möglich:")
EXPIRED = N_("Das Angebot ist abgelaufen. Bitte suchen Sie noch einmal.")
UNKNOWN = N_("Mit dieser Nummer hat noch niemand bestellt.")
ASK_PHONE = N_("Bitte fragen Sie nach einer Telefonnummer: Über sie sagen wir Bescheid, wenn sich etwas ändert.")
NO_NUMBER = N_("Bitte geben Sie die ganze Telefonnummer ein.")


class PhoneForm(EnquiryForm):
    """The enquiry and, as soon as it is known, who calls."""

    name: str = Field(default="", max_length=MAX_TEXT)
    phone: str = Field(default="", max_length=MAX_TEXT)
    email: str = Field(default="", max_length=MAX_TEXT)
    caller_language: str = Field(default="", max_length=20)


class CallerForm(ContactForm):
    """Who calls, and the language of their messages."""

    caller_language: str = Field(default="", max_length=20)


CALLER = ("name", "phone", "email", "caller_language")
"""The fields of both forms that say who calls."""


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
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[PhoneForm, Form()]
    ) -> Response:
        return pages.form(request, staff, form, {})

    @router.post("/known")
    def show_caller(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[PhoneForm, Form()]
    ) -> Response:
        return pages.known(request, staff, form)

    @router.post("/offers")
    def show_offers(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[PhoneForm, Form()]
    ) -> Response:
        return pages.offers(request, staff, form)

    @router.post("/caller")
    def ask_for_caller(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[CallerForm, Form()]
    ) -> Response:
        return pages.caller(request, staff, form, {})

    @router.post("/confirmed")
    def confirm(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[CallerForm, Form()]
    ) -> Response:
        return pages.confirm(request, staff, form)

    return router


class PhonePages:
    """What the pages show, in order of the way through them."""

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self._operation = operation
        self._templates = templates

    def form(
        self,
        request: Request,
        staff: StaffView,
        form: EnquiryForm,
        errors: Errors,
        sentence: str = "",
        caller: Caller | None = None,
    ) -> Response:
        """The enquiry form, with what is wrong with it, if anything, and what is known of the caller."""
        today = self._operation.clock().astimezone(self._operation.district.zone).date()
        rules = self._operation.district.rulebook.rules_on(today)
        context = {
            "form": form if isinstance(form, PhoneForm) else PhoneForm(**form.model_dump()),
            "errors": errors,
            "sentence_text": sentence,
            "caller": caller,
            "again": [] if caller is None else [self._again(enquiry, caller) for enquiry in caller.journeys],
            "days": list_days(today, rules.horizon_days),
            "persons": range(1, rules.max_party + 1),
            "baggage": range(LARGEST_BAGGAGE + 1),
            "more_baggage": [(str(count), count) for count in range(LARGEST_BAGGAGE + 1)],
            "flexible": FLEXIBLE_MIN,
        }
        return self._page(request, staff, "book.html", context, 422 if errors else 200)

    def known(self, request: Request, staff: StaffView, form: PhoneForm) -> Response:
        """Who calls, their bookings, and their journeys, to be taken over."""
        caller = self._operation.find_caller(form.phone)
        if caller is None:
            errors = {} if len(digits(form.phone)) >= SHORTEST_NUMBER else {"phone": NO_NUMBER}
            sentence = "" if errors else UNKNOWN
            return self.form(request, staff, form, errors, sentence)
        known = form.model_copy(update=_fields(caller))
        return self.form(request, staff, known, {}, caller=caller)

    def _again(self, enquiry: Enquiry, caller: Caller) -> tuple[PhoneForm, PhoneForm]:
        """A journey of before as it is asked for today or, where its time is over, tomorrow; and its way back."""
        now = self._operation.clock().astimezone(self._operation.district.zone)
        there, back = (
            PhoneForm(**asked_again(self._form_of(one), now).model_dump(), **_fields(caller))
            for one in (enquiry, way_back(enquiry))
        )
        return there, back

    def offers(self, request: Request, staff: StaffView, form: PhoneForm) -> Response:
        """Offers or a refusal; before that, what is wrong or which place is meant."""
        read = read_enquiry(form, self._operation)
        if read.enquiry is None:
            return self.form(request, staff, form, read.errors) if read.errors else self._ask(request, staff, read)
        enquiry = replace(read.enquiry, channel=Channel.PHONE, by_staff=True)
        return self._answer(request, staff, enquiry, form, self._operation.answer(enquiry))

    def caller(
        self,
        request: Request,
        staff: StaffView,
        form: CallerForm,
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
            "enquiry_form": self._phone_form(offer.enquiry, form),
            "duplicates": duplicates,
        }
        return self._page(request, staff, "caller.html", context, 409 if duplicates else 422 if errors else 200)

    def confirm(self, request: Request, staff: StaffView, form: CallerForm) -> Response:
        """Make the booking; its code is shown at once, and again when the page is sent again."""
        contact = read_contact(form, form.caller_language if form.caller_language in LANGUAGES else SOURCE)
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
            return self._answer(request, staff, enquiry, form, taken.answer, TAKEN, 409)
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
        caller: PhoneForm | CallerForm,
        answer: Answer,
        sentence: str = "",
        status_code: int = 200,
    ) -> Response:
        offers = answer.refusal.alternatives if answer.refusal else answer.offers
        context = {
            "enquiry": enquiry,
            "enquiry_form": self._phone_form(enquiry, caller),
            "answer": answer,
            "sentence_text": sentence,
            "offers": [(offer, self._token(offer)) for offer in offers],
        }
        return self._page(request, staff, "book_offers.html", context, status_code)

    def _token(self, offer: Offer) -> str:
        return self._operation.token(offer) if offer.is_bookable() else ""

    def _phone_form(self, enquiry: Enquiry, caller: PhoneForm | CallerForm) -> PhoneForm:
        who = {field: getattr(caller, field) for field in CALLER}
        return PhoneForm(**self._form_of(enquiry).model_dump(), **who)

    def _form_of(self, enquiry: Enquiry) -> EnquiryForm:
        return form_of(enquiry, self._operation.district.zone)

    def _page(
        self, request: Request, staff: StaffView, template: str, context: Mapping[str, Any], status_code: int = 200
    ) -> Response:
        return self._templates.TemplateResponse(
            request, f"dispatcher/{template}", {"staff": staff, **context}, status_code
        )


def _fields(caller: Caller) -> dict[str, str]:
    """What the forms carry along of somebody who is known."""
    return {
        "name": caller.name,
        "phone": caller.phone,
        "email": caller.email,
        "caller_language": caller.language,
    }
