"""A shift ends before its time: who would go where is shown before it counts, and who has to be called afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.alerts import RiderOfRide
from booking.disruptions import Ending
from booking.errors import DayBusyError, StaleError
from booking.operation import Operation
from booking.preconditions import having_seen
from booking.replacing import Replaced
from booking.second_look import planned_times
from booking.views import StaffView
from routing.model import RequestId, ShiftId
from web.dispatcher import BUSY
from web.dispatcher_moves import CHANGED
from web.i18n import N_
from web.staff import PREFIX, StaffGate, StaffRoute

REASONS = {
    "breakdown": N_("Das Fahrzeug hat eine Panne"),
    "driver": N_("Die Fahrerin, der Fahrer fällt aus"),
    "other": N_("Etwas anderes"),
}
WRONG_TIME = N_("Bitte geben Sie eine Uhrzeit an, die noch kommt, oder lassen Sie das Feld leer.")
WRONG_REASON = N_("Bitte wählen Sie einen Grund.")


class EndForm(BaseModel):
    """How a shift is to end, as it was typed, and the version of the day that was looked at."""

    reason: Annotated[str, Field(max_length=20)] = "breakdown"
    time: Annotated[str, Field(max_length=10)] = ""
    is_stranded: Annotated[str, Field(max_length=10)] = ""
    version: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one rider.

    Parameters
    ----------
    vehicle
        Who takes over; empty where nobody does.
    """

    rider: RiderOfRide | None
    ride: RequestId
    vehicle: str
    pickup_at: datetime | None
    is_late: bool


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages of a run that ends."""
    router = APIRouter(prefix=f"{PREFIX}/day/{{on}}/run/{{shift_id}}/end", route_class=StaffRoute)
    gate = StaffGate(operation, templates)
    pages = EndPages(operation, templates)

    @router.get("")
    def ask(
        request: Request, staff: Annotated[StaffView, Depends(gate.require())], on: date, shift_id: str
    ) -> Response:
        return pages.form(request, staff, on, ShiftId(shift_id), EndForm(), {})

    @router.post("")
    def preview(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        shift_id: str,
        form: Annotated[EndForm, Form()],
    ) -> Response:
        return pages.preview(request, staff, on, ShiftId(shift_id), form)

    @router.post("/confirmed")
    def end(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        shift_id: str,
        form: Annotated[EndForm, Form()],
    ) -> Response:
        return pages.end(request, staff, on, ShiftId(shift_id), form)

    return router


class EndPages:
    """What the pages show, in their order."""

    def __init__(self, operation: Operation, templates: Jinja2Templates) -> None:
        self._operation, self._templates = operation, templates

    def form(
        self,
        request: Request,
        staff: StaffView,
        on: date,
        shift_id: ShiftId,
        form: EndForm,
        errors: Mapping[str, str],
    ) -> Response:
        """When and why it ends."""
        context = {"form": form, "errors": errors, "reasons": REASONS}
        return self._page(request, staff, on, shift_id, "end.html", context, 422 if errors else 200)

    def preview(
        self, request: Request, staff: StaffView, on: date, shift_id: ShiftId, form: EndForm, sentence: str = ""
    ) -> Response:
        """Who would go where."""
        ending = self._ending(on, shift_id, form)
        if not isinstance(ending, Ending):
            return self.form(request, staff, on, shift_id, form, ending)
        try:
            replaced, version = self._operation.dispatch.preview_end(on, ending)
        except DayBusyError:
            return self.form(request, staff, on, shift_id, form, {"time": BUSY})
        context = {
            "form": form.model_copy(update={"version": version}),
            "reasons": REASONS,
            "outcomes": self._outcomes(on, replaced),
            "sentence_text": sentence,
            "is_done": False,
        }
        return self._page(request, staff, on, shift_id, "end_check.html", context, 409 if sentence else 200)

    def end(self, request: Request, staff: StaffView, on: date, shift_id: ShiftId, form: EndForm) -> Response:
        """End it, and say who has to be called."""
        ending = self._ending(on, shift_id, form)
        if not isinstance(ending, Ending):
            return self.form(request, staff, on, shift_id, form, ending)
        try:
            with having_seen(on, form.version):
                replaced = self._operation.dispatch.end_shift(
                    on, ending, actor=f"staff {staff.name}", reason=form.reason
                )
        except (StaleError, DayBusyError):
            return self.preview(request, staff, on, shift_id, form, CHANGED)
        context = {
            "form": form,
            "reasons": REASONS,
            "outcomes": self._outcomes(on, replaced),
            "sentence_text": "",
            "is_done": True,
        }
        return self._page(request, staff, on, shift_id, "end_check.html", context)

    def _ending(self, on: date, shift_id: ShiftId, form: EndForm) -> Ending | dict[str, str]:
        """How the form wants it to end, or what is wrong with it, by field."""
        at = None
        if form.reason not in REASONS:
            return {"reason": WRONG_REASON}
        if form.time.strip():
            try:
                hour, minute = (int(part) for part in form.time.split(":"))
                at = datetime(on.year, on.month, on.day, hour, minute, tzinfo=self._operation.district.zone)
            except ValueError:
                return {"time": WRONG_TIME}
            if at < self._operation.clock():
                return {"time": WRONG_TIME}
        return Ending(shift_id, at, is_stranded=bool(form.is_stranded))

    def _outcomes(self, on: date, replaced: Replaced) -> list[Outcome]:
        """Riders who changed the vehicle, those whom nobody takes first, then those who are late."""
        riders = self._operation.riders_of(on)
        names = {run.shift_id: run.vehicle_name for run in self._operation.day_view(on).runs}
        day = replaced.day
        driven = {ride: run.shift_id for run in day.plan.runs.values() for ride in run.request_ids()}
        found = [Outcome(riders.get(ride), ride, "", None, is_late=True) for ride in replaced.unplaced]
        late = [request.id for request in replaced.widened]
        for ride, is_late in (*((r, True) for r in late), *((r, False) for r in replaced.kept)):
            pickup_s, _ = planned_times(day, ride)
            vehicle = names.get(driven[ride], driven[ride])
            found.append(Outcome(riders.get(ride), ride, vehicle, day.service_day.at(pickup_s), is_late))
        return found

    def _page(
        self,
        request: Request,
        staff: StaffView,
        on: date,
        shift_id: ShiftId,
        template: str,
        context: Mapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        run = self._operation.manifest(on, shift_id)
        path = f"{PREFIX}/day/{on}/run/{quote(shift_id, safe='')}"
        shared = {"staff": staff, "on": on, "run": run, "run_path": path}
        return self._templates.TemplateResponse(request, f"dispatcher/{template}", {**shared, **context}, status_code)
