"""What an OpenStreetMap file names and shows is read from it in one go."""

import json
from pathlib import Path

import pytest

from routing.osm_features import MapFeature, NamedFeature, NamedKind, iter_features, properties_text
from tests.real_district import shared_file
from tests.tiny_district import write_tiny_district
from tests.tiny_roads import lat_north_of_road


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> list[NamedFeature | MapFeature]:
    return list(iter_features(write_tiny_district(tmp_path_factory.mktemp("features")) / "roads.osm"))


def write(path: Path, body: str) -> list[NamedFeature | MapFeature]:
    path.write_text(f'<osm version="0.6">{body}</osm>', encoding="utf-8")
    return list(iter_features(path))


def node(number: int, lon: float, lat: float, **tags: str) -> str:
    inner = "".join(f'<tag k="{k.replace("__", ":")}" v="{v}"/>' for k, v in tags.items())
    return f'<node id="{number}" version="1" lon="{lon}" lat="{lat}">{inner}</node>'


def test_named_features_are_places_streets_addresses_and_points_of_interest(
    tiny: list[NamedFeature | MapFeature],
) -> None:
    named = [feature for feature in tiny if isinstance(feature, NamedFeature)]
    counts = {kind: sum(feature.kind is kind for feature in named) for kind in NamedKind}
    assert counts == {NamedKind.PLACE: 6, NamedKind.STREET: 11, NamedKind.ADDRESS: 24, NamedKind.POI: 8}
    house = next(f for f in named if f.kind is NamedKind.ADDRESS and f.house_number == "12a" and f.place == "Dößin")
    assert house.street == "Dorfstraße"
    assert house.lat == pytest.approx(lat_north_of_road(256), abs=1e-6), "the middle of its walls"


def test_a_multipolygon_keeps_its_hole(tiny: list[NamedFeature | MapFeature]) -> None:
    lake = next(f for f in tiny if isinstance(f, MapFeature) and f.name == "Inselsee")
    geometry = json.loads(lake.geometry)
    assert geometry["type"] == "MultiPolygon"
    assert [len(ring) for ring in geometry["coordinates"][0]] == [5, 5], "the shore and the island"


def test_what_the_file_holds_only_in_part_is_left_out(tmp_path: Path) -> None:
    refs = "".join(f'<nd ref="{ref}"/>' for ref in (1, 2, 3))
    way = f'<way id="1" version="1">{refs}{{}}<tag k="{{}}" v="{{}}"/><tag k="name" v="X"/></way>'
    cut = node(1, 11, 53) + node(3, 11.01, 53)
    assert write(tmp_path / "road.osm", cut + way.format("", "highway", "residential")) == []
    assert write(tmp_path / "wood.osm", cut + way.format('<nd ref="1"/>', "natural", "wood")) == []


def test_furniture_of_streets_is_nothing_one_looks_for(tmp_path: Path) -> None:
    address = {"addr__street": "Weg", "addr__housenumber": "3", "addr__city": "Ort"}
    found = write(
        tmp_path / "x.osm",
        node(1, 11, 53, amenity="bench", name="Bank am See")
        + node(2, 11, 53, railway="signal", name="Signal 7")
        + node(3, 11, 53, amenity="doctors", name="Praxis", **address),
    )
    assert [(f.kind, f.name, f.street, f.house_number, f.place) for f in found if isinstance(f, NamedFeature)] == [
        (NamedKind.POI, "Praxis", "Weg", "3", "Ort"),
        (NamedKind.ADDRESS, "", "Weg", "3", "Ort"),
    ]


def test_a_house_in_a_village_without_street_names_has_the_village_as_its_street(tmp_path: Path) -> None:
    (house,) = write(tmp_path / "x.osm", node(1, 11, 53, addr__place="Klein Dorf", addr__housenumber="5"))
    assert isinstance(house, NamedFeature)
    assert (house.street, house.house_number, house.place) == ("Klein Dorf", "5", "Klein Dorf")


def test_properties_are_written_without_the_empty_ones() -> None:
    assert properties_text(MapFeature("road", "primary", "", "B 5", "")) == '{"cls": "primary", "ref": "B 5"}'


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("parts", "buildings", "addresses"),
    [
        (("osm_modern_samples", "karlsruhe-kirchfeld.osm.pbf"), 2500, 1500),
        (("osm_modern_samples", "neuss-s11.osm.pbf"), 2000, 1400),
        (("north_bayreuth", "north-bayreuth.osm.gz"), 4000, 800),
    ],
)
def test_real_files_of_every_age_are_read(parts: tuple[str, str], buildings: int, addresses: int) -> None:
    features = list(iter_features(shared_file(*parts)))
    assert sum(isinstance(f, MapFeature) and f.layer == "building" for f in features) >= buildings
    assert sum(isinstance(f, NamedFeature) and f.kind is NamedKind.ADDRESS for f in features) >= addresses
    for feature in features:
        if isinstance(feature, MapFeature):
            assert json.loads(feature.geometry)["coordinates"]
