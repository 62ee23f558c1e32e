"""How long residents wait in a full day: answers and confirmations through the public API. ``make bench-latency``.

The sample district with as many vehicles as asked for (its own, then copies of them with their shifts) is filled with
wishes until so many bookings stand; then further wishes are asked and booked, and only these are measured: one client
after the other, over HTTP, with PostgreSQL on the same computer. Latencies are of this computer; what can be compared
is the ratio to the day as it was empty, measured in the same run.

So many bookings have room with so few vehicles only where rides are short: wishes farther than ``--farthest`` are left
out. In so full a day many wishes do not fit at first, and the second look searches for its whole budget: these answers
are counted apart from those at first sight.
"""

import argparse
import time
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from booking import second_look
from booking.artefact_store import artefact_folder
from booking.artefacts import open_artefacts
from booking.district import District
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.policy import INSERTION_ONLY
from booking.settings import read_settings
from booking.sphere import distance_m
from planning.demand import Wish, make_wishes
from planning.simulate import ordinary_day
from routing.model import ShiftId, VehicleId
from web.rehearsal import Rehearsal, choose, enquiry_json, open_stage

SAMPLE = Path(__file__).parents[2] / "districts" / "lup-sample"
PHONE = "0385 000000"


def with_vehicles(district: District, number: int) -> District:
    """The district with so many vehicles: the first ones again, each with its shifts."""
    extra = district.vehicles[: max(0, number - len(district.vehicles))]
    copies = tuple(replace(v, id=VehicleId(f"{v.id}-again")) for v in extra)
    ids = {v.id for v in extra}
    shifts = tuple(
        replace(s, id=ShiftId(f"{s.id}-again"), vehicle_id=VehicleId(f"{s.vehicle_id}-again"))
        for s in district.shifts
        if s.vehicle_id in ids
    )
    return replace(district, vehicles=(*district.vehicles, *copies), shifts=(*district.shifts, *shifts))


LOOKED = "offer after a second look"
SPENT = "of this the second look itself"
REPLANNED = "confirm after a second look"


class Measured(Rehearsal):
    """Wishes asked one after the other at one time."""

    looked_s = 0.0
    """How long the service has planned anew for rides: it runs in this process."""

    def ask(self, wish: Wish) -> bool:
        """Ask, and book what is offered; whether it was booked."""
        self.looked_s = 0.0
        answer = self._call("offer", "/offers", enquiry_json(wish))
        looked = self.looked_s > 0
        if looked:
            self.counts.latency_s.setdefault(LOOKED, []).append(self.counts.latency_s["offer"].pop())
            self.counts.latency_s.setdefault(SPENT, []).append(self.looked_s)
        offer, _ = choose(wish, answer.json())
        if offer is None or offer["token"] is None:
            return False
        body = {"token": offer["token"], "name": f"Gast {wish.number}", "phone": PHONE, "allow_duplicate": True}
        is_booked = self._call("confirm", "/bookings", body).is_success
        if looked:
            self.counts.latency_s.setdefault(REPLANNED, []).append(self.counts.latency_s["confirm"][-1])
        return is_booked

    def said(self, name: str) -> str:
        """The latencies since the last time, as a line."""
        texts = []
        for kind in ("offer", LOOKED, SPENT, "confirm", REPLANNED):
            values = 1000 * np.array(self.counts.latency_s.pop(kind, []))
            if not len(values):
                texts.append(f"{kind} 0 times")
                continue
            p50, p95, p99 = np.quantile(values, (0.5, 0.95, 0.99))
            spread = f"p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}, longest {values.max():.0f}"
            texts.append(f"{kind} {len(values)} times, ms: {spread}")
        return f"{name}: " + "; ".join(texts)


def length_m(wish: Wish) -> float:
    """From where to where somebody wishes to go, in a straight line."""
    origin, destination = wish.enquiry.origin, wish.enquiry.destination
    return distance_m(origin.lon, origin.lat, destination.lon, destination.lat)


def time_looks(people: Measured) -> None:
    """Notice each time that the second look plans anew, and how long it takes."""
    make_room = second_look.make_room

    def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - handed on as it is
        began = time.perf_counter()
        try:
            return make_room(*given, **named)
        finally:
            people.looked_s += time.perf_counter() - began

    second_look.make_room = timed


def main() -> None:
    """Fill the day and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=60)
    parser.add_argument("--bookings", type=int, default=1500)
    parser.add_argument("--measured", type=int, default=300, help="wishes")
    parser.add_argument("--farthest", type=float, default=8_000, help="metres in a straight line")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    district = with_vehicles(read_district(SAMPLE), given.vehicles)
    settings = read_settings()
    artefacts = open_artefacts(district, artefact_folder(settings, district.id))
    on = ordinary_day(Network(district, artefacts))
    made_up = make_wishes(district, on, count=12 * given.bookings + given.measured, seed=given.seed)
    wishes = iter([wish for wish in made_up if length_m(wish) <= given.farthest])
    print(
        f"{len(district.vehicles)} vehicles, {len(district.shifts)} shifts; seed {given.seed};"
        f" fastapi {version('fastapi')}, sqlalchemy {version('sqlalchemy')}, numba {version('numba')}",
        flush=True,
    )
    with open_stage(district, artefacts, on.at(0) - timedelta(hours=12)) as (operation, address):
        people = Measured(operation, address, seed=given.seed)
        time_looks(people)
        for _ in range(30):
            people.ask(next(wishes))
        people.said("")
        whole = operation.answerer
        booked = asked = 0
        for wish in wishes:
            asked += 1
            booked += people.ask(wish)
            if asked % 500 == 0:
                print(f"{asked} wishes, {booked} bookings", flush=True)
            if asked == given.measured:
                print(people.said(f"the first {given.measured} wishes"), flush=True)
                # What fills the day the rest of the way is not measured: it need not look twice.
                operation._answerer = replace(whole, policy=INSERTION_ONLY)
            if booked >= given.bookings:
                break
        operation._answerer = whole
        people.said("")
        stands = operation.day_view(on.on)
        print(f"{asked} wishes, {booked} bookings; {stands.bookings} on the day, {stands.riders} riders", flush=True)
        booked = sum(people.ask(wish) for wish, _ in zip(wishes, range(given.measured), strict=False))
        print(people.said(f"{given.measured} wishes more, {booked} booked"), flush=True)


if __name__ == "__main__":
    main()
