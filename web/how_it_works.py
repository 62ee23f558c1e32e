"""How the service works, for whoever has never used it: pictures first, few words, figures from the rules in force."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from booking.model import Channel
from booking.operation import Operation
from booking.rulebook_fares import Payment
from booking.rulebook_hours import Hours
from web.i18n import LANGUAGES, N_

DAY_KINDS = {
    "weekday": N_("Montag bis Freitag"),
    "saturday": N_("Samstag"),
    "sunday_or_holiday": N_("Sonntag und Feiertag"),
}


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The page in every language of the district."""
    routes = APIRouter()

    @routes.get("/how-it-works")
    def show(request: Request) -> Response:
        rules = operation.district.rulebook.rules_on(operation.today())
        context = {
            "lead_min": rules.lead_s[Channel.WEB] // 60,
            "horizon_days": rules.horizon_days,
            "wait_min": rules.connection.hold_s // 60,
            "is_cash": Payment.CASH in rules.fare.payments,
            "concessions": [concession.name for concession in rules.fare.concessions],
            "service_hours": hours_of(rules.service_hours),
            "desk_hours": hours_of(rules.desk_hours),
        }
        return templates.TemplateResponse(request, "resident/how_it_works.html", context)

    router = APIRouter()
    for code in operation.district.languages:
        if code in LANGUAGES:
            router.include_router(routes, prefix=f"/{code}")
    return router


def hours_of(hours: Mapping[str, Hours]) -> Sequence[tuple[str, str, str]]:
    """Kinds of day in the order of the week, with from when to when; German names, times of the clock."""
    return [
        (text, _clock(hours[kind].from_s), _clock(hours[kind].to_s))
        for kind, text in DAY_KINDS.items()
        if kind in hours
    ]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
