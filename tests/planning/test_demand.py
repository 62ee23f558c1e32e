from collections import Counter

import pytest

from booking.enquiry_search import Network
from booking.model import Channel, Timing
from planning.demand import PURPOSES, make_wishes
from tests.tiny_network import service_day


def test_a_seed_is_a_day(tiny: Network) -> None:
    day = service_day(tiny)
    assert make_wishes(tiny.district, day, count=50, seed=1) == make_wishes(tiny.district, day, count=50, seed=1)
    assert make_wishes(tiny.district, day, count=50, seed=1) != make_wishes(tiny.district, day, count=50, seed=2)


def test_wishes_come_from_villages_by_their_inhabitants(tiny: Network) -> None:
    wishes = make_wishes(tiny.district, service_day(tiny), count=3000, seed=3)
    asked = Counter(wish.village.name for wish in wishes)
    inhabitants = {v.name: v.inhabitants for v in tiny.district.villages}
    everybody = sum(inhabitants.values())
    for name, count in asked.items():
        assert count / 3000 == pytest.approx(inhabitants[name] / everybody, abs=0.03)


def test_every_wish_begins_or_ends_at_home_and_is_asked_before_it_is_due(tiny: Network) -> None:
    day = service_day(tiny)
    names = {d.name for d in tiny.district.destinations}
    for wish in make_wishes(tiny.district, day, count=300, seed=4):
        ends = {wish.enquiry.origin.label, wish.enquiry.destination.label}
        assert wish.village.name in ends
        assert ends - {wish.village.name} <= names
        assert wish.asked_s < day.seconds(wish.enquiry.wished_at)
        assert wish.purpose in {purpose.name for purpose in PURPOSES}


def test_there_are_callers_and_arrivals_and_needs_among_them(tiny: Network) -> None:
    wishes = make_wishes(tiny.district, service_day(tiny), count=1000, seed=5)
    assert {w.enquiry.channel for w in wishes} == {Channel.PHONE, Channel.WEB}
    assert {w.enquiry.timing for w in wishes} == set(Timing)
    assert any(w.enquiry.party.wheelchairs for w in wishes)
    assert [w.asked_s for w in wishes] == sorted(w.asked_s for w in wishes)
