"""Staff pages: who may see them, logging in and out."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.errors import SecondFactorNeededError, TooManyRequestsError
from booking.operation import Operation
from booking.staff import SESSION_LENGTH, Role
from booking.views import StaffView
from web.i18n import N_

COOKIE = "rufnetz_staff"
PREFIX = "/staff"
LOGIN_PATH = f"{PREFIX}/login"


START_PAGES = {
    Role.DISPATCHER: f"{PREFIX}/day",
    Role.DRIVER: f"{PREFIX}/manifest",
    Role.PLANNER: f"{PREFIX}/planner",
    Role.ADMIN: f"{PREFIX}/day",
}
"""The first page for each role. The others than dispatchers and administrators see no riders but those of manifests."""
TOO_MANY_TRIES = N_("Zu viele falsche Versuche. Bitte warten Sie etwas und versuchen Sie es dann noch einmal.")
SEES_ALL = frozenset({Role.DISPATCHER, Role.ADMIN})


class LoginForm(BaseModel):
    """What is typed to log in, and where to go then."""

    name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1000)
    next: str = Field(default="", max_length=500)


class CodeForm(BaseModel):
    """The second step of a login: the code, and who has passed the first."""

    half: str = Field(max_length=1000)
    code: str = Field(default="", max_length=40)
    next: str = Field(default="", max_length=500)


class AnsweredError(Exception):
    """The gate has answered already: the page that was asked for is not shown."""

    def __init__(self, response: Response) -> None:
        super().__init__("This page is not for whoever asked.")
        self.response = response


class StaffRoute(APIRoute):
    """A route whose answers are kept by no cache, and whose gate may answer in place of the page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler around that of FastAPI."""
        handle = super().get_route_handler()

        async def handle_for_staff(request: Request) -> Response:
            try:
                response = await handle(request)
            except AnsweredError as answered:
                response = answered.response
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return handle_for_staff


@dataclass(frozen=True, slots=True)
class StaffGate:
    """Lets staff through to their pages, by their role."""

    operation: Operation
    templates: Jinja2Templates

    def require(self, *roles: Role) -> Callable[[Request], StaffView]:
        """A dependency: the member of staff who is logged in. Dispatchers and administrators may see every page.

        To be used on routes of the class :class:`StaffRoute`.
        """

        def find(request: Request) -> StaffView:
            token = request.cookies.get(COOKIE)
            staff = self.operation.find_staff(token) if token else None
            if staff is None:
                # what a form held is lost, so after the login its page is shown again
                wanted = request.url.path if request.method == "GET" else PREFIX
                raise AnsweredError(RedirectResponse(f"{LOGIN_PATH}?next={quote(wanted)}", status_code=303))
            if staff.role not in {*SEES_ALL, *roles}:
                context = {"staff": staff, "start_page": START_PAGES[Role(staff.role)]}
                raise AnsweredError(self.templates.TemplateResponse(request, "staff/not_allowed.html", context, 403))
            return staff

        return find


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """Login, logout and the way to the page somebody works with."""
    router = APIRouter(prefix=PREFIX, route_class=StaffRoute)
    gate = StaffGate(operation, templates)
    _add_login(router, operation, templates)

    @router.post("/logout")
    def log_out(request: Request) -> Response:
        token = request.cookies.get(COOKIE)
        if token:
            operation.log_out(token)
        response = RedirectResponse(LOGIN_PATH, status_code=303)
        response.delete_cookie(COOKIE, path=PREFIX)
        return response

    @router.get("")
    @router.get("/")
    def go_to_work(staff: Annotated[StaffView, Depends(gate.require(*Role))]) -> Response:
        return RedirectResponse(START_PAGES[Role(staff.role)], status_code=303)

    return router


def _add_login(router: APIRouter, operation: Operation, templates: Jinja2Templates) -> None:
    def show_form(request: Request, form: LoginForm, sentence: str = "", status_code: int = 200) -> Response:
        errors = {"name": sentence} if sentence else {}
        context = {"form": form, "errors": errors, "staff": None}
        return templates.TemplateResponse(request, "staff/login.html", context, status_code)

    def show_code_form(request: Request, form: CodeForm, sentence: str = "", status_code: int = 200) -> Response:
        errors = {"code": sentence} if sentence else {}
        context = {"form": form, "errors": errors, "staff": None}
        return templates.TemplateResponse(request, "staff/login_code.html", context, status_code)

    def let_in(request: Request, token: str, wanted: str) -> Response:
        response = RedirectResponse(safe_path(wanted) or PREFIX, status_code=303)
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_LENGTH.total_seconds()),
            path=PREFIX,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",
        )
        return response

    @router.get("/login")
    def show_login(request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
        return show_form(request, LoginForm(next=safe_path(next)))

    @router.post("/login")
    def log_in(request: Request, form: Annotated[LoginForm, Form()]) -> Response:
        again = LoginForm(name=form.name, next=safe_path(form.next))
        try:
            token = operation.log_in(form.name.strip(), form.password, address=address_of(request))
        except SecondFactorNeededError as needed:
            return show_code_form(request, CodeForm(half=needed.half, next=again.next))
        except TooManyRequestsError as wait:
            return with_retry(show_form(request, again, TOO_MANY_TRIES, 429), wait)
        if token is None:
            sentence = N_("Name oder Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.")
            return show_form(request, again, sentence, 401)
        return let_in(request, token, form.next)

    @router.post("/login/code")
    def log_in_with_code(request: Request, form: Annotated[CodeForm, Form()]) -> Response:
        again = CodeForm(half=form.half, next=safe_path(form.next))
        try:
            token = operation.log_in_with_code(form.half, form.code, address=address_of(request))
        except TooManyRequestsError as wait:
            return with_retry(show_code_form(request, again, TOO_MANY_TRIES, 429), wait)
        if token is None:
            sentence = N_("Dieser Code stimmt nicht oder ist abgelaufen. Bitte versuchen Sie es mit dem nächsten.")
            return show_code_form(request, again, sentence, 401)
        return let_in(request, token, form.next)


def address_of(request: Request) -> str:
    """Where somebody is, for counting wrong logins."""
    return request.client.host if request.client else ""


def with_retry(response: Response, wait: TooManyRequestsError) -> Response:
    """Say to programs as well when to try again."""
    response.headers["Retry-After"] = str(wait.after_s)
    return response


def safe_path(path: str) -> str:
    """A path of our own staff pages, or nothing: a login never leads to another site."""
    is_ours = path == PREFIX or path.startswith(f"{PREFIX}/")
    return path if is_ours and "\\" not in path and path.isprintable() else ""
