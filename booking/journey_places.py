"""What ``rufnetz gtfs`` is asked about: timetables, places, points in time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from booking.artefact_sources import local_path
from booking.artefact_store import artefact_folder
from booking.district import District
from booking.district_files import read_district
from booking.errors import BookingError
from booking.links import walk_m, walk_s
from booking.settings import read_settings
from booking.sphere import SpherePoints, distance_m
from booking.switched_days import switch_days
from gtfs.feed import read_feed
from gtfs.itinerary import EndLeg, LegKind
from gtfs.timetable import FixedStop, Timetable, build_timetable, read_timetable

ONE_PLACE_M = 300
"""Stops with one name are one place where each lies so near to another."""
DAY_S = 24 * 3600
_LISTED = 10


class JourneyError(BookingError):
    """A question to a timetable that it has no answer to; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class StopWalk:
    """A stop and the way on foot to or from it."""

    stop: FixedStop
    distance_m: int
    walk_s: int


@dataclass(frozen=True, slots=True)
class JourneyPlace:
    """Where a journey begins or ends.

    Parameters
    ----------
    stops
        Those of the place itself, or those within walking distance of the point, nearest first.
    """

    label: str
    lon: float
    lat: float
    stops: tuple[StopWalk, ...]

    def end_legs(self, timetable: Timetable) -> tuple[EndLeg, ...]:
        """The ways on foot between the place and stops, as legs for the timetable search."""
        walks_s = {walk.stop.id: (walk.walk_s, walk.distance_m) for walk in self.stops}
        for walk in self.stops:
            if walk.walk_s == 0:
                # Whoever stands at one stop of a place also walks to the one around the corner.
                for other, far_s in timetable.footpaths.walks(False).of(timetable.stop_index[walk.stop.id]):
                    known_s, _ = walks_s.get(timetable.stops[other].id, (far_s + 1, 0))
                    if far_s < known_s:
                        walks_s[timetable.stops[other].id] = far_s, 0
        # On the clock of a day a way may also begin before it: on the day clocks go back midnight does.
        return tuple(
            EndLeg(stop_id, s, LegKind.WALK, key=str(m), earliest_s=-DAY_S) for stop_id, (s, m) in walks_s.items()
        )


def open_timetable(paths: Sequence[Path], today: date) -> Timetable:
    """The timetable of feeds, of a folder of built arrays, or of a district's folder with its switched days.

    Raises
    ------
    FeedError
        A feed cannot be used.
    JourneyError
        A built timetable or a district stands beside others, or a district's feed is not here yet.
    DistrictError
        A district's folder has problems.
    """
    alone = [path for path in paths if (path / "timetable.json").is_file() or (path / "district.toml").is_file()]
    if alone and len(paths) > 1:
        message = f"{alone[0]} holds a whole timetable and cannot be joined with others: name it alone, or name feeds."
        raise JourneyError(message)
    if not alone:
        return build_timetable([read_feed(path) for path in paths])
    if (paths[0] / "timetable.json").is_file():
        return read_timetable(paths[0])
    district = read_district(paths[0])
    timetable = build_timetable([read_feed(feed) for feed in _feeds(district)])
    return switch_days(district, timetable, today)


def _feeds(district: District) -> Iterator[Path]:
    kept_in = artefact_folder(read_settings(), district.id) / "sources"
    for source in district.sources.timetables:
        feed = local_path(source, kept_in)
        if not feed.exists():
            message = f"The timetable {source} is not here yet. Run: rufnetz district build {district.folder}"
            raise JourneyError(message)
        yield feed
    if not district.sources.timetables:
        message = f"{district.name} has no timetable: name one under [sources] in district.toml, or name a feed."
        raise JourneyError(message)


def find_place(text: str, timetable: Timetable, max_walk_m: int) -> JourneyPlace:
    """A place out of ``lon,lat``, the id or the name of a stop or station, or a part of a name that is the only one.

    Parameters
    ----------
    max_walk_m
        How far stops may lie from ``lon,lat``, on foot.

    Raises
    ------
    JourneyError
        It is none of these, or may be several; or no stop is near.
    """
    point = _point(text)
    if point is not None:
        return _place_at(*point, timetable, max_walk_m)
    named = [stop for stop in timetable.stops if stop.id == text]
    if named:
        return _place_of(named, timetable)
    places = _places_named(text, timetable)
    if not places:
        raise JourneyError(_unknown(text, timetable))
    if len(places) > 1:
        listed = [f"{stop.name} ({stop.id})" for stop in map(_head, places)]
        message = f'"{text}" may be {len(places)} places; write the id of one of them: {_listed(listed, "; ")}.'
        raise JourneyError(message)
    return _place_of(places[0], timetable)


def _point(text: str) -> tuple[float, float] | None:
    numbers = [part.strip() for part in text.split(",")]
    if len(numbers) != 2:
        return None
    try:
        lon, lat = float(numbers[0]), float(numbers[1])
    except ValueError:
        return None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        message = f'"{text}" is no place on earth: write lon,lat in degrees, as 8.694,49.409.'
        raise JourneyError(message)
    return lon, lat


