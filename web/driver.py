"""The manifest: a run as the driver reads it on a phone, and the list of runs to choose from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from booking.model import StopId
from booking.operation import Operation
from booking.views import RiderView, RunView, StaffView, VisitView
from routing.model import Action, ShiftId
from web.staff import PREFIX, Role, StaffGate, StaffRoute


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest: a visit or a break, and whether it is the next thing to do."""

    number: int
    visit: VisitView
    boarding: tuple[RiderView, ...]
    alighting: tuple[RiderView, ...]
    awaited_lines: tuple[str, ...]
    """Lines that riders arrive by, to be waited for."""
    reached_lines: tuple[str, ...]
    """Lines that riders go on with, to be reached."""
    is_done: bool
    is_next: bool


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages of the drivers."""
    router = APIRouter(prefix=f"{PREFIX}/manifest", route_class=StaffRoute)
    gate = StaffGate(operation, templates)
    hubs = {stop.id for stop in operation.district.stops if stop.is_hub}

    def page(request: Request, staff: StaffView, template: str, context: dict[str, Any]) -> Response:
        shared = {"staff": staff, "now": operation.clock(), "today": operation.today()}
        return templates.TemplateResponse(request, f"driver/{template}", {**shared, **context})

    @router.get("")
    def go_to_today(_staff: Annotated[StaffView, Depends(gate.require(Role.DRIVER))]) -> Response:
        return RedirectResponse(f"{PREFIX}/manifest/{operation.today()}", status_code=303)

    @router.get("/{on}")
    def show_runs(
        request: Request, staff: Annotated[StaffView, Depends(gate.require(Role.DRIVER))], on: date
    ) -> Response:
        context = {
            "day": operation.day_view(on),
            "previous_on": on - timedelta(days=1),
            "next_on": on + timedelta(days=1),
        }
        return page(request, staff, "runs.html", context)

    @router.get("/{on}/{shift_id}")
    def show_manifest(
        request: Request, staff: Annotated[StaffView, Depends(gate.require(Role.DRIVER))], on: date, shift_id: str
    ) -> Response:
        run = operation.manifest(on, ShiftId(shift_id))
        entries = entries_of(run, hubs, operation.clock())
        return page(request, staff, "manifest.html", {"run": run, "entries": entries})

    return router


def entries_of(run: RunView, hubs: Collection[StopId], now: datetime) -> tuple[Entry, ...]:
    """The lines of a run; next is the first one that is not over yet. Lines are met at hubs only."""
    entries: list[Entry] = []
    was_next = False
    for number, visit in enumerate(run.visits, start=1):
        is_done = visit.departure_at <= now
        is_next = not is_done and not was_next
        was_next = was_next or is_next
        boarding = tuple(rider for rider in visit.riders if rider.action is Action.PICKUP)
        alighting = tuple(rider for rider in visit.riders if rider.action is Action.DROPOFF)
        awaited, reached = (_lines(boarding), _lines(alighting)) if visit.stop_id in hubs else ((), ())
        entries.append(Entry(number, visit, boarding, alighting, awaited, reached, is_done, is_next))
    return tuple(entries)


def _lines(riders: Iterable[RiderView]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rider.held_line for rider in riders if rider.held_line))
