"""What somebody types finds the place that is meant."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.district import District, Village
from booking.district_files import read_district
from booking.gazetteer import Gazetteer, Hit
from booking.gazetteer_build import write_gazetteer
from booking.gazetteer_words import edits_between, likeness, words_of
from routing.osm_features import NamedFeature, NamedKind, iter_features
from tests.bayreuth import write_bayreuth_district
from tests.tiny_district import write_tiny_district
from tests.tiny_roads import lat_north_of_road, lon_east_of_altwiek


def named(path: Path) -> list[NamedFeature]:
    return [feature for feature in iter_features(path) if isinstance(feature, NamedFeature)]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    return read_district(write_tiny_district(tmp_path_factory.mktemp("gazetteer") / "tiny"))


@pytest.fixture(scope="module")
def gazetteer(district: District) -> Gazetteer:
    path = district.folder / "gazetteer.sqlite"
    write_gazetteer(path, district, named(district.folder / "roads.osm"))
    return Gazetteer(path)


def labels(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.label for hit in hits]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Altwiek", "Altwiek"),
        ("altwik", "Altwiek"),
        ("Atlwiek", "Altwiek"),
        ("Alt", "Altwiek"),
        ("Lübzow", "Lübzow"),
        ("Luebzow", "Lübzow"),
        ("lubzow", "Lübzow"),
        ("LÜBZOW", "Lübzow"),
        ("Lübsow", "Lübzow"),
        ("lü", "Lübzow"),
        ("l", "Lübzow"),
        ("Doessin", "Dößin"),
        ("dosin", "Dößin"),
        ("Brüllow", "Brüelow"),
        ("crmnitz markt", "Cramnitz, Markt"),
        ("markt cramnitz", "Cramnitz, Markt"),
        ("Eldehof, Siedlung", "Eldehof, Siedlung"),
        ("eldehof sidlung", "Eldehof, Siedlung"),
        ("altwiek bahnhof", "Altwiek, Bahnhof"),
        ("altwiek bhf", "Altwiek, Bahnhof"),
        ("bahnhof lübzo", "Bahnhof Lübzow"),
        ("hausarzt", "Hausarztpraxis Dr. Beispiel, Altwiek"),
        ("arzt altwiek", "Hausarztpraxis Dr. Beispiel, Altwiek"),
        ("löwenapotheke", "Löwen-Apotheke, Altwiek"),
        ("Loewen Apotheke", "Löwen-Apotheke, Altwiek"),
        ("kreisverwltung", "Kreisverwaltung, Lübzow"),
        ("grundschule", "Grundschule Cramnitz"),
        ("Dorfstraße 12a Brüelow", "Dorfstraße 12a, Brüelow"),
        ("dorfstr. 12 a brüelow", "Dorfstraße 12a, Brüelow"),
        ("brueelow dorfstrasse 12a", "Dorfstraße 12a, Brüelow"),
        ("Dorfstr 7 Dössin", "Dorfstraße 7, Dößin"),
        ("dorfstrase 7 dößin", "Dorfstraße 7, Dößin"),
        ("dorfstraße dößin", "Dorfstraße, Dößin"),
        ("dorfstraße 99 dößin", "Dorfstraße, Dößin"),
        ("landstr cramn", "Landstraße, Cramnitz"),
    ],
)
def test_what_is_typed_finds_first_what_is_meant(gazetteer: Gazetteer, typed: str, first: str) -> None:
    assert labels(gazetteer.search(typed))[:1] == [first]


@pytest.mark.parametrize("typed", ["", "  ", ",.-", "xyzxyz", "qqqq 12", "'; DROP TABLE entry", '"', "*", "AND OR"])
def test_nonsense_finds_nothing_and_does_no_harm(gazetteer: Gazetteer, typed: str) -> None:
    assert gazetteer.search(typed) == ()


def test_villages_and_our_stops_come_before_points_of_interest_streets_and_houses(gazetteer: Gazetteer) -> None:
    kinds = [hit.kind for hit in gazetteer.search("Cramnitz", limit=20)]
    assert kinds[:3] == ["place", "stop", "stop"]
    assert kinds == sorted(kinds, key=["place", "stop", "poi", "address"].index)


def test_a_stop_is_found_with_its_id_and_place(gazetteer: Gazetteer, district: District) -> None:
    hit = gazetteer.search("Lübzow, Markt")[0]
    stop = district.stop_by_id[hit.stop_id]  # type: ignore[index]
    assert (hit.kind, hit.lon, hit.lat, hit.place) == ("stop", stop.lon, stop.lat, "Lübzow")


def test_a_house_has_its_own_coordinates_not_those_of_the_street(gazetteer: Gazetteer) -> None:
    house, street = gazetteer.search("Dorfstraße 7 Dößin")[0], gazetteer.search("Dorfstraße Dößin")[0]
    assert house.kind == street.kind == "address"
    assert house.lon > street.lon
    assert house.lat == pytest.approx(lat_north_of_road(206), abs=1e-6), "the third square stands 200 to 212 m north"


def test_a_limit_is_kept(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.search("Dorfstraße 2", limit=3)) == 3
    assert gazetteer.search("Dorfstraße 2", limit=0) == ()


def test_every_label_finds_itself(gazetteer: Gazetteer) -> None:
    everything = gazetteer._connection.execute("SELECT label FROM entry UNION SELECT label FROM house").fetchall()
    assert len(everything) > 50
    for (label,) in everything:
        assert label in labels(gazetteer.search(label))[:1], label


def test_places_are_not_said_twice_and_namesakes_are_told_apart(district: District, tmp_path: Path) -> None:
    neuhof = Village("Neuhof", lon_east_of_altwiek(-5000), lat_north_of_road(0), 40, "hamlet")
    other = Village("Neuhof", lon_east_of_altwiek(30_000), lat_north_of_road(0), 50, "hamlet")
    more = replace(district, villages=(*district.villages, neuhof, other))
    on_the_map = NamedFeature(NamedKind.PLACE, "hamlet", "Neuhof", neuhof.lon, neuhof.lat)
    write_gazetteer(tmp_path / "g", more, [on_the_map])
    found = Gazetteer(tmp_path / "g").search("Neuhof")
    assert labels(found) == ["Neuhof (bei Lübzow)", "Neuhof (bei Altwiek)"]


def test_what_stands_on_the_map_as_well_as_in_the_folder_is_shown_once(district: District, tmp_path: Path) -> None:
    station = next(stop for stop in district.stops if stop.name == "Lübzow, Markt")
    beside = replace(district.destinations[0], name="Markt", place="Lübzow", lon=station.lon + 0.001, lat=station.lat)
    write_gazetteer(tmp_path / "g", replace(district, destinations=(beside,)), [])
    (found, *_) = hits = Gazetteer(tmp_path / "g").search("Lübzow Markt")
    assert found.stop_id == station.id, "the stop, which needs no way on foot"
    assert len(labels(hits)) == len(set(labels(hits)))


def test_a_village_without_street_names_has_houses_by_its_own_name(district: District, tmp_path: Path) -> None:
    lon, lat = lon_east_of_altwiek(7000), lat_north_of_road(900)
    house = NamedFeature(NamedKind.ADDRESS, "", "", lon, lat, street="Klein Dorf", house_number="5", place="Brüelow")
    write_gazetteer(tmp_path / "g", district, [house])
    assert labels(Gazetteer(tmp_path / "g").search("kl dorf 5")) == ["Klein Dorf 5, Brüelow"]
    assert labels(Gazetteer(tmp_path / "g").search("Kl. Dorf 5 brüelow"))[0] == "Klein Dorf 5, Brüelow"


def test_many_threads_may_search_at_once(gazetteer: Gazetteer) -> None:
    wanted = gazetteer.search("lübzow markt")
    wrong: list[object] = []

    def look() -> None:
        wrong.extend(found for _ in range(20) if (found := gazetteer.search("lübzow markt")) != wanted)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.text(max_size=30))
def test_any_text_at_all_is_answered(text: str) -> None:
    assert isinstance(words_of(text), tuple)
    for word in words_of(text):
        assert likeness(word, word) == 1


words = st.text("abcde", min_size=1, max_size=8)


@given(words, words, st.integers(0, 8))
def test_edits_are_those_of_the_plain_recursive_definition(a: str, b: str, limit: int) -> None:
    def edits(i: int, j: int, known: dict[tuple[int, int], int]) -> int:
        if (i, j) in known:
            return known[i, j]
        if i == 0 or j == 0:
            return max(i, j)
        best = min(
            edits(i - 1, j, known) + 1,
            edits(i, j - 1, known) + 1,
            edits(i - 1, j - 1, known) + (a[i - 1] != b[j - 1]),
        )
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            best = min(best, edits(i - 2, j - 2, known) + 1)
        known[i, j] = best
        return best

    assert edits_between(a, b, limit) == min(edits(len(a), len(b), {}), limit + 1)


@pytest.mark.shared_data
def test_in_a_real_countryside_every_label_finds_itself_and_typing_is_not_kept_waiting(tmp_path: Path) -> None:
    district = read_district(write_bayreuth_district(tmp_path / "bayreuth"))
    write_gazetteer(tmp_path / "g", district, named(Path(district.sources.roads)))
    gazetteer = Gazetteer(tmp_path / "g")
    rows = gazetteer._connection.execute("SELECT label FROM entry UNION SELECT label FROM house")
    everything = [label for (label,) in rows]
    began = time.process_time()
    missed = [label for label in everything if label not in labels(gazetteer.search(label))]
    assert missed == []
    assert (time.process_time() - began) / len(everything) < 0.05, "2 ms measured; a wide margin for slow machines"
    assert labels(gazetteer.search("Neudrosenfeld"))[0] == "Neudrossenfeld"
    assert labels(gazetteer.search("ramsental"))[0] == "Ramsenthal"
