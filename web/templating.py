"""Templates and what every template may say: texts in the reader's language, days, times, prices, addresses."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request

from booking.district import District
from booking.model import Explanation, Party
from web.formats import (
    code,
    date_text,
    day_text,
    distance_text,
    isolated,
    minutes_text,
    moment_text,
    name,
    party_text,
    price_text,
    time_text,
    weekday_text,
)
from web.i18n import LANGUAGES, STAFF_LANGUAGES, Language, language_of
from web.journey_times import first_vehicle, is_ride, is_walk, latest_arrival_at
from web.sentences import explain
from web.spelling import spelled
from web.static_files import static_url

TEMPLATE_FOLDER = Path(__file__).parent / "templates"


def create_templates(district: District) -> Jinja2Templates:
    """The templates of a district.

    Each page is rendered in the language of its address; a page may be given another by ``language`` in its context.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined] # set up by the extension
    offered = {code: LANGUAGES[code] for code in district.languages if code in LANGUAGES}
    environment.globals.update(district=district, static_url=static_url, languages=offered)
    environment.filters.update(_filters(district))
    environment.tests.update(ride=is_ride, walk=is_walk)
    return Jinja2Templates(env=environment, context_processors=[_page_context])


def _filters(district: District) -> Mapping[str, Callable[..., Any]]:
    zone = district.zone

    @pass_context
    def moment(context: Context, at: datetime) -> str:
        return moment_text(at, zone, _language(context))

    @pass_context
    def day(context: Context, on: date) -> str:
        local = on.astimezone(zone).date() if isinstance(on, datetime) else on
        return day_text(local, _language(context))

    @pass_context
    def short_date(context: Context, on: date) -> str:
        return date_text(on, _language(context))

    @pass_context
    def weekday_and_date(context: Context, on: date) -> str:
        return weekday_text(on, _language(context))

    @pass_context
    def price(context: Context, price_ct: int) -> str:
        return price_text(price_ct, _language(context))

    @pass_context
    def minutes(context: Context, count: float) -> str:
        return minutes_text(round(count), _language(context))

    @pass_context
    def distance(context: Context, distance_m: int) -> str:
        return distance_text(distance_m, _language(context))

    @pass_context
    def party(context: Context, who: Party) -> str:
        return party_text(who, _language(context))

    @pass_context
    def sentence(context: Context, explanation: Explanation) -> Markup:
        return explain(explanation, _language(context), zone)

    return {
        "time": partial(time_text, zone=zone),
        "moment": moment,
        "day": day,
        "date": short_date,
        "weekday_and_date": weekday_and_date,
        "price": price,
        "minutes": minutes,
        "distance": distance,
        "party": party,
        "sentence": sentence,
        "name": name,
        "code": code,
        "spelled": spelled,
        "isolated": isolated,
        "first_vehicle": first_vehicle,
        "latest_arrival": latest_arrival_at,
    }


def _language(context: Context) -> Language:
    language: Language = context["language"]
    return language


@pass_context
def _gettext(context: Context, message: str) -> str:
    return _language(context).gettext(message)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, count: int) -> str:
    return _language(context).ngettext(singular, plural, count)


def _page_context(request: Request) -> dict[str, Any]:
    language = language_of(request)
    _, first, *rest = request.url.path.split("/")
    # a page that came out of a form cannot be fetched again: its language links lead to the start
    can_be_fetched = request.method == "GET" and first in LANGUAGES
    return {
        "language": language,
        "path_in_language": "/".join(rest) if can_be_fetched else "",
        "staff_languages": STAFF_LANGUAGES,
    }
