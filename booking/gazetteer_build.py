"""Making the gazetteer's file from a district and from what an OpenStreetMap file names."""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from booking.district import District
from booking.gazetteer_words import fold, words_of
from booking.sphere import SpherePoints, distance_m
from routing.osm_features import NamedFeature, NamedKind

_SCHEMA = """
CREATE TABLE entry (id INTEGER PRIMARY KEY, label TEXT, kind TEXT, lon REAL, lat REAL, stop_id TEXT, place TEXT,
                    name_words TEXT, other_words TEXT, bonus REAL, is_street INTEGER);
CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE posting (word_id INTEGER, entry_id INTEGER, PRIMARY KEY (word_id, entry_id)) WITHOUT ROWID;
CREATE TABLE house (entry_id INTEGER, number TEXT, label TEXT, lon REAL, lat REAL, PRIMARY KEY (entry_id, number))
    WITHOUT ROWID;
CREATE VIRTUAL TABLE word_trigram USING fts5(word, content='', tokenize='trigram');
"""

_REACH_M = {"city": 6000, "town": 3000, "village": 1200, "hamlet": 500, "isolated_dwelling": 200, "farm": 200}
"""How far a settlement reaches, to say which one a street lies in."""
_SETTLED = frozenset(_REACH_M)
_STREET_REACH_M = 3000
"""A house belongs to the nearest street of its name, if that is no farther away than this."""
_SAME_PLACE_M = 3000
_SAME_POI_M = 200


