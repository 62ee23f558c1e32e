"""A demo day: made-up people book rides between the district's villages and hubs through the API."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import httpx2

from booking.operation import Operation
from gtfs.service_day import ServiceDay

GIVEN_NAMES = ("Anna", "Bela", "Carl", "Dilan", "Emma", "Fatma", "Greta", "Hanno", "Ida", "Jurij", "Klara", "Leyla")
FAMILY_NAMES = ("Beispiel", "Muster", "Probe", "Erfunden", "Vorlage", "Entwurf")
MINIMUM_LEFT = timedelta(hours=3)
"""With less of the service day left than this, the demo shows the next one."""


def book_day(operation: Operation, address: str, wanted: int, say: Callable[[str], None]) -> date:
    """Book rides until ``wanted`` stand in the day; gives the service day that is shown.

    The wishes are the same for the same date, and whoever starts the demo again finds its bookings there.
    """
    first_at, last_at, service_day = _bookable_span(operation)
    there = operation.day_view(service_day.on).bookings
    if there >= wanted:
        say(f"{there} bookings stand in {service_day.on} already")
        return service_day.on
    say(f"booking {wanted - there} rides for {service_day.on} through the API")
    wishes = random.Random(f"{service_day.on} {there}")  # noqa: S311 - a demo must be repeatable, not secret
    booked = refused = 0
    with httpx2.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        for _ in range(wanted * 4):
            if booked + there >= wanted:
                break
            if _book_one(client, operation, wishes, first_at, last_at):
                booked += 1
            else:
                refused += 1
    say(f"{booked} booked; {refused} wishes were sent to a line or refused with a reason")
    return service_day.on


def _bookable_span(operation: Operation) -> tuple[datetime, datetime, ServiceDay]:
    """From when to when the demo's wishes lie, and their service day: today, or tomorrow if little is left of today."""
    now = operation.clock()
    service_day = operation.service_day(operation.today())
    for day in (service_day, service_day.following()):
        rules = operation.district.rulebook.rules_on(day.on)
        hours = rules.service_hours[operation.district.day_kind(day.on).value]
        lead = timedelta(seconds=max(rules.lead_s.values()) + 600)
        first_at, last_at = max(day.at(hours.from_s), now + lead), day.at(hours.to_s) - timedelta(hours=1)
        if last_at - first_at >= MINIMUM_LEFT:
            break
    return first_at, last_at, day


def _book_one(
    client: httpx2.Client, operation: Operation, wishes: random.Random, first_at: datetime, last_at: datetime
) -> bool:
    """Ask for one ride between a village and a place of its surroundings; confirm the best offer, if it has a ride."""
    stops = operation.district.stops
    home = wishes.choice(stops)
    near = sorted(stops, key=lambda s: ((s.lon - home.lon) * 0.6) ** 2 + (s.lat - home.lat) ** 2)[6:60]
    hubs = [stop for stop in near if stop.is_hub]
    target = wishes.choice(hubs if hubs and wishes.random() < 0.7 else near)
    origin, destination = (home, target) if wishes.random() < 0.6 else (target, home)
    minutes = int((last_at - first_at).total_seconds() // 60)
    at = first_at + timedelta(minutes=wishes.randrange(0, minutes, 5))
    persons = wishes.choices((1, 2, 3), weights=(75, 18, 7))[0]
    needs = wishes.choices(({}, {"walking_frames": 1}, {"wheelchairs": 1}, {"prams": 1}), weights=(80, 10, 4, 6))[0]
    enquiry = {
        "origin": {"stop_id": origin.id},
        "destination": {"stop_id": destination.id},
        "depart_after": at.isoformat(),
        "party": {"persons": persons, **needs},
    }
    answer = client.post("/offers", json=enquiry)
    if answer.status_code != 200:
        return False
    token = next((offer["token"] for offer in answer.json()["offers"] if offer["token"]), None)
    if token is None:
        return False
    name = f"{wishes.choice(GIVEN_NAMES)} {wishes.choice(FAMILY_NAMES)}"
    # 0152 28817386 is one of the numbers kept free for fiction by the German regulator.
    # All of them have the same one, so what it has booked already must not count.
    body = {"token": token, "name": name, "phone": "0152 28817386", "allow_duplicate": True}
    return client.post("/bookings", json=body).status_code == 201
