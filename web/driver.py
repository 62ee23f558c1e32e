"""The manifest: a run as the driver reads it on a phone, and the list of runs to choose from.

Buttons are plain forms. Where scripts run, what is pressed waits on the telephone until there is a network
(``static/manifest.js``), and says how long ago that was.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from secrets import token_urlsafe
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.day import service_day_of
from booking.driver_events import NEEDS_RIDE, DriverEvent, EventKind, Source
from booking.errors import DayBusyError, NotFoundError
from booking.model import StopId
from booking.operation import Operation
from booking.staff import Role
from booking.views import RiderView, RunView, StaffView, VisitView
from routing.model import Action, RequestId, ShiftId
from web.staff import PREFIX, StaffGate, StaffRoute
from web.static_files import STATIC_FOLDER, static_url


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


DELAYS = (5, 10, 15, 30)
"""Minutes later than planned, a button for each."""
REPORTS = {EventKind.BOARDED, EventKind.ALIGHTED, EventKind.NO_SHOW, EventKind.DELAY, EventKind.BREAKDOWN}
"""What is reported by a button."""
LONGEST_WAIT_S = 36 * 3600
"""So long a report may have waited on a telephone."""


class ReportForm(BaseModel):
    """A button of the manifest. ``id`` was made with the page: pressed twice is reported once."""

    id: str = Field(min_length=8, max_length=100, pattern="^[A-Za-z0-9_-]+$")
    kind: EventKind
    ride: str = Field(default="", max_length=200)
    minutes: int = Field(default=0, ge=0, le=120)
    ago_s: int = Field(default=0, ge=0, le=LONGEST_WAIT_S)
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)

    def event(self, on: date, shift_id: ShiftId, at: datetime, source: Source) -> DriverEvent | None:
        """As the service takes it; None for what nobody reports here."""
        is_whole = bool(self.ride) or self.kind not in NEEDS_RIDE
        if self.kind is EventKind.POSITION:
            is_known = self.lon is not None and self.lat is not None
        else:
            is_known = self.kind in REPORTS
        if not is_known or not is_whole or (self.kind is EventKind.DELAY) != bool(self.minutes):
            return None
        ride = RequestId(self.ride) if self.ride else None
        return DriverEvent(f"page-{self.id}", on, shift_id, self.kind, at, ride, self.lon, self.lat, source=source)


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
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require(Role.DRIVER))],
        on: date,
        shift_id: str,
        gone: str = "",
    ) -> Response:
        run = operation.manifest(on, ShiftId(shift_id))
        context = {
            "run": run,
            "entries": entries_of(run, hubs, operation.clock()),
            "may_report": on == operation.today(),
            "report_id": partial(token_urlsafe, 12),
            "is_gone": bool(gone),
            "delays": DELAYS,
        }
        return page(request, staff, "manifest.html", context)

    @router.post("/{on}/{shift_id}/reports")
    def report(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require(Role.DRIVER))],
        on: date,
        shift_id: str,
        form: Annotated[ReportForm, Form()],
    ) -> Response:
        """Keep what the driver reports, then show the manifest at what is next.

        A script that sends what waited on the telephone asks for JSON; it gets 409 for what stands on no run any more.
        """
        at = operation.clock() - timedelta(seconds=form.ago_s)
        source = Source.DRIVER if staff.role == Role.DRIVER else Source.DISPATCHER
        event = form.event(on, ShiftId(shift_id), at, source)
        is_kept = event is not None and service_day_of(at, operation.district.zone).on == on
        if is_kept and event is not None:
            is_kept = keep(event, form.minutes)
        if request.headers.get("accept") == "application/json":
            return JSONResponse({"kept": is_kept}, 200 if is_kept else 409)
        path = f"{PREFIX}/manifest/{on}/{quote(shift_id)}"
        return RedirectResponse(f"{path}#next" if is_kept else f"{path}?gone=1", status_code=303)

    def keep(event: DriverEvent, delay_min: int) -> bool:
        """Whether the report is kept: the ride may have been taken off this run while the driver read it."""
        try:
            operation.dispatch.report(event, delay_s=60 * delay_min if delay_min else None)
            if event.kind is not EventKind.POSITION:
                operation.dispatch.follow(event.on)
        except NotFoundError:
            return False
        except DayBusyError:  # it is kept; the worker brings it into the runs
            pass
        return True

    return router


def create_phone_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """What a telephone needs to keep the manifest: nothing in it is anybody's."""
    router = APIRouter(prefix=PREFIX)

    @router.get("/manifest-worker.js")
    def send_worker() -> Response:
        # In this folder, not with the other scripts: a worker serves the pages beside it.
        headers = {"Cache-Control": "no-cache"}
        return FileResponse(STATIC_FOLDER / "manifest_worker.js", media_type="text/javascript", headers=headers)

    @router.get("/manifest-offline")
    def show_offline(request: Request) -> Response:
        return templates.TemplateResponse(request, "driver/offline.html", {"staff": None})

    @router.get("/manifest.webmanifest")
    def send_webmanifest() -> Response:
        icons = [
            {"src": static_url("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *({"src": static_url(f"icon-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png"} for n in (192, 512)),
        ]
        content = {
            "id": f"{PREFIX}/manifest",
            "name": f"Rufbus-Fahrtenlisten {operation.district.name}",
            "short_name": "Fahrtenlisten",
            "lang": "de",
            "start_url": f"{PREFIX}/manifest",
            "scope": f"{PREFIX}/",
            "display": "standalone",
            "background_color": "#171a2b",
            "theme_color": "#171a2b",
            "icons": icons,
        }
        return JSONResponse(content, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})

    return router


def entries_of(run: RunView, hubs: Collection[StopId], now: datetime) -> tuple[Entry, ...]:
    """The lines of a run; next is the first one that is not over yet. Lines are met at hubs only.

    What is over is what was reported, and all before it; in a run of which nothing is reported, what the plan says.
    """
    entries: list[Entry] = []
    was_next = False
    last_reported = max((n for n, visit in enumerate(run.visits, start=1) if _is_reported(visit)), default=0)
    for number, visit in enumerate(run.visits, start=1):
        is_done = number <= last_reported if last_reported else visit.departure_at <= now
        is_next = not is_done and not was_next
        was_next = was_next or is_next
        boarding = tuple(rider for rider in visit.riders if rider.action is Action.PICKUP)
        alighting = tuple(rider for rider in visit.riders if rider.action is Action.DROPOFF)
        awaited, reached = (_lines(boarding), _lines(alighting)) if visit.stop_id in hubs else ((), ())
        entries.append(Entry(number, visit, boarding, alighting, awaited, reached, is_done, is_next))
    return tuple(entries)


def _is_reported(visit: VisitView) -> bool:
    """Whether everything that happens there was reported."""
    return bool(visit.riders) and all(rider.reported_at is not None for rider in visit.riders)


def _lines(riders: Iterable[RiderView]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rider.held_line for rider in riders if rider.held_line))
