import pytest

from routing.osm_access import (
    Barrier,
    Directions,
    Dropped,
    Passage,
    is_blocked,
    is_closed_at_times,
    read_barrier,
    read_directions,
)

OPEN, CLOSED, DESTINATION = Passage.OPEN, Passage.CLOSED, Passage.DESTINATION


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ("highway=residential", OPEN, OPEN),
        ("highway=residential oneway=yes", OPEN, CLOSED),
        ("highway=residential oneway=-1", CLOSED, OPEN),
        ("highway=residential junction=roundabout", OPEN, CLOSED),
        ("highway=residential junction=roundabout oneway=no", OPEN, OPEN),
        ("highway=motorway", OPEN, CLOSED),
        ("highway=motorway_link", OPEN, OPEN),
        ("highway=residential oneway=yes oneway:psv=no", OPEN, OPEN),
        ("highway=residential oneway=yes oneway:bus=no", OPEN, OPEN),
        ("highway=residential oneway:psv=yes", OPEN, CLOSED),
        ("highway=residential oneway=yes busway:left=opposite_lane", OPEN, OPEN),
        ("highway=residential oneway=yes oneway:bicycle=no", OPEN, CLOSED),
        ("highway=residential motor_vehicle:backward=no", OPEN, CLOSED),
        ("highway=residential motor_vehicle=no bus:forward=yes", OPEN, CLOSED),
        ("highway=residential access=no bus=yes", OPEN, OPEN),
        ("highway=residential access=no psv=designated", OPEN, OPEN),
        ("highway=residential motor_vehicle=destination", DESTINATION, DESTINATION),
        ("highway=service access=customers", DESTINATION, DESTINATION),
        ("highway=residential access=yes;delivery", OPEN, OPEN),
        ("highway=pedestrian bus=yes", OPEN, OPEN),
        ("highway=service service=parking_aisle psv=yes", OPEN, OPEN),
        ("highway=track tracktype=grade2", OPEN, OPEN),
        ("highway=track surface=asphalt", OPEN, OPEN),
        ("highway=busway", OPEN, OPEN),
        ("highway=residential oneway=yes lanes:psv:backward=1", OPEN, OPEN),
        ("highway=residential oneway=yes lanes:psv:backward=0", OPEN, CLOSED),
        ("highway=residential motor_vehicle:conditional=no@(Mo-Fr)", OPEN, OPEN),
        ("route=ferry motor_vehicle=yes", OPEN, OPEN),
        ("route=ferry motorcar=designated oneway=yes", OPEN, CLOSED),
    ],
)
def test_a_way_may_be_driven_in_the_directions_its_tags_say(tags: str, forward: Passage, backward: Passage) -> None:
    assert read_directions(_read(tags)) == Directions(forward, backward)


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("highway=footway", Dropped.NOT_FOR_VEHICLES),
        ("highway=construction", Dropped.NOT_BUILT),
        ("highway=residential psv=no", Dropped.CLOSED),
        ("highway=service access=delivery", Dropped.CLOSED),
        ("route=ferry", Dropped.FERRY),
        ("route=ferry access=yes foot=yes", Dropped.FERRY),
        ("route=ferry motor_vehicle=private", Dropped.FERRY),
        ("highway=pedestrian", Dropped.NOT_FOR_VEHICLES),
        ("highway=residential access=private", Dropped.CLOSED),
        ("highway=residential motor_vehicle=agricultural;forestry", Dropped.CLOSED),
        ("highway=residential access=yes bus=no", Dropped.CLOSED),
        ("highway=residential access=nonsense", Dropped.CLOSED),
        ("highway=residential oneway=yes motor_vehicle:forward=no", Dropped.CLOSED),
        ("highway=track", Dropped.ROUGH_TRACK),
        ("highway=track tracktype=grade3", Dropped.ROUGH_TRACK),
        ("highway=track surface=ground", Dropped.ROUGH_TRACK),
        ("highway=service service=parking_aisle", Dropped.MINOR_SERVICE),
        ("highway=residential area=yes", Dropped.AREA),
        ("highway=residential maxheight=2.5", Dropped.TOO_SMALL),
        ("highway=residential maxwidth=2", Dropped.TOO_SMALL),
        ("highway=residential maxweight=3.5", Dropped.TOO_SMALL),
        ("highway=primary oneway=reversible", Dropped.REVERSIBLE),
    ],
)
def test_a_way_that_may_not_be_driven_has_a_reason(tags: str, reason: Dropped) -> None:
    assert read_directions(_read(tags)) is reason


@pytest.mark.parametrize(
    ("tags", "barrier"),
    [
        ("barrier=bollard", Barrier.SOLID),
        ("barrier=bollard bus=yes", Barrier.NONE),
        ("barrier=gate", Barrier.GATE),
        ("barrier=gate access=private", Barrier.SOLID),
        ("barrier=gate access=permissive", Barrier.NONE),
        ("barrier=cattle_grid", Barrier.NONE),
        ("barrier=kerb", Barrier.NONE),
        ("barrier=gate locked=yes", Barrier.SOLID),
        ("barrier=height_restrictor", Barrier.SOLID),
        ("barrier=height_restrictor maxheight=2.1", Barrier.SOLID),
        ("barrier=height_restrictor maxheight=3.5", Barrier.NONE),
        ("highway=crossing", Barrier.NONE),
    ],
)
def test_a_barrier_is_what_its_kind_and_access_tags_say(tags: str, barrier: Barrier) -> None:
    assert read_barrier(_read(tags)) is barrier


def test_an_unmarked_gate_closes_a_track_but_not_a_street() -> None:
    assert is_blocked(Barrier.GATE, "track")
    assert is_blocked(Barrier.GATE, "service")
    assert not is_blocked(Barrier.GATE, "residential")
    assert is_blocked(Barrier.SOLID, "residential")


@pytest.mark.parametrize(
    ("condition", "is_closed"),
    [("no @ (Mo-Fr 07:00-08:00)", True), ("private @ (Nov-Mar)", True), ("yes @ (20:00-06:00)", False), ("", False)],
)
def test_a_condition_that_closes_a_way_at_times_is_noticed(condition: str, *, is_closed: bool) -> None:
    assert is_closed_at_times({"highway": "residential", "motor_vehicle:conditional": condition}) is is_closed


def _read(text: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in text.split())
