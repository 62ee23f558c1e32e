"""Forty-two vehicles of three invented owners, and the shifts their drivers work."""

from collections.abc import Iterator

from districts.make_lup_sample.stops import Stop, main_stop

OPERATOR = "Beispiel-Verkehrsgesellschaft"
TAXI_NORTH, TAXI_SOUTH = "Taxi Musterfahrt Parchim", "Taxi Beispielwagen Hagenow"
_ELECTRIC_CAR = "seat:4|seat:3+wheelchair:1|seat:3+pram:1|seat:3+walking_frame:2"
_MINIBUS = "seat:8+walking_frame:1|seat:6+wheelchair:1+walking_frame:1|seat:6+pram:2|seat:6+bike:2"
_SMALL_MINIBUS = "seat:6+walking_frame:1|seat:4+wheelchair:1|seat:4+pram:1+walking_frame:1|seat:4+bike:2"
_TAXI = "seat:4+walking_frame:1|seat:3+pram:1"
_TAXI_VAN = "seat:7+walking_frame:1|seat:5+wheelchair:1"

_DEPOTS = {
    "Parchim": 6,
    "Hagenow": 4,
    "Ludwigslust": 4,
    "Boizenburg/Elbe": 3,
    "Crivitz": 3,
    "Lübz": 3,
    "Sternberg": 3,
    "Plau am See": 2,
    "Lübtheen": 2,
    "Wittenburg": 2,
    "Neustadt-Glewe": 2,
}
"""Where the operator's 34 vehicles stand at night."""
_TAXI_DEPOTS = {TAXI_NORTH: ("Parchim", "Goldberg", "Lübz", "Brüel"), TAXI_SOUTH: ("Hagenow", "Grabow", "Dömitz", "Ludwigslust")}

Row = tuple[str, ...]


def make_fleet(stops: list[Stop]) -> tuple[list[Row], list[Row]]:
    """The rows of ``fleet.csv`` and of ``shifts.csv``."""
    vehicles: list[Row] = []
    shifts: list[Row] = []
    for number, (depot, owner, model, layouts, cost) in enumerate(_vehicles(), start=1):
        vehicle_id = f"v{number:02d}"
        vehicles.append((vehicle_id, f"{model} {number:02d} ({depot})", owner, layouts, *cost))
        shifts += _shifts(vehicle_id, number, main_stop(stops, depot).id, is_taxi=owner != OPERATOR)
    return vehicles, shifts


def _vehicles() -> Iterator[tuple[str, str, str, str, tuple[str, str]]]:
    """Depot, owner, model, layouts, cost an hour and a kilometre."""
    for depot, count in _DEPOTS.items():
        for i in range(count):
            if i == 1:
                yield depot, OPERATOR, "Kleinbus", _MINIBUS if count > 3 else _SMALL_MINIBUS, ("2900", "48")
            else:
                yield depot, OPERATOR, "E-Auto", _ELECTRIC_CAR, ("2700", "26")
    for owner, depots in _TAXI_DEPOTS.items():
        for i, depot in enumerate(depots):
            model, layouts = ("Großraumtaxi", _TAXI_VAN) if i == 0 else ("Taxi", _TAXI)
            yield depot, owner, model, layouts, ("3400", "75")


def _shifts(vehicle_id: str, number: int, depot: str, *, is_taxi: bool) -> Iterator[Row]:
    """Early and late on weekdays, one shift at weekends for every second vehicle.

    Breaks are those of the German working hours act: 30 minutes in a shift of more than six hours, begun before six
    hours are up; their windows are fixed beforehand.
    """
    if is_taxi:
        # Taxis help out when most people travel; short shifts need no break.
        yield (f"{vehicle_id}-am", vehicle_id, "weekday", "06:30", "10:30", depot, depot, "")
        yield (f"{vehicle_id}-pm", vehicle_id, "weekday", "13:30", "18:30", depot, depot, "")
        if number % 2 == 0:
            yield (f"{vehicle_id}-we", vehicle_id, "saturday+sunday_or_holiday", "16:00", "22:00", depot, depot, "")
        return
    shift = number % 3 * 30
    yield (
        f"{vehicle_id}-early", vehicle_id, "weekday", _clock(300 + shift), _clock(780 + shift), depot, depot,
        f"{_clock(510 + shift)}-{_clock(630 + shift)}/30",
    )
    if number % 4 != 3:
        yield (
            f"{vehicle_id}-late", vehicle_id, "weekday", _clock(840 + shift), _clock(1290 + shift), depot, depot,
            f"{_clock(1020 + shift)}-{_clock(1140 + shift)}/30",
        )
    if number % 2 == 0:
        yield (
            f"{vehicle_id}-sat", vehicle_id, "saturday", "07:00", "15:00", depot, depot, "10:30-12:00/30",
        )
    if number % 2 == 1:
        yield (
            f"{vehicle_id}-sun", vehicle_id, "saturday+sunday_or_holiday", "13:00", "21:00", depot, depot,
            "16:30-18:00/30",
        )
    if number % 4 == 0:
        yield (
            f"{vehicle_id}-hol", vehicle_id, "sunday_or_holiday", "07:00", "15:00", depot, depot, "10:30-12:00/30",
        )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
