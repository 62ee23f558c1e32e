"""What a dispatcher has to look at on a day, and what can be done about it by one press."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from booking.alerts import Alerts
from booking.at_risk import RiskKind
from booking.cures import CureKind
from booking.errors import DayBusyError, NotFoundError, StaleError
from booking.held_connections import Decision
from booking.notice_rules import NoticeKind
from booking.operation import Operation
from booking.preconditions import having_seen
from booking.views import StaffView
from routing.model import RequestId
from web.dispatcher_moves import CHANGED, full_minutes
from web.i18n import N_
from web.staff import PREFIX, StaffGate, StaffRoute

RISKS = {
    RiskKind.PICKUP_LATE: N_("wird später abgeholt als zugesagt"),
    RiskKind.DROPOFF_LATE: N_("kommt später an als zugesagt"),
    RiskKind.RIDE_TOO_LONG: N_("ist länger unterwegs als zugesagt"),
    RiskKind.CONNECTION: N_("erreicht den Anschluss nicht"),
    RiskKind.OVERLOADED: N_("Im Fahrzeug sind mehr, als hineinpassen"),
    RiskKind.SHIFT_END: N_("Die Schicht endet später als geplant"),
    RiskKind.BREAK_LATE: N_("Die Pause kommt zu spät"),
    RiskKind.UNPLACED: N_("hat kein Fahrzeug"),
}
CURES = {
    CureKind.OTHER_VEHICLE: N_("Ein anderes Fahrzeug übernimmt"),
    CureKind.REORDER: N_("Dasselbe Fahrzeug fährt in anderer Reihenfolge"),
    CureKind.TAXI: N_("Ein Taxi übernimmt"),
}
DECISIONS = {
    Decision.WAITS: N_("Das Fahrzeug wartet."),
    Decision.OTHER_VEHICLE: N_("Ein anderes Fahrzeug holt ab, oder dasselbe später."),
    Decision.NEW_OFFER: N_("Der Anschluss hält nicht. Der Fahrgast weiß Bescheid."),
}
NOTICES = {
    NoticeKind.CONFIRMED: N_("Bestätigung"),
    NoticeKind.CHANGED: N_("Änderung"),
    NoticeKind.CANCELLED: N_("Stornierung"),
    NoticeKind.REMINDER: N_("Erinnerung"),
    NoticeKind.NEAR: N_("Fahrzeug kommt gleich"),
    NoticeKind.DELAYED: N_("Verspätung"),
    NoticeKind.AT_RISK: N_("kein Fahrzeug"),
    NoticeKind.WAITING_LIST: N_("Platz frei geworden"),
    NoticeKind.NO_SHOW: N_("nicht angetroffen"),
    NoticeKind.DEGRADED: N_("Betrieb eingeschränkt"),
}
DONE = N_("Erledigt. Alle Betroffenen bekommen Nachricht.")
GONE = N_("Das geht nicht mehr. Bitte wählen Sie neu.")
SHOWN_CURES = 12


class CureForm(BaseModel):
    """Which cure, and the version of the day that the dispatcher looked at."""

    kind: CureKind
    rides: Annotated[str, Field(max_length=4000)]
    version: Annotated[int, Field(ge=0)]


class NoticeForm(BaseModel):
    """Which message."""

    notice_id: int


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The page and its buttons."""
    router = APIRouter(prefix=f"{PREFIX}/day", route_class=StaffRoute)
    gate = StaffGate(operation, templates)

    def page(request: Request, staff: StaffView, on: date, sentence: str = "", status_code: int = 200) -> Response:
        alerts = operation.alerts(on)
        context: dict[str, Any] = {
            "staff": staff,
            "alerts": alerts,
            "cures": _cures(alerts),
            "risk_texts": RISKS,
            "cure_texts": CURES,
            "decision_texts": DECISIONS,
            "notice_texts": {kind.value: text for kind, text in NOTICES.items()},
            "riders_by_code": {rider.code: rider for rider in alerts.riders.values()},
            "now": operation.clock(),
            "today": operation.today(),
            "state": operation.day_state(on),
            "sentence_text": sentence,
            "is_done": sentence == DONE,
        }
        return templates.TemplateResponse(request, "dispatcher/alerts.html", context, status_code)

    @router.get("/{on}/alerts")
    def show(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        done: bool = False,  # noqa: FBT001, FBT002 - a query parameter has a name
    ) -> Response:
        return page(request, staff, on, DONE if done else "")

    @router.post("/{on}/alerts/cure")
    def cure(
        request: Request,
        staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        form: Annotated[CureForm, Form()],
    ) -> Response:
        """Do what a cure says, unless the day is not the one that was looked at any more."""
        rides = [RequestId(ride) for ride in form.rides.split()]
        try:
            with having_seen(on, form.version):
                operation.dispatch.apply_cure(on, form.kind, rides, actor=f"staff {staff.name}")
        except NotFoundError:
            return page(request, staff, on, GONE, 409)
        except (StaleError, DayBusyError):
            return page(request, staff, on, CHANGED, 409)
        return RedirectResponse(f"{PREFIX}/day/{on}/alerts?done=true", status_code=303)

    @router.post("/{on}/alerts/told")
    def told(
        staff: Annotated[StaffView, Depends(gate.require())], on: date, form: Annotated[NoticeForm, Form()]
    ) -> Response:
        """The person knows: somebody has called."""
        operation.notices.told(form.notice_id, f"staff {staff.name}")
        return RedirectResponse(f"{PREFIX}/day/{on}/alerts", status_code=303)

    @router.post("/{on}/alerts/retry")
    def retry(
        staff: Annotated[StaffView, Depends(gate.require())], on: date, form: Annotated[NoticeForm, Form()]
    ) -> Response:
        """Send it once more."""
        operation.notices.retry([form.notice_id], f"staff {staff.name}")
        return RedirectResponse(f"{PREFIX}/day/{on}/alerts", status_code=303)

    return router


def _cures(alerts: Alerts) -> list[dict[str, Any]]:
    """The cures as the page shows them: what becomes of each ride, and what it costs in minutes of vehicles."""
    return [
        {
            "cure": cure,
            "extra_min": full_minutes(cure.added_cost),
            "changes": [(change, full_minutes(change.pickup_later_s)) for change in cure.changes],
        }
        for cure in alerts.cures[:SHOWN_CURES]
    ]
