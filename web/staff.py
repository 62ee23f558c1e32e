"""Staff pages: who may see them, logging in and out."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.operation import Operation
from booking.staff import SESSION_LENGTH
from booking.views import StaffView
from web.i18n import N_

COOKIE = "rufnetz_staff"
PREFIX = "/staff"
LOGIN_PATH = f"{PREFIX}/login"


class Role(StrEnum):
    """What somebody of the staff does."""

    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    PLANNER = "planner"


START_PAGES = {
    Role.DISPATCHER: f"{PREFIX}/day",
    Role.DRIVER: f"{PREFIX}/manifest",
    Role.PLANNER: f"{PREFIX}/planner",
}
"""The first page for each role. Dispatchers see all pages; the others see no riders but those of the manifests."""


class LoginForm(BaseModel):
    """What is typed to log in, and where to go then."""

    name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1000)
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
        """A dependency: the member of staff who is logged in. Dispatchers may see every page.

        To be used on routes of the class :class:`StaffRoute`.
        """

        def find(request: Request) -> StaffView:
            token = request.cookies.get(COOKIE)
            staff = self.operation.find_staff(token) if token else None
            if staff is None:
                # what a form held is lost, so after the login its page is shown again
                wanted = request.url.path if request.method == "GET" else PREFIX
                raise AnsweredError(RedirectResponse(f"{LOGIN_PATH}?next={quote(wanted)}", status_code=303))
            if staff.role not in {Role.DISPATCHER, *roles}:
                context = {"staff": staff, "start_page": START_PAGES[Role(staff.role)]}
                raise AnsweredError(self.templates.TemplateResponse(request, "staff/not_allowed.html", context, 403))
            return staff

        return find


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """Login, logout and the way to the page somebody works with."""
    router = APIRouter(prefix=PREFIX, route_class=StaffRoute)
    gate = StaffGate(operation, templates)

    def show_form(request: Request, form: LoginForm, sentence: str = "", status_code: int = 200) -> Response:
        errors = {"name": sentence} if sentence else {}
        context = {"form": form, "errors": errors, "staff": None}
        return templates.TemplateResponse(request, "staff/login.html", context, status_code)

    @router.get("/login")
    def show_login(request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
        return show_form(request, LoginForm(next=safe_path(next)))

    @router.post("/login")
    def log_in(request: Request, form: Annotated[LoginForm, Form()]) -> Response:
        token = operation.log_in(form.name.strip(), form.password)
        if token is None:
            sentence = N_("Name oder Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.")
            return show_form(request, LoginForm(name=form.name, next=safe_path(form.next)), sentence, 401)
        response = RedirectResponse(safe_path(form.next) or PREFIX, status_code=303)
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


def safe_path(path: str) -> str:
    """A path of our own staff pages, or nothing: a login never leads to another site."""
    is_ours = path == PREFIX or path.startswith(f"{PREFIX}/")
    return path if is_ours and "\\" not in path and path.isprintable() else ""