def _place_at(lon: float, lat: float, timetable: Timetable, max_walk_m: int) -> JourneyPlace:
    points = SpherePoints([stop.lon for stop in timetable.stops], [stop.lat for stop in timetable.stops])
    near = [
        StopWalk(timetable.stops[i], walk_m(far_m), walk_s(far_m))
        for far_m, i in points.within(lon, lat, max_walk_m)
        if walk_m(far_m) <= max_walk_m
    ]
    label = f"{lon:g},{lat:g}"
    if not near:
        far_m, index = points.nearest([lon], [lat])
        nearest = timetable.stops[int(index[0])]
        message = (
            f"No stop lies within {max_walk_m} m on foot of {label}. The nearest is {nearest.name} ({nearest.id}), "
            f"{walk_m(float(far_m[0])) / 1000:.1f} km. Raise --max-walk, or check that the longitude stands first."
        )
        raise JourneyError(message)
    return JourneyPlace(label, lon, lat, tuple(near))


def _place_of(stops: Sequence[FixedStop], timetable: Timetable) -> JourneyPlace:
    """Stops and, where one is a station, what belongs to it."""
    stations = {stop.id for stop in stops}
    members = [stop for stop in timetable.stops if stop.id in stations or stop.parent_id in stations]
    head = _head(stops)
    return JourneyPlace(head.name, head.lon, head.lat, tuple(StopWalk(stop, 0, 0) for stop in members))


def _head(stops: Sequence[FixedStop]) -> FixedStop:
    """The station among the stops of a place, else its first stop."""
    parents = {stop.parent_id for stop in stops}
    return next((stop for stop in stops if stop.id in parents), stops[0])


def _places_named(text: str, timetable: Timetable) -> list[list[FixedStop]]:
    """Stops by name: those with exactly this one, else those whose names hold its words, else parts of words."""
    wanted = plain(text)
    words = wanted.split()
    names = [(stop, plain(stop.name)) for stop in timetable.stops] if words else []
    found = [stop for stop, name in names if name == wanted]
    found = found or [stop for stop, name in names if set(words) <= set(name.split())]
    return _grouped(found or [stop for stop, name in names if all(word in name for word in words)])


def _grouped(stops: Sequence[FixedStop]) -> list[list[FixedStop]]:
    """Stops that belong to one station, or have one name and lie together, as one place each."""
    places: list[list[FixedStop]] = []
    for stop in stops:
        same = [place for place in places if any(_is_one_place(stop, other) for other in place)]
        merged = [other for place in same for other in place] + [stop]
        places = [place for place in places if place not in same] + [merged]
    return places


def _is_one_place(one: FixedStop, other: FixedStop) -> bool:
    if {one.id, one.parent_id} & {other.id, other.parent_id} - {None}:
        return True
    return one.name == other.name and distance_m(one.lon, one.lat, other.lon, other.lat) <= ONE_PLACE_M


def plain(text: str) -> str:
    """A name as one compares it: without case, punctuation and umlauts."""
    text = text.casefold()
    for letter, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        text = text.replace(letter, written)
    return " ".join(re.split(r"[^\w]+", text)).strip()


def _unknown(text: str, timetable: Timetable) -> str:
    names: dict[str, str] = {}
    for stop in timetable.stops:
        names.setdefault(plain(stop.name), stop.name)
    wanted = plain(text)
    close = get_close_matches(wanted, names, n=5, cutoff=0.5)
    words = {word for word in wanted.split() if len(word) > 3}
    close += [name for name in names if name not in close and any(get_close_matches(w, name.split()) for w in words)]
    if not close:
        return f'No stop is called "{text}" in this timetable. Check the spelling, or write lon,lat.'
    return (
        f'No stop is called "{text}". Near it are: {_listed([names[name] for name in close], "; ")}. Or write lon,lat.'
    )


def _listed(words: Sequence[str], between: str) -> str:
    more = f"{between}and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return between.join(words[:_LISTED]) + more


def read_when(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A point in time out of ``2026-03-11T08:00`` (an offset may follow), ``08:00`` for today, or ``now``.

    Raises
    ------
    JourneyError
        It is none of these.
    """
    if text.strip().casefold() == "now":
        return now.astimezone(zone)
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", text.strip()):
            hours, minutes = map(int, text.split(":"))
            return datetime.combine(now.astimezone(zone).date(), time(hours, minutes), zone)
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        message = f'"{text}" is no point in time: write 2026-03-11T08:00, or 08:00 for today, or now.'
        raise JourneyError(message) from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)


def check_date(at: datetime, timetable: Timetable) -> None:
    """Say so when a timetable does not hold at a time.

    Raises
    ------
    JourneyError
        The day lies outside its calendar.
    """
    first, last = timetable.first_on, timetable.last_on
    if first is None or last is None:
        message = "Nothing runs on any day of this timetable; look at calendar.txt and calendar_dates.txt."
        raise JourneyError(message)
    if not first <= at.date() <= last:
        message = (
            f"The timetable holds from {first} to {last}; {at.date()} is outside it. Ask for a day in between, or get "
            "a newer feed."
        )
        raise JourneyError(message)
