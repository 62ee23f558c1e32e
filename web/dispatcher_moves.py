"""A ride into another vehicle: where it could be, what that does to others, and then it is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.errors import DayBusyError, DoesNotFitError, NotChangeableError, StaleError
from booking.moves import Placement
from booking.operation import Operation
from booking.preconditions import having_seen
from booking.views import DayView, RiderView, StaffView
from routing.model import Action, RequestId, ShiftId
from web.i18n import N_
from web.staff import PREFIX, StaffGate, StaffRoute

SET_OFF = N_("Diese Fahrt kann nicht mehr verlegt werden: Das Fahrzeug ist unterwegs, oder die Tour ist gesperrt.")
NO_ROOM = N_("Dort passt die Fahrt nicht mehr. Bitte wählen Sie neu.")
CHANGED = N_("Der Tag wurde inzwischen geändert. Bitte sehen Sie noch einmal hin und wählen Sie neu.")


class MoveForm(BaseModel):
    """Where a ride is to go, and the version of the day that the dispatcher looked at."""

    shift_id: str = Field(max_length=200)
    version: int = Field(ge=0)
    keep: str = ""


class LockForm(BaseModel):
    """Whether the ride stays where it is."""

    is_locked: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to somebody else in the vehicle; minutes, less than zero for earlier."""

    name: str
    pickup_min: int
    dropoff_min: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A placement as it is shown."""

    placement: Placement
    vehicle_name: str
    pickup_at: datetime
    dropoff_at: datetime
    extra_min: int
    effects: tuple[Effect, ...]


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages of one ride."""
    router = APIRouter(prefix=f"{PREFIX}/day", route_class=StaffRoute)
    gate = StaffGate(operation, templates)

    def page(
        request: Request, staff: StaffView, on: date, ride: RequestId, sentence: str = "", status_code: int = 200
    ) -> Response:
        day = operation.day_view(on)
        rider, shift_id = find_rider(day, ride)
        context: dict[str, Any] = {"staff": staff, "on": on, "ride": ride, "rider": rider, "shift_id": shift_id}
        try:
            placements = operation.moves.placements(operation.service_day(on), ride)
        except NotChangeableError:
            placements, sentence = (), sentence or SET_OFF
        names = {r.request_id: r.name for run in day.runs for visit in run.visits for r in visit.riders}
        vehicles = {run.shift_id: run.vehicle_name for run in day.runs}
        context |= {
            "choices": [choice_of(p, operation, on, vehicles, names) for p in placements],
            "version": placements[0].day.version if placements else day.version,
            "is_locked": bool(placements) and placements[0].day.requests[ride].shift_ids is not None,
            "sentence_text": sentence,
        }
        return templates.TemplateResponse(request, "dispatcher/move.html", context, status_code)

    @router.get("/{on}/ride/{ride}")
    def show(request: Request, staff: Annotated[StaffView, Depends(gate.require())], on: date, ride: str) -> Response:
        return page(request, staff, on, RequestId(ride))

    @router.post("/{on}/ride/{ride}/move")
    def move(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        ride: str,
        form: Annotated[MoveForm, Form()],
    ) -> Response:
        """Move it, unless the day is not the one that was looked at any more."""
        sentence = ""
        try:
            with having_seen(on, form.version):
                operation.moves.move(
                    operation.service_day(on),
                    RequestId(ride),
                    ShiftId(form.shift_id),
                    actor=f"staff {staff.name}",
                    locks=bool(form.keep),
                )
        except DoesNotFitError:
            sentence = NO_ROOM
        except NotChangeableError:
            sentence = SET_OFF
        except (StaleError, DayBusyError):
            sentence = CHANGED
        if sentence:
            return page(request, staff, on, RequestId(ride), sentence, 409)
        return RedirectResponse(f"{PREFIX}/day/{on}/ride/{quote(ride)}", status_code=303)

    @router.post("/{on}/ride/{ride}/lock")
    def lock(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        ride: str,
        form: Annotated[LockForm, Form()],
    ) -> Response:
        """Leave it in its vehicle, or let it go."""
        try:
            operation.moves.lock(
                operation.service_day(on), RequestId(ride), actor=f"staff {staff.name}", is_locked=form.is_locked
            )
        except (NotChangeableError, DayBusyError):
            return page(request, staff, on, RequestId(ride), CHANGED, 409)
        return RedirectResponse(f"{PREFIX}/day/{on}/ride/{quote(ride)}", status_code=303)

    return router


def find_rider(day: DayView, ride: RequestId) -> tuple[RiderView | None, ShiftId | None]:
    """Who boards for a ride, and in which run; nobody where it stands in none."""
    for run in day.runs:
        for visit in run.visits:
            for rider in visit.riders:
                if rider.request_id == ride and rider.action is Action.PICKUP:
                    return rider, run.shift_id
    return None, None


def choice_of(
    placement: Placement,
    operation: Operation,
    on: date,
    vehicles: Mapping[ShiftId, str],
    names: Mapping[RequestId, str],
) -> Choice:
    """A placement with names and times of the clock; minutes are rounded away from nothing."""
    day = operation.service_day(on)
    effects = tuple(
        Effect(names.get(e.request_id, ""), full_minutes(e.pickup_shift_s), full_minutes(e.dropoff_shift_s))
        for e in placement.effects
    )
    return Choice(
        placement,
        vehicles[placement.shift_id],
        day.at(placement.pickup_s),
        day.at(placement.dropoff_s),
        full_minutes(placement.added_cost),
        effects,
    )


def full_minutes(seconds: float) -> int:
    """Seconds as minutes, rounded away from zero."""
    minutes = -(-abs(seconds) // 60)
    return int(minutes if seconds >= 0 else -minutes)
