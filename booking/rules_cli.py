"""``rufnetz rules``: checking the rules of a district, and asking which of them decide about an enquiry."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from booking.api.schemas import EnquiryIn, PlaceIn
from booking.clock import now as clock_now
from booking.commands import DistrictFolder
from booking.district import District
from booking.district_files import DistrictError, read_district
from booking.district_problems import meant
from booking.errors import BookingError
from booking.journey_places import JourneyError, read_when
from booking.model import Channel, Enquiry, Party, Place, StopId, Timing
from booking.rules_explain import RulesExplanation, Verdict, explain_rules
from booking.rules_notes import list_rule_notes

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

PLACE = "The id or name of a stop, the name of a place, or lon,lat."
_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")
_SIGNS = {Verdict.FORBIDS: "no ", Verdict.ALLOWS: "yes", Verdict.SHAPES: " - "}


class RulesCliError(BookingError):
    """The question has a mistake; the text says which."""


def check(district: DistrictFolder) -> None:
    """Tell everything that is wrong with the rules, with file, line and remedy; exit code 1 if anything is."""
    with _told():
        read = read_district(district)
    today = clock_now().astimezone(read.zone).date()
    for rules in read.rulebook.versions:
        holds = " (holds today)" if rules is read.rulebook.rules_on(today) else ""
        forms = ", ".join(form.name for form in rules.service.forms) or "none named"
        line = rules.line_of("name")
        console.print(
            escape(f'"{rules.version}" from {rules.valid_from}, line {line}{holds}; forms of service: {forms}')
        )
        for note in list_rule_notes(read, rules):
            console.print(escape(f"  Note: {note}"))
    console.print(f"The rules of {escape(read.name)} are in order.")


def explain(  # noqa: PLR0913 - one parameter per option
    district: DistrictFolder,
    *,
    enquiry: Annotated[
        str | None,
        typer.Option(help="The enquiry as JSON in the form of the API (or the path of a file that holds it)."),
    ] = None,
    origin: Annotated[str | None, typer.Option("--from", help=PLACE)] = None,
    destination: Annotated[str | None, typer.Option("--to", help=PLACE)] = None,
    when: Annotated[str | None, typer.Option(help="Local time: 2026-03-11T08:00, or 08:00 for today.")] = None,
    arrive: Annotated[bool, typer.Option("--arrive", help="The time is when to arrive.")] = False,
    channel: Annotated[Channel, typer.Option(help="How the order comes.")] = Channel.WEB,
    persons: Annotated[int, typer.Option(min=1, max=100)] = 1,
    wheelchairs: Annotated[int, typer.Option(min=0, max=10)] = 0,
    walking_frames: Annotated[int, typer.Option(min=0, max=10)] = 0,
    prams: Annotated[int, typer.Option(min=0, max=10)] = 0,
    bikes: Annotated[int, typer.Option(min=0, max=10)] = 0,
    ticket: Annotated[
        list[str] | None, typer.Option(help="A ticket or pass by its id in the tariff; several times for several.")
    ] = None,
    to_door: Annotated[bool, typer.Option("--to-door", help="To the address, for the surcharge.")] = False,
    now: Annotated[str | None, typer.Option(help="When the order comes in; now if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Which rules decide about an enquiry and why: each with its line in rules.toml and its values.

    Vehicles, roads and timetables are not asked. Exit code 1 if the rules forbid any ride.

    For example: rufnetz rules explain districts/lup-sample --from Brüel --to "Sternberg" --when 2026-03-11T08:00
    --channel phone
    """
    with _told():
        read = read_district(district)
        at = clock_now() if now is None else read_when(now, read.zone, clock_now())
        if enquiry is not None:
            asked = _read_enquiry(enquiry, read, channel)
        else:
            if origin is None or destination is None or when is None:
                message = "Give --from, --to and --when, or --enquiry."
                raise RulesCliError(message)
            asked = Enquiry(
                origin=find_place(origin, read),
                destination=find_place(destination, read),
                timing=Timing.ARRIVE_BY if arrive else Timing.DEPART_AFTER,
                wished_at=read_when(when, read.zone, at),
                party=_party(persons, wheelchairs, prams, walking_frames, bikes),
                channel=channel,
                tickets=frozenset(ticket or ()),
                to_door=to_door,
            )
        found = explain_rules(asked, read, at)
    if as_json:
        print(json.dumps(as_json_value(found), ensure_ascii=False, indent=1))  # noqa: T201 - a program reads it
    else:
        for line in lines_of(found):
            console.print(escape(line))
    raise typer.Exit(found.against is not None)


