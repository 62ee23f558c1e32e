"""Each parameter of the forms of service, in the made-up town, with its answer computed by hand.

West: Altwiek (hub), Brüelow, Cramnitz, 5 km apart; east: Dößin, Eldehof, Lübzow (hub). A form of service is named for
the west; the east stays free.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from booking.day import open_day
from booking.district import LineDay, SwitchedDay
from booking.enquiry_search import Network
from booking.forms import GuideWindow, Joint, guide_windows, is_school_day, service_date
from booking.model import Answer, LineLeg, OfferId, OfferKind, Party, Reason, RideLeg, StopId
from booking.offers import ranked
from booking.rulebook_forms import Direction
from booking.rules import area_pairs
from routing.model import ShiftId, TimeWindow
from tests.booking.rule_cases import Days, answer_of, covers, rules_of, search_of, under
from tests.tiny_network import enquiry_of, local, service_day

H = 3600
TUESDAY, SATURDAY, SUNDAY, SUMMER = (date(2026, 3, 3), date(2026, 3, 7), date(2026, 3, 8), date(2026, 7, 14))
STOPS = {"a": "altwiek-markt", "b": "brueelow-markt", "c": "cramnitz-markt", "d": "doessin-markt", "l": "luebzow-markt"}


def form(text: str, departures: str = "") -> str:
    bound = f"\n[[version.form.departures]]\n{departures}\n" if departures else ""
    return f'\n[[version.form]]\nname = "west"\n{text}\n{bound}'


def joins(network: Network, pair: str, add: str, on: date | None = None) -> set[str]:
    """The directions in which a pair of towns, as ``ab``, is joined."""
    rules = rules_of(add=add)
    pairs = area_pairs(under(network, rules).district, rules, on)
    return {joint.direction.value for joint in pairs.joints(StopId(STOPS[pair[0]]), StopId(STOPS[pair[1]]))}


@covers("allows_area_to_area")
@pytest.mark.parametrize(("allowed", "expected"), [("false", set()), ("true", {"across"})])
def test_rides_from_area_to_area_are_a_rule(tiny: Network, allowed: str, expected: set[str]) -> None:
    rules = rules_of(("allows_area_to_area = false", f"allows_area_to_area = {allowed}"))
    pairs = area_pairs(tiny.district, rules)
    assert {j.direction.value for j in pairs.joints(StopId("cramnitz-markt"), StopId("doessin-markt"))} == expected


@covers("service.forms.directions")
@pytest.mark.parametrize(
    ("directions", "joined"),
    [
        ('["to_hub"]', {"ba": {"to_hub"}, "ab": set(), "bc": set()}),
        ('["to_hub", "from_hub"]', {"ba": {"to_hub"}, "ab": {"from_hub"}, "bc": set()}),
        ('["within"]', {"ba": set(), "ab": set(), "bc": {"within"}}),
        ("[]", {"ba": {"to_hub"}, "ab": {"from_hub"}, "bc": {"within"}, "cd": set()}),
    ],
)
def test_a_form_names_its_directions(tiny: Network, directions: str, joined: dict[str, set[str]]) -> None:
    add = form(f'areas = ["west"]\ndirections = {directions}')
    assert {pair: joins(tiny, pair, add) for pair in joined} == joined


def test_rides_across_need_a_form_of_both_areas(tiny: Network) -> None:
    west = form('areas = ["west"]\ndirections = ["within", "across"]')
    both = form('areas = ["west", "east"]\ndirections = ["within", "across"]')
    assert joins(tiny, "cd", west) == set()
    assert joins(tiny, "cd", both) == {"across"}


@covers("service.forms.areas")
def test_a_form_without_areas_is_for_those_that_no_other_names(tiny: Network) -> None:
    add = (
        form('areas = ["west"]\ndirections = ["within"]')
        + '\n[[version.form]]\nname = "rest"\ndirections = ["to_hub"]\n'
    )
    assert joins(tiny, "bc", add) == {"within"}
    assert joins(tiny, "ba", add) == set()
    assert joins(tiny, "dl", add) == {"to_hub"}
    assert joins(tiny, "ld", add) == set()
    assert joins(tiny, "ld", form('areas = ["west"]\ndirections = ["within"]')) == {"from_hub"}, "unnamed: free"


@covers("service.forms.name")
def test_an_explanation_of_a_pair_names_its_form(tiny: Network) -> None:
    rules = rules_of(add=form('areas = ["west"]'))
    (joint,) = area_pairs(tiny.district, rules).joints(StopId("brueelow-markt"), StopId("cramnitz-markt"))
    assert joint.form.name == "west"


@covers("service.forms.days", "service.forms.school")
@pytest.mark.parametrize(
    ("text", "runs_on"),
    [
        ("", {TUESDAY, SATURDAY, SUNDAY, SUMMER}),
        ('days = ["weekday"]', {TUESDAY, SUMMER}),
        ('days = ["saturday", "sunday_or_holiday"]', {SATURDAY, SUNDAY}),
        ('school_days = "only"', {TUESDAY}),
        ('school_days = "never"', {SATURDAY, SUNDAY, SUMMER}),
        ('days = ["weekday"]\nschool_days = "never"', {SUMMER}),
    ],
)
def test_a_form_runs_on_its_kinds_of_day(tiny: Network, text: str, runs_on: set[date]) -> None:
    add = form('areas = ["west"]\n' + text)
    assert {on for on in (TUESDAY, SATURDAY, SUNDAY, SUMMER) if joins(tiny, "bc", add, on)} == runs_on
    assert joins(tiny, "dl", add, SUNDAY), "the east runs daily"


def test_on_a_day_without_its_form_there_is_no_service_rather_than_no_way(tiny: Network) -> None:
    network = under(tiny, rules_of(add=form('areas = ["west"]\nschool_days = "never"')))
    answer = answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "10:00"))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.NO_SERVICE_THAT_DAY


def test_a_switched_day_counts_as_the_day_it_is_like(tiny: Network) -> None:
    assert is_school_day(tiny.district, TUESDAY)
    snow = replace(tiny.district, switched_days=(SwitchedDay(TUESDAY, LineDay.SCHOOL_HOLIDAY, "snow"),))
    assert not is_school_day(snow, TUESDAY)
    like_summer = replace(tiny.district, switched_days=(SwitchedDay(TUESDAY, SUMMER, "decree"),))
    assert not is_school_day(like_summer, TUESDAY)


def windows(network: Network, add: str, pair: str = "ba", on: date = TUESDAY) -> list[tuple[int, int, int | None]]:
    """When rides of a pair begin, in minutes of the day with their guide times."""
    rules = rules_of(add=add)
    district = under(network, rules).district
    day = service_date(district, on)
    found: list[GuideWindow] = []
    for joint in area_pairs(district, rules, on).joints(StopId(STOPS[pair[0]]), StopId(STOPS[pair[1]])):
        found += guide_windows(joint, day)
    return [
        (g.window.earliest_s // 60, g.window.latest_s // 60, None if g.guide_s is None else g.guide_s // 60)
        for g in found
    ]


@covers("service_hours")
@pytest.mark.parametrize(
    ("at", "expected"),
    [("05:29", Reason.OUTSIDE_SERVICE_HOURS), ("05:30", None), ("22:30", Reason.OUTSIDE_SERVICE_HOURS)],
)
def test_the_service_has_its_hours(tiny: Network, at: str, expected: Reason | None) -> None:
    network = under(tiny, rules_of(('weekday = ["05:00", "23:00"]', 'weekday = ["05:30", "22:30"]')))
    answer = answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", at), "2026-03-02 12:00")
    assert (None if answer.refusal is None else answer.refusal.explanation.reason) is expected


@covers("service.forms.hours")
def test_a_form_may_have_shorter_hours_than_the_service(tiny: Network) -> None:
    add = form('areas = ["west"]\nhours = ["09:00", "12:00"]')
    assert windows(tiny, add) == [(9 * 60, 12 * 60, None)]
    assert windows(tiny, add + '[[version.form.departures]]\ntimes = ["08:00", "10:00"]\n') == [(600, 600, 600)]
    network = under(tiny, rules_of(add=add))
    early = answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "08:50"))
    assert min(ride.departure_at for offer in early.offers for ride in offer.rides()) >= local("09:00")
    late = answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "12:30"))
    assert late.refusal is not None


@covers("service.forms.stop_order")
def test_a_corridor_has_its_order_and_leaves_out_other_stops(tiny: Network) -> None:
    add = form('areas = ["west"]\nstop_order = ["cramnitz-markt", "brueelow-markt", "altwiek-markt"]')
    one_way = add + 'directions = ["to_hub"]\n'
    assert joins(tiny, "cb", add) == {"to_hub"}
    assert joins(tiny, "bc", add) == {"from_hub"}
    assert joins(tiny, "ca", one_way) == {"to_hub"}
    assert joins(tiny, "ac", one_way) == set()
    assert joins(tiny, "cb", one_way) == {"to_hub"}, "one may get off on the way"
    short = form('areas = ["west"]\nstop_order = ["cramnitz-markt", "altwiek-markt"]')
    assert joins(tiny, "ba", short) == set()


@covers(
    "service.forms.departures.guide_times_s",
    "service.forms.departures.directions",
    "service.forms.departures.days",
    "service.forms.departures.school",
    "service.forms.departures.earlier_s",
    "service.forms.departures.later_s",
)
@pytest.mark.parametrize(
    ("departures", "pair", "on", "expected"),
    [
        ('times = ["10:00", "08:00"]', "ba", TUESDAY, [(480, 480, 480), (600, 600, 600)]),
        ('times = ["08:00"]\nearlier_min = 5\nlater_min = 10', "ba", TUESDAY, [(475, 490, 480)]),
        ('every_min = 30\nfirst = "08:00"\nlast = "09:15"', "bc", TUESDAY, [(480,) * 3, (510,) * 3, (540,) * 3]),
        ('times = ["08:00"]\ndirections = ["to_hub"]', "ba", TUESDAY, [(480, 480, 480)]),
        ('times = ["08:00"]\ndirections = ["to_hub"]', "ab", TUESDAY, [(0, 1800, None)]),
        ('times = ["08:00"]\ndays = ["saturday"]', "ba", SATURDAY, [(480, 480, 480)]),
        ('times = ["08:00"]\ndays = ["saturday"]', "ba", TUESDAY, []),
        ('times = ["08:00"]\nschool_days = "only"', "ba", TUESDAY, [(480, 480, 480)]),
        ('times = ["08:00"]\nschool_days = "only"', "ba", SUMMER, []),
        ('times = ["08:00"]\nschool_days = "never"', "ba", SUMMER, [(480, 480, 480)]),
    ],
)
def test_guide_times_bind_the_rides_they_name(
    tiny: Network, departures: str, pair: str, on: date, expected: list[tuple[int, int, int | None]]
) -> None:
    assert windows(tiny, form('areas = ["west"]', departures), pair, on) == expected


@covers("service.forms.departures.is_at_hub")
def test_a_guide_time_at_the_hub_is_when_rides_to_it_arrive(tiny: Network) -> None:
    rules = rules_of(add=form('areas = ["west"]', 'times = ["10:00"]\nearlier_min = 10\nat_hub = true'))
    to_hub = Joint(rules.service.forms[0], Direction.TO_HUB)
    day = service_date(tiny.district, TUESDAY)
    guide = GuideWindow(TimeWindow(10 * H - 600, 10 * H), 10 * H, is_dropoff=True)
    assert guide_windows(to_hub, day) == (guide,)
    assert not guide_windows(replace(to_hub, direction=Direction.FROM_HUB), day)[0].is_dropoff
    # From Cramnitz it is a ride of ten kilometres: it begins about ten minutes before, at whatever time is wished.
    network = under(tiny, rules)
    wished = enquiry_of(tiny, "cramnitz-siedlung", "altwiek-siedlung", "09:20", party=Party(1, walking_frames=1))
    # (the estate of streets in Altwiek is no hub)
    assert direct(answer_of(network, wished)).guide_at == local("10:00")
    to_the_hub = replace(wished, destination=enquiry_of(tiny, "cramnitz-markt", "altwiek-markt", "09:20").destination)
    ride = direct(answer_of(network, to_the_hub))
    assert local("09:50") <= ride.arrival_at <= local("10:00")


def direct(answer: Answer) -> RideLeg:
    """The ride all the way of an answer."""
    return next(offer for offer in answer.offers if offer.kind is OfferKind.ON_DEMAND).rides()[0]


def test_the_promised_time_may_differ_from_the_guide_time_and_both_are_told(tiny: Network) -> None:
    add = form('areas = ["west"]', 'times = ["09:10", "11:10"]\nearlier_min = 5\nlater_min = 10')
    network = under(tiny, rules_of(add=add))
    ride = direct(answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "09:00")))
    assert ride.guide_at == local("09:10")
    assert local("09:05") <= ride.promise.pickup_from_at <= ride.departure_at <= ride.promise.pickup_to_at
    assert ride.promise.pickup_to_at <= local("09:20")


def test_between_two_departures_both_are_named_and_the_nearest_is_offered(tiny: Network) -> None:
    add = form('areas = ["west"]', 'times = ["20:10", "22:10"]\nlater_min = 10')
    network = under(tiny, rules_of(add=add))
    answer = answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", "21:00"))
    assert answer.refusal is not None
    assert answer.refusal.explanation.reason is Reason.BETWEEN_DEPARTURES
    assert answer.refusal.explanation.params == {"before_at": local("20:10"), "after_at": local("22:10")}
    nearest = answer.refusal.alternatives[0].rides()[0]
    assert nearest.guide_at in {local("20:10"), local("22:10")}


def test_a_raster_brings_riders_together(tiny: Network) -> None:
    add = form('areas = ["west"]', 'every_min = 30\nfirst = "05:00"\nlast = "22:00"\nlater_min = 3')
    network = under(tiny, rules_of(add=add))
    for at in ("09:50", "10:05", "10:29"):
        ride = direct(answer_of(network, enquiry_of(tiny, "brueelow-siedlung", "cramnitz-siedlung", at)))
        past_the_half_hour = (ride.departure_at - local("00:00")) % timedelta(minutes=30)
        assert past_the_half_hour <= timedelta(minutes=3)


def test_a_ride_to_a_line_keeps_to_the_guide_times(tiny: Network) -> None:
    add = form('areas = ["west"]', 'times = ["10:30"]\ndirections = ["to_hub"]')
    network = under(tiny, rules_of(add=add))
    answer = answer_of(network, enquiry_of(tiny, "cramnitz-markt", "luebzow-markt", "10:00"))
    offer = next(offer for offer in answer.offers if offer.kind is OfferKind.COMBINED)
    assert offer.rides()[0].departure_at == local("10:30")
    assert any(isinstance(leg, LineLeg) for leg in offer.legs)


@covers("service.overflow.owners", "service.overflow.cost_factor")
def test_overflow_vehicles_drive_only_where_no_other_fits(tiny: Network) -> None:
    # From 16:00 the taxi stands in Cramnitz, 5 km from Brüelow; bus 1 in Altwiek would drive as far, and the taxi is
    # the nearest for Cramnitz itself.
    add = '\n[version.overflow]\nowners = ["Taxi Reihendorf"]\ncost_factor = 3\n'
    wish = enquiry_of(tiny, "cramnitz-siedlung", "brueelow-siedlung", "21:00")
    for network, shift in ((tiny, "taxi-evening"), (under(tiny, rules_of(add=add)), "west-late")):
        answer = answer_of(network, wish, days=(days := Days(network)))
        assert answer.offers
        day = days.by_date[TUESDAY]
        taxi = day.shifts[ShiftId("taxi-evening")]
        assert taxi.costs.drive_s_factor == (1 if network is tiny else 3)
        assert served_by(network, wish) == shift
    party = enquiry_of(tiny, "cramnitz-siedlung", "brueelow-siedlung", "2026-03-07 23:30")
    assert served_by(under(tiny, rules_of(add=add)), party) == "taxi-evening", "nobody else drives so late"


def served_by(network: Network, wish: object) -> str:
    """The shift whose run takes a wish on an empty day."""
    from booking.bookings import place  # noqa: PLC0415 - the one test that books

    answer = answer_of(network, wish)  # type: ignore[arg-type]
    offer = next(offer for offer in answer.offers if offer.kind is OfferKind.ON_DEMAND)
    placed = place(
        offer, open_day(network.district, service_day(network, str(offer.service_on))), network, local("06:00")
    )
    assert placed is not None
    return next(shift for shift, run in placed.plan.runs.items() if run.request_ids())


TEN = timedelta(minutes=10)
LATE = ("cramnitz-siedlung", "doessin-siedlung", "22:20")
"""At 22:20 no train can be reached any more that a ride would still meet before 23:00."""


@covers("joins_areas_without_line")
def test_where_no_line_joins_two_areas_in_time_a_ride_may(tiny: Network) -> None:
    never = "allows_area_to_area = false"
    allowed = under(tiny, rules_of((never, f"{never}\njoins_areas_without_line = true")))
    refusal = answer_of(tiny, enquiry_of(tiny, *LATE)).refusal
    assert refusal is not None
    assert refusal.explanation.reason is Reason.AREAS_NOT_CONNECTED
    (offer,) = answer_of(allowed, enquiry_of(tiny, *LATE)).offers
    (ride,) = offer.rides()
    assert (ride.pickup_stop, ride.dropoff_stop) == ("cramnitz-siedlung", "doessin-siedlung")
    assert offer.departure_at >= local("22:20")
    # At 22:00 a line would go, but nobody drives to its hub in time.
    refusal = answer_of(tiny, enquiry_of(tiny, *LATE[:2], "22:00")).refusal
    assert refusal is not None
    assert refusal.explanation.reason is Reason.NO_VEHICLE_FREE
    (offer,) = answer_of(allowed, enquiry_of(tiny, *LATE[:2], "22:00")).offers
    assert (offer.kind, offer.departure_at) == (OfferKind.ON_DEMAND, local("22:00"))
    by_day = answer_of(allowed, enquiry_of(tiny, *LATE[:2], "10:00"))
    assert {o.kind for o in by_day.offers} <= {OfferKind.COMBINED, OfferKind.LINE}, "lines go first while they go"


@covers("rank_extra_s")
@pytest.mark.parametrize(("minutes", "first"), [(0, "quick"), (9, "quick"), (10, "cheap"), (30, "cheap")])
def test_of_offers_that_are_nearly_as_good_the_cheapest_for_the_service_comes_first(
    tiny: Network, minutes: int, first: str
) -> None:
    """The cheap one leaves, and arrives, ten minutes later."""
    rules = rules_of(("allows_area_to_area = false", f"allows_area_to_area = false\nrank_extra_min = {minutes}"))
    network, enquiry = under(tiny, rules), enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00")
    (offer,) = [o for o in answer_of(network, enquiry).offers if o.kind is OfferKind.ON_DEMAND]
    (leg,) = offer.rides()
    later = replace(leg, departure_at=leg.departure_at + TEN, arrival_at=leg.arrival_at + TEN)
    quick = replace(offer, id=OfferId("quick"), added_cost=9.0)
    cheap = replace(offer, id=OfferId("cheap"), added_cost=2.0, legs=(later,))
    assert ranked(search_of(network, enquiry), [cheap, quick])[0].id == first
