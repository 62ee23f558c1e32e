"""Each parameter about ordering, in the made-up town, with its answer computed by hand.

Tuesday 2026-03-03 is an ordinary day; the desk is open from 06:00 to 20:00 on weekdays, from 08:00 to 16:00 on
Saturdays, not at all on Sundays. The general lead time is an hour.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from booking.bookings import place
from booking.deadlines import Ordering, is_desk_open, next_desk_opening
from booking.enquiry_search import Network
from booking.late_quota import early_places, full_hours, without_full_hours
from booking.model import Answer, Channel, Enquiry, OfferKind, Party, Reason, Timing
from booking.no_show_rule import refuse_after_no_shows
from booking.rules import refuse_enquiry
from booking.soft_deadline import is_on_the_way
from routing.model import Action, RequestId, Run, TimeWindow, Visit
from tests.booking.rule_cases import Days, answer_of, covers, rules_of, search_of, under
from tests.tiny_network import enquiry_of, local, service_day

H = 3600


def refused(
    network: Network, enquiry: Enquiry, now: str, *changes: tuple[str, str], add: str = ""
) -> tuple[Reason, dict[str, object]] | None:
    """The reason and figures with which the rules refuse an enquiry."""
    rules = rules_of(*changes, add=add)
    district = under(network, rules).district
    on = enquiry.wished_at.astimezone(district.zone).date().isoformat()
    found = refuse_enquiry(enquiry, district, rules, service_day(network, on), local(now))
    return None if found is None else (found.reason, dict(found.params))


def wish(
    network: Network, at: str, channel: Channel = Channel.WEB, persons: int = 1, *, by_staff: bool = False
) -> Enquiry:
    enquiry = enquiry_of(network, "brueelow-markt", "cramnitz-markt", at, party=Party(persons))
    return replace(enquiry, channel=channel, by_staff=by_staff)


def reason(found: tuple[Reason, dict[str, object]] | None) -> Reason | None:
    return None if found is None else found[0]


@covers("lead_s")
@pytest.mark.parametrize(
    ("channel", "now", "expected"),
    [
        (Channel.WEB, "09:00", None),
        (Channel.WEB, "09:01", Reason.TOO_LATE_TO_ORDER),
        (Channel.PHONE, "08:00", None),
        (Channel.PHONE, "08:01", Reason.TOO_LATE_TO_ORDER),
        (Channel.API, "09:30", None),
        (Channel.API, "09:31", Reason.TOO_LATE_TO_ORDER),
    ],
)
def test_each_channel_has_its_lead_time(tiny: Network, channel: Channel, now: str, expected: Reason | None) -> None:
    leads = (("phone = 60", "phone = 120"), ("api = 60", "api = 30"))
    assert reason(refused(tiny, wish(tiny, "10:00", channel), now, *leads)) is expected


@covers("horizon_days")
def test_nothing_is_ordered_more_days_ahead_than_the_horizon(tiny: Network) -> None:
    seven = ("horizon_days = 28", "horizon_days = 7")
    assert refused(tiny, wish(tiny, "2026-03-10 10:00"), "2026-03-03 10:00", seven) is None
    found = refused(tiny, wish(tiny, "2026-03-10 10:01"), "2026-03-03 10:00", seven)
    assert found == (Reason.TOO_FAR_AHEAD, {"days": 7})


@covers("max_party", "max_party_online")
@pytest.mark.parametrize(
    ("persons", "channel", "expected"),
    [
        (3, Channel.WEB, None),
        (4, Channel.WEB, Reason.BY_PHONE_ONLY),
        (4, Channel.PHONE, None),
        (6, Channel.PHONE, None),
        (7, Channel.PHONE, Reason.PARTY_TOO_LARGE),
    ],
)
def test_parties_have_a_limit_online_and_one_by_phone(
    tiny: Network, persons: int, channel: Channel, expected: Reason | None
) -> None:
    sizes = (("max_party = 8", "max_party = 6"), ("max_party_online = 4", "max_party_online = 3"))
    assert reason(refused(tiny, wish(tiny, "10:00", channel, persons), "06:00", *sizes)) is expected


_EVENING = """
[[version.lead_exception]]
minutes = 180
channels = ["web", "api"]
days = ["weekday"]
pickup = ["19:00", "23:00"]

