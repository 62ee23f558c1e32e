"""Vehicles and shifts: 42 vehicles at twelve depots, working days within the limits of the working hours act."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from districts.make_lup_sample.facts import FOLDER
from districts.make_lup_sample.stops import Stop, main_stop

OPERATOR = "Beispiel-Verkehrsgesellschaft (erfunden)"
WEEKEND_VEHICLES_PER_DEPOT = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of vehicle: its name, its layouts, what fits in besides, what an hour and a kilometre cost in cents."""

    name: str
    layouts: tuple[str, ...]
    always: str
    ct_per_hour: int
    ct_per_km: int


ELECTRIC = Kind(
    "Elektro-Pkw",
    (
        "4 seats + 1 walking frame",
        "3 seats + 1 wheelchair + 1 walking frame",
        "3 seats + 1 pram + 1 walking frame",
    ),
    "1 dog + 2 child seats + 2 luggage",
    2_600,
    22,
)
MINIBUS = Kind(
    "Kleinbus",
    (
        "8 seats + 2 walking frames + 1 bike",
        "6 seats + 1 pram + 2 walking frames + 1 bike",
        "5 seats + 1 wheelchair + 1 walking frame + 1 bike",
    ),
    "2 dogs + 2 child seats + 6 luggage",
    2_800,
    38,
)
TAXI = Kind("Taxi", ("4 seats + 1 walking frame",), "1 dog + 1 child seat + 3 luggage", 3_400, 45)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle and the stop where it is parked."""

    id: str
    name: str
    owner: str
    kind: Kind
    depot: Stop


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shift: when it begins and ends, and its breaks, as a district folder writes them.

    A shift of more than six hours has a break of thirty minutes, and none runs longer than nine hours: the working
    hours act asks for no more then. Windows lie so that nobody works six hours at a stretch.
    """

    name: str
    start: str
    end: str
    breaks: str


EARLY = Pattern("early", "05:00", "13:30", "08:00-10:30/30")
LATE = Pattern("late", "13:00", "22:00", "16:30-18:30/30")
DAY = Pattern("day", "07:30", "16:00", "10:30-13:00/30")
MORNING_PEAK = Pattern("morning", "06:00", "11:00", "")
AFTERNOON_PEAK = Pattern("afternoon", "14:00", "19:00", "")
SATURDAY = (
    Pattern("saturday-early", "06:00", "14:00", "09:00-11:30/30"),
    Pattern("saturday-late", "14:00", "22:00", "17:00-19:30/30"),
)
SUNDAY = (Pattern("sunday-early", "08:00", "14:00", ""), Pattern("sunday-late", "14:00", "20:00", ""))


def make_vehicles(stops: Sequence[Stop]) -> list[Vehicle]:
    """All vehicles, by depot."""
    vehicles: list[Vehicle] = []
    with (FOLDER / "depots.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            depot = main_stop(stops, row["place"])
            for column, kind in (("electric", ELECTRIC), ("minibus", MINIBUS), ("taxi", TAXI)):
                owner = row["owner"] if kind is TAXI else OPERATOR
                for number in range(1, int(row[column]) + 1):
                    vehicle_id = f"v{len(vehicles) + 1:02d}"
                    name = f"{kind.name} {row['place']} {number}"
                    vehicles.append(Vehicle(vehicle_id, name, owner, kind, depot))
    return vehicles


def vehicle_rows(vehicles: Sequence[Vehicle]) -> Iterator[tuple[str, ...]]:
    """Rows of ``fleet.csv``."""
    for vehicle in vehicles:
        kind = vehicle.kind
        costs = str(kind.ct_per_hour), str(kind.ct_per_km)
        yield vehicle.id, vehicle.name, vehicle.owner, " | ".join(kind.layouts), kind.always, *costs


def shift_rows(vehicles: Sequence[Vehicle]) -> Iterator[tuple[str, ...]]:
    """Rows of ``shifts.csv``."""
    for depot in dict.fromkeys(vehicle.depot for vehicle in vehicles):
        own = [vehicle for vehicle in vehicles if vehicle.depot == depot]
        for place, vehicle in enumerate(own):
            for pattern in _weekday_patterns(vehicle, place):
                yield _shift_row(vehicle, "weekday", pattern)
            if place < WEEKEND_VEHICLES_PER_DEPOT:
                yield _shift_row(vehicle, "saturday", SATURDAY[place])
                yield _shift_row(vehicle, "sunday_or_holiday", SUNDAY[place])


def _weekday_patterns(vehicle: Vehicle, place: int) -> tuple[Pattern, ...]:
    """Early and late by turns, so that every depot has both; taxis at the peaks; minibuses by day."""
    if vehicle.kind is TAXI:
        return MORNING_PEAK, AFTERNOON_PEAK
    if vehicle.kind is MINIBUS:
        return (DAY,)
    return ((EARLY, LATE)[place % 2],)


def _shift_row(vehicle: Vehicle, days: str, pattern: Pattern) -> tuple[str, ...]:
    shift_id = f"{vehicle.id}-{pattern.name}"
    depot = vehicle.depot.id
    return shift_id, vehicle.id, days, pattern.start, pattern.end, depot, depot, pattern.breaks