def lines_of(found: RulesExplanation) -> Iterator[str]:
    """An explanation for people."""
    for ruling in found.rulings:
        where = f"rules.toml, line {ruling.line}" if ruling.line else "by default"
        yield f"{_SIGNS[ruling.verdict]} {ruling.sentence} [{found.version}/{ruling.key}, {where}]"
    yield ""
    if found.against is None:
        yield "The rules allow a ride, as far as they can tell without vehicles, roads and timetables."
    else:
        yield f"No ride: {found.against.rule} decides ({found.against.reason.value})."


def as_json_value(found: RulesExplanation) -> dict[str, object]:
    """An explanation for programs."""
    against = found.against
    return {
        "version": found.version,
        "is_allowed": against is None,
        "decided_by": None if against is None else {"rule": against.rule, "reason": against.reason.value},
        "rulings": [asdict(ruling) | {"verdict": ruling.verdict.value} for ruling in found.rulings],
    }


def find_place(text: str, district: District) -> Place:
    """The place a text means: the id or name of a stop, the name of a village or destination, or ``lon,lat``.

    Raises
    ------
    RulesCliError
        Nothing has that name, or several have.
    """
    if text in district.stop_by_id:
        return _of_stop(district, StopId(text))
    if match := _POINT.fullmatch(text):
        try:
            return Place(text, float(match[1]), float(match[2]))
        except ValueError as fault:
            message = f"{fault}. Write lon,lat: east first."
            raise RulesCliError(message) from fault
    places = {stop.name: _of_stop(district, stop.id) for stop in reversed(district.stops)}
    places |= {d.name: Place(d.name, d.lon, d.lat) for d in district.destinations}
    places |= {v.name: Place(v.name, v.lon, v.lat) for v in district.villages}
    if text in places:
        return places[text]
    close = [name for name in places if text.lower() in name.lower()]
    if len(close) == 1:
        return places[close[0]]
    if close:
        message = f'"{text}" may be {"; ".join(sorted(close)[:5])}. Write one of these.'
        raise RulesCliError(message)
    message = f'Nothing is called "{text}": {meant(text, places)}.'
    raise RulesCliError(message)


def _of_stop(district: District, stop_id: StopId) -> Place:
    stop = district.stop_by_id[stop_id]
    return Place(stop.name, stop.lon, stop.lat, stop.id)


def _party(persons: int, wheelchairs: int, prams: int, walking_frames: int, bikes: int) -> Party:
    try:
        return Party(persons, wheelchairs, prams, walking_frames, bikes)
    except ValueError as fault:
        message = f"The party is not possible: {fault}."
        raise RulesCliError(message) from fault


def _read_enquiry(text: str, district: District, channel: Channel) -> Enquiry:
    is_json = text.lstrip().startswith("{")
    try:
        body = EnquiryIn.model_validate_json(text if is_json else Path(text).read_text(encoding="utf-8"))
    except OSError as fault:
        message = f"The file {text} cannot be read: {fault.strerror}."
        raise RulesCliError(message) from fault
    except ValidationError as fault:
        told = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'enquiry'}: {e['msg']}" for e in fault.errors())
        message = f"The enquiry is not as the API takes it: {told}."
        raise RulesCliError(message) from fault
    wished_at = body.depart_after or body.arrive_by
    if wished_at is None:
        message = "The enquiry has no time."
        raise RulesCliError(message)
    return Enquiry(
        origin=_of_place_in(body.origin, district),
        destination=_of_place_in(body.destination, district),
        timing=Timing.DEPART_AFTER if body.depart_after is not None else Timing.ARRIVE_BY,
        wished_at=wished_at,
        party=Party(**body.party.model_dump()),
        channel=channel,
        tickets=body.tickets,
        to_door=body.to_door,
    )


def _of_place_in(place: PlaceIn, district: District) -> Place:
    if place.stop_id is not None:
        return find_place(place.stop_id, district)
    return Place(place.label or f"{place.lon},{place.lat}", place.lon or 0.0, place.lat or 0.0)


@contextmanager
def _told() -> Iterator[None]:
    """Print what is wrong, without a traceback, and end the command with 1 (the folder) or 2 (the question)."""
    try:
        yield
    except DistrictError as fault:
        for problem in fault.problems:
            errors.print(escape(str(problem)))
        raise typer.Exit(1) from None
    except (RulesCliError, JourneyError) as fault:
        errors.print(escape(str(fault)))
        raise typer.Exit(2) from None