[[version.lead_exception]]
minutes = 1440
min_persons = 3
"""


@covers(
    "orders.lead_exceptions.lead_s",
    "orders.lead_exceptions.channels",
    "orders.lead_exceptions.days",
    "orders.lead_exceptions.from_s",
    "orders.lead_exceptions.to_s",
    "orders.lead_exceptions.min_persons",
)
@pytest.mark.parametrize(
    ("at", "channel", "persons", "lead_min"),
    [
        ("18:59", Channel.WEB, 1, 60),
        ("19:00", Channel.WEB, 1, 180),
        ("22:59", Channel.WEB, 1, 180),
        ("23:00", Channel.WEB, 1, 60),
        ("20:00", Channel.PHONE, 1, 60),
        ("2026-03-07 20:00", Channel.WEB, 1, 60),  # a Saturday
        ("12:00", Channel.WEB, 2, 60),
        ("12:00", Channel.WEB, 3, 1440),
        ("20:00", Channel.WEB, 3, 180),  # the first exception that fits counts
        ("20:00", Channel.PHONE, 3, 1440),
    ],
)
def test_lead_times_differ_by_channel_kind_of_day_time_of_day_and_size(
    tiny: Network, at: str, channel: Channel, persons: int, lead_min: int
) -> None:
    rules = rules_of(add=_EVENING)
    at_s = local(at)
    day = service_day(tiny, at_s.date().isoformat())
    ordering = Ordering(tiny.district, rules, channel, persons)
    pickup_s = day.seconds(at_s)
    assert ordering.deadline_at(day, pickup_s) == at_s - timedelta(minutes=lead_min)
    in_time, late = at_s - timedelta(minutes=lead_min), at_s - timedelta(minutes=lead_min - 1)
    assert any(pickup_s in window for window in ordering.orderable(day, in_time))
    assert not any(pickup_s in window for window in ordering.orderable(day, late))


def test_what_can_be_ordered_is_a_list_of_windows_with_gaps(tiny: Network) -> None:
    # At 17:30, an hour ahead: from 18:30; but from 19:00 to 23:00 three hours: from 20:30.
    ordering = Ordering(tiny.district, rules_of(add=_EVENING), Channel.WEB)
    windows = ordering.orderable(service_day(tiny), local("17:30"))
    assert windows == (
        TimeWindow(18 * H + 1800, 19 * H - 1),
        TimeWindow(20 * H + 1800, 30 * H),
    )
    assert ordering.first_pickup_at(local("17:30")) == local("18:30")
    assert ordering.first_pickup_at(local("18:10")) == local("21:10"), "19:10 and all to 21:10 need three hours"


_EARLY = """
[[version.latest_order]]
pickup_before = "08:00"
order_by = "17:00"
"""


def early(extra: str) -> str:
    return _EARLY + extra


@covers(
    "orders.latest.before_s",
    "orders.latest.order_by_s",
    "orders.latest.days_before",
    "orders.latest.counts_workdays",
    "orders.latest.channels",
    "orders.latest.days",
    "orders.latest.min_persons",
)
@pytest.mark.parametrize(
    ("extra", "at", "persons", "last_order"),
    [
        ("", "07:59", 1, "2026-03-02 17:00"),  # Monday is the day before
        ("", "08:00", 1, "07:00"),
        ("days_before = 2", "07:00", 1, "2026-03-01 17:00"),
        ("days_before = 0", "07:00", 1, "06:00"),  # then an hour's lead is the stricter rule
        ("days_before = 2\ncounts_workdays = true", "07:00", 1, "2026-02-27 17:00"),  # Monday, then Friday
        ("counts_workdays = true", "2026-03-08 07:30", 1, "2026-03-06 17:00"),  # Sunday: by Friday
        ('days = ["saturday"]', "07:00", 1, "06:00"),
        ('days = ["weekday"]', "07:00", 1, "2026-03-02 17:00"),
        ('channels = ["phone"]', "07:00", 1, "06:00"),
        ('channels = ["web"]', "07:00", 1, "2026-03-02 17:00"),
        ("min_persons = 3", "07:00", 2, "06:00"),
        ("min_persons = 3", "07:00", 3, "2026-03-02 17:00"),
    ],
)
def test_early_trips_are_ordered_on_an_earlier_day(
    tiny: Network, extra: str, at: str, persons: int, last_order: str
) -> None:
    day = service_day(tiny, local(at).date().isoformat())
    ordering = Ordering(tiny.district, rules_of(add=early(extra)), Channel.WEB, persons)
    assert ordering.deadline_at(day, day.seconds(local(at))) == local(last_order)
    assert any(day.seconds(local(at)) in window for window in ordering.orderable(day, local(last_order)))
    one_later = local(last_order) + timedelta(minutes=1)
    assert not any(day.seconds(local(at)) in window for window in ordering.orderable(day, one_later))


def test_whoever_orders_an_early_trip_too_late_is_told_until_when_and_what_is_left(tiny: Network) -> None:
    found = refused(tiny, wish(tiny, "07:00"), "2026-03-02 18:00", add=_EARLY)
    assert found is not None
    assert found == (
        Reason.TOO_LATE_TO_ORDER,
        # Anything before four belongs to Monday's service; from 08:00 on Tuesday can be had.
        {"lead_min": 60, "latest_at": local("2026-03-02 17:00"), "earliest_at": local("2026-03-02 19:00")},
    )


_PHONE = "\n[version.phone]\nneeds_desk = true\n"


@covers("desk_hours", "orders.phone.needs_desk", "orders.phone.closed_on")
@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("05:59", False),
        ("06:00", True),
        ("19:59", True),
        ("20:00", False),
        ("2026-03-07 15:59", True),
        ("2026-03-08 10:00", False),  # Sunday
        ("2026-03-05 10:00", False),  # closed on 5 March
    ],
)
def test_orders_by_phone_are_taken_while_the_desk_is_open(tiny: Network, now: str, is_open: bool) -> None:  # noqa: FBT001
    rules = rules_of(add=_PHONE + 'closed_on = ["03-05"]\n')
    assert is_desk_open(tiny.district, rules, local(now)) is is_open
    later = local(now) + timedelta(hours=12)
    enquiry = wish(tiny, "12:00", Channel.PHONE)
    day = service_day(tiny, later.date().isoformat())
    ordering = Ordering(tiny.district, rules, Channel.PHONE, needs_desk=True)
    assert bool(ordering.orderable(day, local(now))) is is_open
    staff = replace(enquiry, by_staff=True)
    assert refused(tiny, staff, "05:00", add=_PHONE) is None, "staff is the desk"
    assert refused(tiny, enquiry, "05:00", add=_PHONE) == (
        Reason.DESK_CLOSED,
        {"phone": "+49 385 0000000", "opens_at": local("06:00")},
    )
    assert refused(tiny, enquiry, "05:00") is None, "without the rule anybody may order at any time"


def test_where_the_lead_time_falls_outside_of_desk_hours_the_order_comes_on_an_earlier_day(tiny: Network) -> None:
    # Pickup on Tuesday at 06:30, an hour's lead: 05:30, when the desk is closed. So by Monday 20:00.
    ordering = Ordering(tiny.district, rules_of(add=_PHONE), Channel.PHONE, needs_desk=True)
    assert ordering.deadline_at(service_day(tiny), 6 * H + 1800) == local("2026-03-02 20:00")
    # On Sunday at noon nobody answers; the last chance is Saturday 16:00.
    sunday = service_day(tiny, "2026-03-08")
    assert ordering.deadline_at(sunday, 12 * H) == local("2026-03-07 16:00")
    assert next_desk_opening(tiny.district, rules_of(), local("2026-03-07 16:00")) == local("2026-03-09 06:00")


@covers("orders.phone.only")
def test_needs_may_be_ordered_by_phone_only(tiny: Network) -> None:
    add = '\n[version.phone]\nonly = ["wheelchair", "bike"]\n'

    def of(party: Party, channel: Channel) -> Reason | None:
        return reason(refused(tiny, replace(wish(tiny, "10:00", channel), party=party), "06:00", add=add))

    assert of(Party(1, wheelchairs=1), Channel.WEB) is Reason.NEED_BY_PHONE_ONLY
    assert of(Party(1, wheelchairs=1), Channel.API) is Reason.NEED_BY_PHONE_ONLY
    assert of(Party(1, wheelchairs=1), Channel.PHONE) is None
    assert of(Party(1, prams=1), Channel.WEB) is None


@covers("offer_valid_s")
def test_an_offer_is_valid_for_so_long(tiny: Network) -> None:
    network = under(tiny, rules_of(("offer_valid_min = 15", "offer_valid_min = 7")))
    offer = answer_of(network, wish(tiny, "10:00")).offers[0]
    assert offer.expires_at == local("06:07")


@covers("freeze_s")
def test_what_begins_within_the_freezing_time_is_not_moved(tiny: Network) -> None:
    # Half an hour's lead; frozen for 50 minutes: at 09:00 nobody is put into a run before 09:50.
    leads = (("web = 60", "web = 30"), ("freeze_min = 15", "freeze_min = 50"))
    search = search_of(under(tiny, rules_of(*leads)), wish(tiny, "10:00"), "09:00")
    assert search.not_before_s == 9 * H + 50 * 60
    assert search.earliest_s == 9 * H + 30 * 60


_QUOTA = "\n[version.late_quota]\nearly_percent = 50\nearly_min = 180\nrides_per_shift_hour = 2\n"


@covers("orders.late_quota.early_percent", "orders.late_quota.early_s", "orders.late_quota.rides_per_shift_hour")
def test_a_share_of_each_hour_is_kept_for_late_orders(tiny: Network) -> None:
    rules = rules_of(add=_QUOTA)
    quota, network = rules.orders.late_quota, under(tiny, rules)
    days = Days(network)
    day = days(service_day(tiny))
    # At 12:30 west-early and east-day are on duty: 2 * 2 rides, half of them early. At 23:30 it is the taxi alone.
    assert early_places(quota, day, 12) == 2
    assert early_places(quota, day, 23) == 1
    assert early_places(quota, day, 3) == 0
    assert early_places(replace(quota, early_percent=25), day, 12) == 1
    assert early_places(replace(quota, rides_per_shift_hour=3), day, 12) == 3
    # At 21:30 three shifts are on duty: six rides, three of them early. No bus runs so late.
    for _ in range(3):
        offer = answer_of(network, wish(tiny, "21:10"), "06:00", days).offers[0]
        placed = place(offer, days.by_date[offer.service_on], network, local("06:00"))
        assert placed is not None
        days.by_date[offer.service_on] = placed
    full = days.by_date[date(2026, 3, 3)]
    assert 21 in full_hours(quota, full, 6 * H)
    assert 20 not in full_hours(quota, full, 6 * H)
    assert full_hours(rules_of().orders.late_quota, full, 6 * H) == frozenset(), "nothing is kept by default"
    # At 18:20 all of the hour up to 21:20 is near enough; the rest is kept.
    windows = without_full_hours(quota, full, 18 * H + 20 * 60, [TimeWindow(20 * H + 1800, 22 * H)])
    assert windows == [TimeWindow(20 * H + 1800, 21 * H + 20 * 60), TimeWindow(22 * H, 22 * H)]
    fourth = answer_of(network, wish(tiny, "21:10"), "06:00", days)
    assert fourth.refusal is not None
    assert fourth.refusal.explanation.reason is Reason.KEPT_FOR_LATE_ORDERS
    assert fourth.refusal.explanation.params == {"opens_at": local("18:10")}
    assert answer_of(network, wish(tiny, "21:10"), "18:11", days).offers, "within three hours it is open"


@covers("orders.no_show.max_no_shows", "orders.no_show.within_days")
@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ((1, 2), None),
        ((1, 2, 29), Reason.CALL_AFTER_NO_SHOWS),
        ((1, 2, 30), None),
        ((0, 1, 2), Reason.CALL_AFTER_NO_SHOWS),
    ],
)
def test_whoever_did_not_come_three_times_in_thirty_days_calls(
    days_ago: tuple[int, ...], expected: Reason | None
) -> None:
    rules = rules_of(add="\n[version.no_show]\nmax_no_shows = 3\nwithin_days = 30\n")
    today = date(2026, 3, 31)
    dates = [today - timedelta(days=ago) for ago in days_ago]
    found = refuse_after_no_shows(dates, today, rules, phone="1", has_override=False)
    assert (None if found is None else found.reason) is expected
    assert refuse_after_no_shows(dates, today, rules, phone="1", has_override=True) is None
    assert refuse_after_no_shows(dates, today, rules_of(), phone="1", has_override=False) is None


_SOFT = "\n[version.soft_deadline]\nmax_extra_min = 5\nwithin_min = 30\n"


def run_of(network: Network, *visits: tuple[Action, str, int, str]) -> Run:
    index = network.district.stop_index
    day = Days(network)(service_day(network))
    shift = next(s for s in day.shifts if s == "west-early")
    return Run(shift, tuple(Visit(a, index[stop], s, RequestId(r)) for a, stop, s, r in visits))  # type: ignore[index]


@covers("orders.soft_deadline.max_extra_s", "orders.soft_deadline.within_s")
@pytest.mark.parametrize(
    ("max_extra_min", "within_min", "boards_at", "stop", "expected"),
    [
        (5, 30, 10 * H, "brueelow-markt", True),  # it lies on the way
        (5, 10, 10 * H + 1200, "brueelow-markt", False),  # everybody else was served 13 and 20 minutes ago
        (5, 20, 10 * H + 1200, "brueelow-markt", True),
        (1, 30, 10 * H, "brueelow-siedlung", False),  # 500 m north and back at 40 km/h take longer than a minute
        (3, 30, 10 * H, "brueelow-siedlung", True),
    ],
)
def test_after_the_deadline_a_vehicle_that_is_on_its_way_takes_one_more(
    tiny: Network,
    max_extra_min: int,
    within_min: int,
    boards_at: int,
    stop: str,
    expected: bool,  # noqa: FBT001
) -> None:
    add = _SOFT.replace("= 5", f"= {max_extra_min}").replace("= 30", f"= {within_min}")
    rule = rules_of(add=add).orders.soft_deadline
    shift = Days(tiny)(service_day(tiny)).shifts["west-early"]  # type: ignore[index]
    first = ((Action.PICKUP, "altwiek-markt", 10 * H - 300, "a"), (Action.DROPOFF, "cramnitz-markt", 10 * H + 420, "a"))
    before = run_of(tiny, *first)
    if boards_at > first[1][2]:
        added = (*first, (Action.PICKUP, stop, boards_at, "b"), (Action.DROPOFF, "altwiek-markt", boards_at + 400, "b"))
    else:
        added = (
            first[0],
            (Action.PICKUP, stop, boards_at, "b"),
            (Action.DROPOFF, "cramnitz-markt", 10 * H + 500, "b"),
            first[1],
        )
    after = run_of(tiny, *added)
    assert is_on_the_way(before, after, RequestId("b"), shift, tiny.artefacts.times, rule) is expected


def test_an_order_after_the_deadline_gets_the_vehicle_that_comes_past(tiny: Network) -> None:
    network = under(tiny, rules_of(add=_SOFT))
    days = Days(network)
    first = answer_of(network, enquiry_of(tiny, "altwiek-siedlung", "cramnitz-markt", "10:00"), "06:00", days)
    offer = next(o for o in first.offers if o.kind is OfferKind.ON_DEMAND)
    placed = place(offer, days.by_date[offer.service_on], network, local("06:00"))
    assert placed is not None
    days.by_date[offer.service_on] = placed
    # At 09:30 the lead of an hour is missed; the bus comes through Brüelow shortly after ten.
    late = answer_of(network, wish(tiny, "10:00"), "09:30", days)
    assert late.refusal is None
    (ride,) = late.offers[0].rides()
    assert late.offers[0].explanations[0].reason is Reason.VEHICLE_ON_ITS_WAY
    assert local("10:00") <= ride.departure_at <= local("10:30")
    assert late.offers[0].expires_at > local("09:30")
    # Where no vehicle comes past, and where the deadline is hard, it stays too late.
    east = enquiry_of(tiny, "doessin-markt", "eldehof-siedlung", "10:00")
    for network_, enquiry in ((network, east), (tiny, wish(tiny, "10:00"))):
        refusal = answer_of(network_, enquiry, "09:45", days).refusal
        assert refusal is not None
        assert refusal.explanation.reason is Reason.TOO_LATE_TO_ORDER


def test_by_a_soft_deadline_that_part_of_the_wished_time_counts_that_can_still_be_ordered(tiny: Network) -> None:
    """Who wishes to leave from 10:00 on is served until 10:30; at 9:10 pickups from 10:10 on can be ordered."""
    soft = under(tiny, rules_of(add=_SOFT))
    (ride,) = answer_of(soft, wish(tiny, "10:00"), "09:10", Days(soft)).offers[0].rides()
    assert local("10:10") <= ride.promise.pickup_from_at
    assert ride.departure_at <= local("10:30")
    hard = answer_of(tiny, wish(tiny, "10:00"), "09:10", Days(tiny)).refusal
    assert hard is not None
    assert hard.explanation.reason is Reason.TOO_LATE_TO_ORDER


def test_whoever_would_have_to_leave_before_a_ride_can_be_ordered_is_too_late(tiny: Network) -> None:
    """Brüelow to Cramnitz takes 5 km and a minute to get on: whoever must be there by 10:00 is fetched by 9:52."""

    def asked(at: str) -> Answer:
        return answer_of(tiny, replace(wish(tiny, "10:00"), timing=Timing.ARRIVE_BY), at, Days(tiny))

    assert asked("08:30").offers
    late = asked("08:58").refusal
    assert late is not None
    assert late.explanation.reason is Reason.TOO_LATE_TO_ORDER
    assert late.explanation.params["earliest_at"] == local("09:58")


@pytest.mark.parametrize("add", ["", _SOFT])
def test_a_line_needs_no_order(tiny: Network, add: str) -> None:
    """Line 10 leaves Altwiek for Brüelow at 10:10."""
    network = under(tiny, rules_of(add=add))
    answer = answer_of(network, enquiry_of(tiny, "altwiek-markt", "brueelow-markt", "10:00"), "09:40", Days(network))
    assert answer.offers[0].kind is OfferKind.LINE
    assert answer.offers[0].departure_at == local("10:10")


def test_a_moment_with_a_fraction_of_a_second_is_rounded_up(tiny: Network) -> None:
    ordering = Ordering(tiny.district, rules_of(), Channel.WEB)
    now: datetime = local("09:00") + timedelta(microseconds=1)
    assert ordering.first_pickup_at(now) == local("10:01")
