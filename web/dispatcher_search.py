"""Finding a caller's booking. What was typed stands in no address: it is a name or a number."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from booking.booking_search import MOST
from booking.operation import Operation
from booking.views import StaffView
from web.staff import PREFIX, StaffGate, StaffRoute


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The page with the field, and what was found."""
    router = APIRouter(prefix=f"{PREFIX}/search", route_class=StaffRoute)
    dispatcher = Depends(StaffGate(operation, templates).require())

    @router.get("")
    def show(request: Request, staff: StaffView = dispatcher) -> Response:
        context = {"staff": staff, "text": "", "found": None, "most": MOST}
        return templates.TemplateResponse(request, "dispatcher/search.html", context)

    @router.post("")
    def search(
        request: Request, text: Annotated[str, Form(max_length=200)] = "", staff: StaffView = dispatcher
    ) -> Response:
        found = operation.search_bookings(text)
        context = {"staff": staff, "text": text, "found": found, "most": MOST, "today": operation.today()}
        return templates.TemplateResponse(request, "dispatcher/search.html", context)

    return router
