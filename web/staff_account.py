"""One's own account: password, second factor, logins elsewhere."""

from collections.abc import Callable
from io import BytesIO
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from booking.accounts import Accounts
from booking.errors import InputError, TooManyRequestsError
from booking.operation import Operation
from booking.staff import PasswordChange, Role
from booking.views import StaffView
from web.i18n import N_
from web.staff import COOKIE, PREFIX, TOO_MANY_TRIES, StaffGate, StaffRoute, with_retry

Text = Annotated[str, Form(max_length=200)]


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The page of one's own account, and what its buttons do."""
    router = APIRouter(prefix=f"{PREFIX}/account", route_class=StaffRoute)
    gate = StaffGate(operation, templates)
    accounts = operation.accounts
    anybody = Depends(gate.require(*Role))

    def page(request: Request, staff: StaffView, status_code: int = 200, **context: Any) -> Response:  # noqa: ANN401 - of the template
        secret = context.get("secret")
        if secret:
            context["qr"] = qr_of(accounts.secret_address(staff.name, secret))
        shown = {
            "staff": staff,
            "account": accounts.find(staff.name),
            "errors": {},
            "done": "",
            "secret": "",
            "codes": (),
            **context,
        }
        return templates.TemplateResponse(request, "staff/account.html", shown, status_code)

    _add_second_factor(router, operation.accounts, anybody, page)

    @router.get("")
    def show(request: Request, staff: StaffView = anybody) -> Response:
        return page(request, staff)

    @router.post("/password")
    def change_password(request: Request, old: Text = "", new: Text = "", staff: StaffView = anybody) -> Response:
        try:
            is_changed = accounts.change_password(PasswordChange(staff.name, old, new, request.cookies.get(COOKIE, "")))
        except InputError:
            weak = N_("Dieses Passwort ist zu leicht zu erraten. Nehmen Sie mindestens 12 Zeichen, ohne Ihren Namen.")
            return page(request, staff, 422, errors={"new": weak})
        except TooManyRequestsError as wait:
            return with_retry(page(request, staff, 429, errors={"old": TOO_MANY_TRIES}), wait)
        if not is_changed:
            return page(request, staff, 422, errors={"old": N_("Das ist nicht Ihr jetziges Passwort.")})
        return page(request, staff, done=N_("Das Passwort ist geändert. Alle anderen Anmeldungen sind beendet."))

    @router.post("/elsewhere")
    def log_out_elsewhere(request: Request, staff: StaffView = anybody) -> Response:
        accounts.log_out_elsewhere(staff.name, request.cookies.get(COOKIE, ""))
        return page(request, staff, done=N_("Alle anderen Anmeldungen sind beendet."))

    return router


def _add_second_factor(router: APIRouter, accounts: Accounts, anybody: Any, page: Callable[..., Response]) -> None:  # noqa: ANN401 - a dependency
    wrong = N_("Dieser Code stimmt nicht oder ist abgelaufen. Bitte versuchen Sie es mit dem nächsten.")

    @router.post("/second-factor")
    def start_second_factor(request: Request, staff: StaffView = anybody) -> Response:
        return page(request, staff, secret=accounts.new_secret())

    @router.post("/second-factor/on")
    def switch_on(request: Request, secret: Text = "", code: Text = "", staff: StaffView = anybody) -> Response:
        if not (secret.isalnum() and len(secret) == 32):
            return page(request, staff, 422)
        codes = accounts.switch_second_factor_on(staff.name, secret, code)
        if not codes:
            return page(request, staff, 422, secret=secret, errors={"code": wrong})
        return page(request, staff, codes=codes)

    @router.post("/second-factor/off")
    def switch_off(request: Request, off_code: Text = "", staff: StaffView = anybody) -> Response:
        try:
            is_right = accounts.is_code_right(staff.name, off_code)
        except TooManyRequestsError as wait:
            return with_retry(page(request, staff, 429, errors={"off_code": TOO_MANY_TRIES}), wait)
        if not is_right:
            return page(request, staff, 422, errors={"off_code": wrong})
        accounts.switch_second_factor_off(staff.name, actor=f"staff {staff.name}")
        return page(request, staff, done=N_("Der zweite Schritt ist ausgeschaltet."))


def qr_of(text: str) -> str:
    """A text as a picture for cameras (SVG), without styles of its own."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, light="#fff")
    return out.getvalue().decode()
