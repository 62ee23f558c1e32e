"""A wish that cannot be met now is left with us: the page tells how it stands, and takes or refuses what opens."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import Field

from booking.errors import BookingNotFoundError, OfferExpiredError, OrderInvalidError, TooLateToCancelError
from booking.model import Contact
from booking.operation import Operation
from booking.people import People
from booking.waiting_store import Wish, WishState
from web.booking_cookie import BookingCookie
from web.forms import MAX_TEXT, ContactForm, EnquiryForm, Errors, form_of, read_contact, read_enquiry
from web.i18n import LANGUAGES, N_, language_of
from web.resident import ORDERING

HOW_TO_TELL = N_(
    "Bitte geben Sie eine Telefonnummer oder eine E-Mail-Adresse ein. Sonst können wir nicht Bescheid sagen."
)


class WaitForm(EnquiryForm):
    """The wish, and who is told."""

    name: str = Field(default="", max_length=MAX_TEXT)
    phone: str = Field(default="", max_length=MAX_TEXT)
    email: str = Field(default="", max_length=MAX_TEXT)


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages in every language of the district."""
    pages = WaitingPages(operation, templates)
    routes = _routes(pages)
    router = APIRouter()
    for code in operation.district.languages:
        if code in LANGUAGES:
            router.include_router(routes, prefix=f"/{code}/waiting")
    return router


def _routes(pages: "WaitingPages") -> APIRouter:
    routes = APIRouter()

    @routes.get("")
    def show(request: Request) -> Response:
        return pages.show(request)

    @routes.post("")
    def ask_who(request: Request, form: Annotated[WaitForm, Form()]) -> Response:
        return pages.form(request, form, {})

    @routes.post("/join")
    def join(request: Request, form: Annotated[WaitForm, Form()]) -> Response:
        return pages.join(request, form)

    @routes.post("/accept")
    def accept(request: Request) -> Response:
        return pages.accept(request)

    @routes.post("/withdraw")
    def withdraw(request: Request) -> Response:
        return pages.withdraw(request)

    return routes


class WaitingPages:
    """What the pages show."""

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self._operation, self._templates = operation, templates
        self._cookie = BookingCookie(operation)

    def form(self, request: Request, form: WaitForm, errors: Errors) -> Response:
        """Who is to be told, and of what."""
        read = read_enquiry(form, self._operation)
        if read.enquiry is None:
            return self._to(request, "")
        context = {
            "enquiry": read.enquiry,
            "enquiry_form": form_of(read.enquiry, self._operation.district.zone),
            "form": form,
            "errors": errors,
        }
        return self._page(request, "waiting_join.html", context, 422 if errors else 200)

    def join(self, request: Request, form: WaitForm) -> Response:
        """Leave the wish; where it can be met after all, to the form."""
        who = ContactForm(name=form.name, phone=form.phone, email=form.email)
        contact = read_contact(who, language_of(request).code)
        errors = {} if isinstance(contact, Contact) else dict(contact)
        if not (form.phone.strip() or form.email.strip()):
            errors.setdefault("phone", HOW_TO_TELL)
        enquiry = read_enquiry(form, self._operation).enquiry
        if errors or enquiry is None or not isinstance(contact, Contact):
            return self.form(request, form, errors)
        try:
            wish = self._operation.waiting_list.join(
                enquiry, People(contact), earlier_s=enquiry.earlier_s, later_s=enquiry.later_s
            )
        except OrderInvalidError:
            context = {"enquiry": enquiry, "enquiry_form": form_of(enquiry, self._operation.district.zone)}
            return self._page(request, "waiting_needless.html", context, HTTPStatus.CONFLICT)
        response = self._to(request, "waiting")
        self._cookie.set(response, wish.code)
        return response

    def show(self, request: Request) -> Response:
        """How the wish of this browser stands."""
        wish = self._wish(request)
        if wish is None:
            return self._to(request, "booking/find")
        if wish.state is WishState.BOOKED:
            return self._to(request, "booking")
        held = self._operation.find_booking(wish.code) if wish.state is WishState.HELD else None
        return self._page(request, "waiting.html", {"wish": wish, "held": held})

    def accept(self, request: Request) -> Response:
        """Take what is held."""
        wish = self._wish(request)
        if wish is None:
            return self._to(request, "booking/find")
        try:
            self._operation.waiting_list.accept(wish.code)
        except OfferExpiredError:
            return self._to(request, "waiting")
        return self._to(request, "booking")

    def withdraw(self, request: Request) -> Response:
        """Wait no longer; what is held becomes free."""
        wish = self._wish(request)
        if wish is None:
            return self._to(request, "booking/find")
        try:
            self._operation.waiting_list.withdraw(wish.code)
        except TooLateToCancelError:
            return self._to(request, "booking")
        return self._to(request, "waiting")

    def _wish(self, request: Request) -> Wish | None:
        code = self._cookie.read_code(request)
        try:
            return None if code is None else self._operation.waiting_list.get(code)
        except BookingNotFoundError:
            return None

    def _to(self, request: Request, path: str) -> Response:
        return RedirectResponse(f"/{language_of(request).code}/{path}", HTTPStatus.SEE_OTHER)

    def _page(self, request: Request, template: str, context: Mapping[str, Any], status_code: int = 200) -> Response:
        given = {"paths": ORDERING, "changing": None, **context}
        return self._templates.TemplateResponse(
            request, f"resident/{template}", given, status_code, {"Cache-Control": "no-store"}
        )
