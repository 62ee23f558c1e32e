"""A better plan for the rest of a day, as what would change; taken over whole or in part."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.errors import StaleError
from booking.operation import Operation
from booking.replan import Proposal
from booking.views import StaffView
from routing.model import ShiftId
from web.dispatcher_moves import CHANGED, full_minutes
from web.i18n import N_
from web.staff import PREFIX, StaffGate, StaffRoute

TAKEN_OVER = N_("Die Touren sind geändert. Alle Zusagen gelten weiter.")
NOTHING_CHOSEN = N_("Es war nichts ausgewählt.")


class AcceptForm(BaseModel):
    """Which groups of which proposal."""

    version: Annotated[int, Field(ge=0)]
    at: datetime
    group: Annotated[list[str], Field(max_length=500)] = []


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The page: first a button, then what was found, then what was taken over."""
    router = APIRouter(prefix=f"{PREFIX}/day/{{on}}/replan", route_class=StaffRoute)
    gate = StaffGate(operation, templates)

    def page(
        request: Request,
        staff: StaffView,
        on: date,
        proposal: Proposal | None,
        sentence: str = "",
        status_code: int = 200,
    ) -> Response:
        context: dict[str, Any] = {
            "staff": staff,
            "on": on,
            "proposal": proposal,
            "groups": [] if proposal is None else [(group, full_minutes(group.saved)) for group in proposal.groups],
            "riders": operation.riders_of(on) if proposal is not None else {},
            "vehicles": {run.shift_id: run.vehicle_name for run in operation.day_view(on).runs},
            "at_of": operation.service_day(on).at,
            "sentence_text": sentence,
            "is_done": sentence == TAKEN_OVER,
        }
        return templates.TemplateResponse(request, "dispatcher/replan.html", context, status_code)

    @router.get("")
    def ask(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        done: bool = False,  # noqa: FBT001, FBT002 - a query parameter has a name
    ) -> Response:
        return page(request, staff, on, None, TAKEN_OVER if done else "")

    @router.post("")
    def propose(request: Request, staff: Annotated[StaffView, Depends(gate.require())], on: date) -> Response:
        return page(request, staff, on, operation.replans.propose(operation.service_day(on)))

    @router.post("/accepted")
    def accept(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        form: Annotated[AcceptForm, Form()],
    ) -> Response:
        """Take it over, unless the day is not the one that was looked at any more."""
        service_day = operation.service_day(on)
        names = [ShiftId(name) for name in form.group]
        try:
            taken = operation.replans.accept(service_day, (form.version, form.at), names, actor=f"staff {staff.name}")
        except StaleError:
            return page(request, staff, on, operation.replans.propose(service_day), CHANGED, 409)
        if not taken:
            return page(request, staff, on, operation.replans.propose(service_day), NOTHING_CHOSEN, 422)
        return RedirectResponse(f"{PREFIX}/day/{on}/replan?done=true", status_code=303)

    return router
