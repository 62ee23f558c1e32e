"""The dispatcher's day: what is driven, who rides, what was refused; a run with its riders; cancelling for a caller."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.errors import DayBusyError, TooLateToCancelError
from booking.model import BookingCode, BookingState, Reason, StopId
from booking.operation import Operation
from booking.views import DayView, RunView, StaffView
from routing.model import Action, ShiftId
from web.i18n import N_
from web.map import LINE_KINDS, bounds_text, ridden_runs
from web.sentences import SENTENCES
from web.staff import PREFIX, StaffGate, StaffRoute
from web.timeline import ROW_PX, Timeline, draw_timeline


class DayPageView(StrEnum):
    """The three ways to look at a day."""

    TIMELINE = "timeline"
    LIST = "list"
    MAP = "map"


class Scale(StrEnum):
    """How wide an hour of the timeline is."""

    DAY = "day"
    HALF = "half"
    HOURS = "hours"


class Shown(StrEnum):
    """Which runs of a day are shown."""

    ALL = "all"
    RIDDEN = "ridden"


PX_PER_HOUR = {Scale.DAY: 60, Scale.HALF: 120, Scale.HOURS: 240}

TOO_LATE = N_("Das Fahrzeug ist schon unterwegs. Bitte rufen Sie die Fahrerin oder den Fahrer an.")
BUSY = N_("Der Tag wurde gerade mehrfach gleichzeitig geändert. Bitte versuchen Sie es noch einmal.")


@dataclass(frozen=True, slots=True)
class DayQuery:
    """How a day is looked at, as its address says."""

    view: DayPageView
    scale: Scale
    runs: Shown

    def changed(self, **changes: str) -> str:
        """The query of an address that shows the day in another way."""
        return urlencode({field.name: getattr(self, field.name) for field in fields(self)} | changes)


class CancelForm(BaseModel):
    """Which booking is to be cancelled, and the run from whose page that was asked."""

    code: str = Field(max_length=50)
    on: date
    shift_id: str = Field(max_length=200)


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages of the dispatchers."""
    router = APIRouter(prefix=PREFIX, route_class=StaffRoute)
    pages = DispatcherPages(operation, templates)
    gate = StaffGate(operation, templates)

    @router.get("/day")
    def go_to_day(_staff: Annotated[StaffView, Depends(gate.require())], on: date | None = None) -> Response:
        return RedirectResponse(f"{PREFIX}/day/{on or operation.today()}", status_code=303)

    @router.get("/day/{on}")
    def show_day(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        view: Annotated[DayPageView, Query()] = DayPageView.TIMELINE,
        scale: Annotated[Scale, Query()] = Scale.DAY,
        runs: Annotated[Shown, Query()] = Shown.ALL,
    ) -> Response:
        return pages.day(request, staff, on, DayQuery(view, scale, runs))

    @router.get("/day/{on}/run/{shift_id}")
    def show_run(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        shift_id: str,
        cancelled: Annotated[bool, Query()] = False,  # noqa: FBT002 - a query parameter has a name
    ) -> Response:
        return pages.run(request, staff, operation.manifest(on, ShiftId(shift_id)), is_cancelled=cancelled)

    @router.post("/cancel")
    def ask_to_cancel(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[CancelForm, Form()]
    ) -> Response:
        return pages.ask_to_cancel(request, staff, form)

    @router.post("/cancel/confirmed")
    def cancel(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], form: Annotated[CancelForm, Form()]
    ) -> Response:
        return pages.cancel(request, staff, form)

    return router


class DispatcherPages:
    """What the pages show."""

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self._operation = operation
        self._templates = templates

    def day(self, request: Request, staff: StaffView, on: date, query: DayQuery) -> Response:
        """A day in one of the three ways."""
        day = self._operation.day_view(on)
        ridden = ridden_runs(day)
        shown = day if query.runs is Shown.ALL else replace(day, runs=ridden)
        context = {
            "day": shown,
            "ridden": ridden,
            "vehicles": len({run.vehicle_name for run in day.runs}),
            "counted": ((Shown.ALL, len(day.runs)), (Shown.RIDDEN, len(ridden))),
            "view": query.view,
            "scale": query.scale,
            "shown": query.runs,
            "day_query": query.changed,
            "today": self._operation.today(),
            "previous_on": on - timedelta(days=1),
            "next_on": on + timedelta(days=1),
            "now": self._operation.clock(),
            "refusals": refusal_counts(day),
            "timeline": self._timeline(shown, query.scale) if query.view is DayPageView.TIMELINE else None,
            "row_px": ROW_PX,
            "alert_count": self._operation.count_alerts(on),
            "state": self._operation.day_state(on),
            "bounds": bounds_text(self._operation.district),
            "line_kinds": LINE_KINDS,
        }
        return self._page(request, staff, "day.html", context)

    def run(self, request: Request, staff: StaffView, run: RunView, *, is_cancelled: bool) -> Response:
        """One run with its riders."""
        context = {"run": run, "is_cancelled": is_cancelled, "now": self._operation.clock()}
        return self._page(request, staff, "run.html", context)

    def ask_to_cancel(
        self, request: Request, staff: StaffView, form: CancelForm, sentence: str = "", status_code: int = 200
    ) -> Response:
        """The booking once more, before it is cancelled."""
        booking = self._operation.get_booking(BookingCode(form.code))
        if booking.state is BookingState.CANCELLED:
            return self._to_run(form)
        context = {"booking": booking, "form": form, "sentence_text": sentence}
        return self._page(request, staff, "cancel.html", context, status_code)

    def cancel(self, request: Request, staff: StaffView, form: CancelForm) -> Response:
        """Cancel the booking and go back to the run."""
        try:
            self._operation.cancel(BookingCode(form.code), actor=f"staff {staff.name}")
        except TooLateToCancelError:
            return self.ask_to_cancel(request, staff, form, TOO_LATE, 409)
        except DayBusyError:
            return self.ask_to_cancel(request, staff, form, BUSY, 409)
        return self._to_run(form)

    def _to_run(self, form: CancelForm) -> Response:
        return RedirectResponse(f"{PREFIX}/day/{form.on}/run/{form.shift_id}?cancelled=true", status_code=303)

    def _timeline(self, day: DayView, scale: Scale) -> Timeline:
        district, times = self._operation.district, self._operation.artefacts.times

        def drive_s(origin: StopId, destination: StopId) -> int:
            return times.duration_s(district.stop_index[origin], district.stop_index[destination])

        return draw_timeline(
            day,
            self._operation.service_day(day.on),
            {shift.id: (shift.start_stop, shift.end_stop) for shift in district.shifts},
            drive_s,
            self._operation.clock(),
            px_per_hour=PX_PER_HOUR[scale],
        )

    def _page(
        self, request: Request, staff: StaffView, template: str, context: Mapping[str, Any], status_code: int = 200
    ) -> Response:
        shared = {"staff": staff, "actions": Action}
        return self._templates.TemplateResponse(request, f"dispatcher/{template}", {**shared, **context}, status_code)


def refusal_counts(day: DayView) -> list[tuple[str, int]]:
    """The German sentence of each reason for which rides were refused, most frequent first."""
    counted = sorted(day.refusals.items(), key=lambda item: (-item[1], item[0]))
    return [(SENTENCES[Reason(reason)][0], count) for reason, count in counted]
