"""Places people ride to: practices, pharmacies, schools, shops, offices, workplaces and leisure, all invented."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from districts.make_lup_sample.facts import Facts, Place
from districts.make_lup_sample.plane import unproject
from districts.make_lup_sample.road_net import RoadNet

DOOR_M = 16.0
"""From the middle of the street to the door."""
MIN_SPACING_M = 45.0

_SURNAMES = (
    "Ahlers Behncke Crull Dethloff Evers Fründt Gehrcke Hinrichs Ihde Jahnke Köpcke Lübbert Möller Niemann Oldörp "
    "Pingel Quade Rehberg Schlie Tiedemann Ulrichs Voß Wulff Ziems"
).split()
_PHARMACIES = "Linden Löwen Rats Storchen Adler Schwanen Kranich Stern".split()
_SCHOOLS = {"village": "Grundschule", "town": "Regionale Schule", "city": "Gymnasium"}
_CLUBS = ("Dorfgemeinschaftshaus", "Sporthalle", "Bibliothek", "Schwimmhalle", "Freilichtbühne")


@dataclass(frozen=True, slots=True)
class Poi:
    """Something people ride to.

    Parameters
    ----------
    category
        One of ``doctor``, ``pharmacy``, ``school``, ``shop``, ``office``, ``work``, ``leisure``.
    tag
        What OpenStreetMap would say it is: a key and a value.
    """

    name: str
    category: str
    lon: float
    lat: float
    place: str
    tag: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of destination: from how many inhabitants on a place has one, and for how many more another."""

    category: str
    tag: tuple[str, str]
    from_inhabitants: int
    per_inhabitants: int


_KINDS = (
    _Kind("doctor", ("amenity", "doctors"), 900, 2_600),
    _Kind("doctor", ("amenity", "dentist"), 2_400, 4_500),
    _Kind("doctor", ("amenity", "hospital"), 11_500, 50_000),
    _Kind("pharmacy", ("amenity", "pharmacy"), 1_400, 4_500),
    _Kind("school", ("amenity", "school"), 1_000, 3_200),
    _Kind("school", ("amenity", "kindergarten"), 450, 3_000),
    _Kind("shop", ("shop", "supermarket"), 1_200, 3_000),
    _Kind("shop", ("shop", "bakery"), 600, 3_000),
    _Kind("shop", ("shop", "doityourself"), 6_000, 12_000),
    _Kind("office", ("amenity", "townhall"), 2_000, 50_000),
    _Kind("office", ("amenity", "bank"), 2_200, 7_000),
    _Kind("office", ("amenity", "post_office"), 2_000, 50_000),
    _Kind("work", ("office", "company"), 700, 2_200),
    _Kind("leisure", ("amenity", "community_centre"), 300, 50_000),
    _Kind("leisure", ("leisure", "sports_hall"), 1_500, 7_000),
    _Kind("leisure", ("amenity", "library"), 2_400, 50_000),
    _Kind("leisure", ("amenity", "place_of_worship"), 260, 6_000),
    _Kind("leisure", ("amenity", "restaurant"), 800, 2_500),
)


def make_pois(net: RoadNet, facts: Facts, streets: dict[str, tuple[int, ...]], rng: np.random.Generator) -> list[Poi]:
    """The destinations of every place in the district, beside its streets and the nearer to its middle the sooner."""
    pois: list[Poi] = []
    for place in facts.places:
        if place.is_inside:
            pois += _pois_of(net, place, streets[place.name], rng)
    return pois


def _pois_of(net: RoadNet, place: Place, nodes: tuple[int, ...], rng: np.random.Generator) -> Iterator[Poi]:
    sites = _sites(net, place, nodes, rng)
    names: set[str] = set()
    for kind in _KINDS:
        if place.inhabitants < kind.from_inhabitants:
            continue
        for _ in range(1 + (place.inhabitants - kind.from_inhabitants) // kind.per_inhabitants):
            site = next(sites, None)
            if site is None:
                return
            name = _name(kind.tag[1], place, rng)
            while name in names:
                name = f"{name} {_surname(rng)}"
            names.add(name)
            yield Poi(name, kind.category, *unproject(*site), place.name, kind.tag)


def _sites(
    net: RoadNet, place: Place, nodes: tuple[int, ...], rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Doors beside the nodes of the streets, mostly from the middle outwards, not two in one spot."""
    away = [math.dist(net.point(node), (place.x, place.y)) * float(rng.uniform(0.4, 1.6)) for node in nodes]
    taken: list[tuple[float, float]] = []
    for _, node in sorted(zip(away, nodes, strict=True)):
        angle = float(rng.uniform(0, 2 * math.pi))
        x, y = net.point(node)
        site = x + DOOR_M * math.cos(angle), y + DOOR_M * math.sin(angle)
        if all(math.dist(site, other) > MIN_SPACING_M for other in taken):
            taken.append(site)
            yield site


def _surname(rng: np.random.Generator) -> str:
    return _SURNAMES[int(rng.integers(len(_SURNAMES)))]


def _name(value: str, place: Place, rng: np.random.Generator) -> str:
    """A plausible name; surnames are common ones of the region and mean nobody."""
    surname = _surname(rng)
    named = {
        "doctors": f"Hausarztpraxis {surname}",
        "dentist": f"Zahnarztpraxis {surname}",
        "hospital": f"Krankenhaus {place.name}",
        "pharmacy": f"{_PHARMACIES[int(rng.integers(len(_PHARMACIES)))]}-Apotheke",
        "school": f"{_SCHOOLS.get(place.kind, 'Grundschule')} {place.name}",
        "kindergarten": f"Kita {('Storchennest', 'Spatzennest', 'Wirbelwind', 'Regenbogen')[int(rng.integers(4))]}",
        "supermarket": f"Landmarkt {place.name}",
        "bakery": f"Bäckerei {surname}",
        "doityourself": f"Bau- und Gartenmarkt {surname}",
        "townhall": f"Rathaus {place.name}" if place.is_town else f"Gemeindebüro {place.name}",
        "bank": f"Landbank {place.name}",
        "post_office": f"Postfiliale {place.name}",
        "company": f"{('Tischlerei', 'Landtechnik', 'Agrarhof', 'Metallbau')[int(rng.integers(4))]} {surname}",
        "community_centre": f"Dorfgemeinschaftshaus {place.name}" if not place.is_town else f"Bürgerhaus {place.name}",
        "sports_hall": f"Sporthalle {place.name}",
        "library": f"Bibliothek {place.name}",
        "place_of_worship": f"Kirche {place.name}",
        "restaurant": f"Gasthof {('Zum Kranich', 'Zur Linde', 'Am See', 'Zum Fährmann')[int(rng.integers(4))]}",
    }
    return named[value]