@dataclass
class _Draft:
    """An entry being put together."""

    label: str
    kind: str
    lon: float
    lat: float
    place: str
    name: str
    bonus: float
    stop_id: str = ""
    other: set[str] = field(default_factory=set)
    houses: dict[str, tuple[str, float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Settlements:
    """Places by their reach."""

    names: tuple[str, ...]
    lons: tuple[float, ...]
    lats: tuple[float, ...]
    reach_m: tuple[float, ...]

    def of(self, lons: Sequence[float], lats: Sequence[float]) -> list[str]:
        """The settlement each point lies in; empty where there is none at all."""
        if not self.names:
            return [""] * len(lons)
        found = SpherePoints(self.lons, self.lats).best(lons, lats, self.reach_m)
        return [self.names[i] for i in found]


def write_gazetteer(path: Path, district: District, features: Sequence[NamedFeature]) -> int:
    """Write the file (which must not be there yet) and return how many entries it holds."""
    places = _places(district, [f for f in features if f.kind is NamedKind.PLACE])
    settlements = _settlements(district, features)
    drafts = [
        *_stops(district),
        *places,
        *_points_of_interest(district, [f for f in features if f.kind is NamedKind.POI], settlements),
        *_streets(features, settlements),
    ]
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_SCHEMA)
        _insert(connection, drafts)
        connection.commit()
        connection.execute("VACUUM")
    finally:
        connection.close()
    return len(drafts) + sum(len(draft.houses) for draft in drafts)


def _named_in(name: str, place: str) -> str:
    """A label that says the place, once."""
    if not place or set(words_of(place)) <= set(words_of(name)):
        return name
    return f"{name}, {place}"


def _stops(district: District) -> list[_Draft]:
    return [
        _Draft(
            label=_named_in(stop.name, stop.place),
            kind="stop",
            lon=stop.lon,
            lat=stop.lat,
            place=stop.place,
            name=_named_in(stop.name, stop.place),
            bonus=0.09 if stop.is_hub else 0.07,
            stop_id=stop.id,
        )
        for stop in district.stops
    ]


def _places(district: District, features: Iterable[NamedFeature]) -> list[_Draft]:
    """Villages of the district, then those of the map that are not the same; namesakes told apart by a neighbour."""
    drafts = [
        _Draft(v.name, "place", v.lon, v.lat, v.name, v.name, 0.08 + math.log10(v.inhabitants + 1) / 100)
        for v in district.villages
    ]
    by_name = defaultdict(list)
    for draft in drafts:
        by_name[fold(draft.name)].append(draft)
    for feature in features:
        same = by_name[fold(feature.name)]
        if any(distance_m(d.lon, d.lat, feature.lon, feature.lat) < _SAME_PLACE_M for d in same):
            continue
        bonus = 0.06 if feature.cls in _SETTLED else 0.02
        draft = _Draft(feature.name, "place", feature.lon, feature.lat, feature.name, feature.name, bonus)
        drafts.append(draft)
        same.append(draft)
    large = sorted(district.villages, key=lambda v: -v.inhabitants)[: -(-len(district.villages) // 5)]
    for namesakes in by_name.values():
        for draft in namesakes if len(namesakes) > 1 else ():
            others = [v for v in large if v.name != draft.name]
            if others:
                near = min(others, key=lambda v: distance_m(v.lon, v.lat, draft.lon, draft.lat))
                draft.label = f"{draft.name} (bei {near.name})"
                draft.other.update(words_of(near.name))
    return drafts


def _settlements(district: District, features: Iterable[NamedFeature]) -> _Settlements:
    found = [(v.name, v.lon, v.lat, 300 + 15 * math.sqrt(v.inhabitants)) for v in district.villages]
    known = {fold(v.name) for v in district.villages}
    found += [
        (f.name, f.lon, f.lat, float(_REACH_M[f.cls]))
        for f in features
        if f.kind is NamedKind.PLACE and f.cls in _SETTLED and fold(f.name) not in known
    ]
    names, lons, lats, reach_m = zip(*found, strict=True) if found else ((), (), (), ())
    return _Settlements(names, lons, lats, reach_m)


def _points_of_interest(
    district: District, features: Sequence[NamedFeature], settlements: _Settlements
) -> list[_Draft]:
    drafts = [
        _Draft(_named_in(d.name, d.place), "poi", d.lon, d.lat, d.place, d.name, 0.05, other=set(words_of(d.place)))
        for d in district.destinations
    ]
    by_name = defaultdict(list)
    for draft in drafts:
        by_name[fold(draft.name)].append(draft)
    towns = settlements.of(*_lons_lats(features))
    for feature, town in zip(features, towns, strict=True):
        same = by_name[fold(feature.name)]
        if any(distance_m(d.lon, d.lat, feature.lon, feature.lat) < _SAME_POI_M for d in same):
            continue
        place = feature.place or town
        other = {*words_of(place), *words_of(town)}
        draft = _Draft(
            _named_in(feature.name, place), "poi", feature.lon, feature.lat, place, feature.name, 0.03, other=other
        )
        drafts.append(draft)
        same.append(draft)
    return drafts


def _streets(features: Sequence[NamedFeature], settlements: _Settlements) -> list[_Draft]:
    """Streets, one for each name and place, with their houses."""
    ways = [f for f in features if f.kind is NamedKind.STREET]
    groups: dict[tuple[str, str], list[NamedFeature]] = defaultdict(list)
    for way, place in zip(ways, settlements.of(*_lons_lats(ways)), strict=True):
        groups[way.name, place].append(way)
    drafts = []
    ways_by_name: dict[str, list[tuple[NamedFeature, _Draft]]] = defaultdict(list)
    for (name, place), members in groups.items():
        drafts.append(_street(name, place, *_middle(members)))
        ways_by_name[_key(name)] += [(way, drafts[-1]) for way in members]
    houses = [f for f in features if f.kind is NamedKind.ADDRESS]
    towns = dict(zip(map(id, houses), settlements.of(*_lons_lats(houses)), strict=True))
    houses_by_name: dict[str, list[NamedFeature]] = defaultdict(list)
    for house in houses:
        houses_by_name[_key(house.street)].append(house)
    unplaced: dict[tuple[str, str], _Draft] = {}
    for name, named in houses_by_name.items():
        for house, found in zip(named, _nearest_streets(named, ways_by_name[name]), strict=True):
            street = found
            if street is None:  # a village without street names, or a street that the file does not hold
                key = (house.street, house.place or towns[id(house)])
                street = unplaced.setdefault(key, _street(*key, house.lon, house.lat))
            _add_house(street, house)
            street.other.update(words_of(house.place))
    return [*drafts, *unplaced.values()]


def _key(street: str) -> str:
    return " ".join(words_of(street))


def _nearest_streets(
    houses: Sequence[NamedFeature], ways: Sequence[tuple[NamedFeature, _Draft]]
) -> list[_Draft | None]:
    """For each house the street of its name with the nearest way; None if that is too far away to be meant."""
    if not ways:
        return [None] * len(houses)
    metres, indices = SpherePoints(*_lons_lats([way for way, _ in ways])).nearest(*_lons_lats(houses))
    return [ways[i][1] if far_m <= _STREET_REACH_M else None for far_m, i in zip(metres, indices, strict=True)]


def _street(name: str, place: str, lon: float, lat: float) -> _Draft:
    label = _named_in(name, place)
    return _Draft(label, "address", lon, lat, place, name, 0.0, other=set(words_of(place)))


def _add_house(street: _Draft, house: NamedFeature) -> None:
    for number in house.house_number.replace(";", ",").split(","):
        written = number.strip()
        label = _named_in(f"{street.name} {written}", street.place)
        folded = "".join(words_of(written))
        if folded:
            street.houses.setdefault(folded, (label, house.lon, house.lat))


def _lons_lats(features: Sequence[NamedFeature]) -> tuple[list[float], list[float]]:
    return [f.lon for f in features], [f.lat for f in features]


def _middle(members: Sequence[NamedFeature]) -> tuple[float, float]:
    """The point of the members that is nearest to their mean: it lies on the street."""
    lons, lats = _lons_lats(members)
    lon, lat = sum(lons) / len(lons), sum(lats) / len(lats)
    best = min(members, key=lambda f: (distance_m(f.lon, f.lat, lon, lat), f.lon, f.lat))
    return best.lon, best.lat


def _insert(connection: sqlite3.Connection, drafts: Sequence[_Draft]) -> None:
    word_ids: dict[str, int] = {}
    for entry_id, draft in enumerate(drafts, start=1):
        name_words = words_of(draft.name)
        joined = {a + b for a, b in pairwise(name_words)}
        other = sorted((draft.other | joined) - set(name_words))
        row = (
            *(entry_id, draft.label, draft.kind, draft.lon, draft.lat, draft.stop_id or None, draft.place),
            *(" ".join(name_words), " ".join(other), draft.bonus, int(draft.kind == "address")),
        )
        connection.execute(f"INSERT INTO entry VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 - question marks only
        for word in {*name_words, *other}:
            word_id = word_ids.setdefault(word, len(word_ids) + 1)
            connection.execute("INSERT INTO posting VALUES (?, ?)", (word_id, entry_id))
        houses = [(entry_id, number, *house) for number, house in sorted(draft.houses.items())]
        connection.executemany("INSERT INTO house VALUES (?, ?, ?, ?, ?)", houses)
    connection.executemany("INSERT INTO word VALUES (?, ?)", [(i, word) for word, i in word_ids.items()])
    connection.executemany("INSERT INTO word_trigram(rowid, word) VALUES (?, ?)", [(i, w) for w, i in word_ids.items()])
