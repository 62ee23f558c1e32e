"""Who decided what and when. A code leads to one booking, and stands in no address."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from booking.audit_trail import PAGE, AuditEntry, AuditQuery
from booking.model import BookingCode
from booking.operation import Operation
from booking.views import StaffView
from web.i18n import N_
from web.staff import PREFIX, StaffGate, StaffRoute

ACTIONS = {
    "confirmed": N_("gebucht"),
    "changed": N_("geändert"),
    "cancelled": N_("storniert"),
    "released": N_("Platz freigegeben"),
    "moved": N_("verlegt"),
    "cured": N_("verlegt, weil sonst eine Zusage gebrochen wäre"),
    "delayed": N_("verspätet"),
    "no_show": N_("nicht gekommen"),
    "promise_changed": N_("Zusage geändert"),
    "unplaced": N_("ohne Fahrzeug"),
    "shift_ended": N_("Tour beendet"),
    "shift_late": N_("Tour verspätet"),
    "improved": N_("Touren verbessert"),
    "replanned": N_("Touren neu geplant"),
    "login": N_("angemeldet"),
    "login_failed": N_("Anmeldung misslungen"),
    "deletion": N_("Daten gelöscht"),
    "anonymised": N_("Daten gelöscht"),
}
"""Words for what happens often; for the rest the name that programs use."""


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The list, by day and kind, or of one booking."""
    router = APIRouter(prefix=f"{PREFIX}/audit", route_class=StaffRoute)
    dispatcher = Depends(StaffGate(operation, templates).require())

    def page(request: Request, staff: StaffView, query: AuditQuery, context: Mapping[str, Any]) -> Response:
        entries = operation.audit_entries(query)
        shared = {
            "staff": staff,
            "entries": entries,
            "words": ACTIONS,
            "actions": operation.audit_actions(),
            "details_of": details_text,
            "code": "",
            "about": None,
            "action": "",
            "people": False,
            "next_page": None,
        }
        return templates.TemplateResponse(request, "dispatcher/audit.html", {**shared, **context})

    @router.get("")
    def show(
        request: Request,
        about: Annotated[str, Query(max_length=10)] = "",
        action: Annotated[str, Query(max_length=50)] = "",
        people: Annotated[bool, Query()] = False,  # noqa: FBT002 - a query parameter has a name
        before: Annotated[int | None, Query(ge=0)] = None,
        staff: StaffView = dispatcher,
    ) -> Response:
        try:
            on = date.fromisoformat(about) if about else None
        except ValueError:
            on = None
        query = AuditQuery(about=on, action=action, by_people=people, before_id=before)
        entries = operation.audit_entries(query)
        asked = {"about": about, "action": action, "people": str(people).lower()}
        older = urlencode({**asked, "before": entries[-1].id}) if len(entries) == PAGE else None
        return page(request, staff, query, {"about": on, "action": action, "people": people, "next_page": older})

    @router.post("")
    def of_booking(
        request: Request, code: Annotated[str, Form(max_length=50)] = "", staff: StaffView = dispatcher
    ) -> Response:
        """What was decided about one booking."""
        if not code.strip():
            return page(request, staff, AuditQuery(), {})
        return page(request, staff, AuditQuery(code=BookingCode(code)), {"code": code})

    return router


def details_text(entry: AuditEntry) -> str:
    """What an entry says besides, as ``name: value; name: value``."""
    said = {name: value for name, value in sorted(entry.details.items()) if value not in (None, "", [], {})}
    return "; ".join(f"{name}: {_text(value)}" for name, value in said.items())


def _text(value: object) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
