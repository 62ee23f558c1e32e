from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.errors import OfferExpiredError, OfferInvalidError
from booking.model import (
    Channel,
    Enquiry,
    Explanation,
    HeldConnection,
    LineLeg,
    Offer,
    OfferId,
    OfferKind,
    Party,
    Place,
    Promise,
    Reason,
    RideLeg,
    StopId,
    Timing,
    WalkLeg,
)
from booking.tokens import read_offer, sign_offer
from gtfs.itinerary import RouteId, TripId

SECRET = "one secret of sufficient length"  # noqa: S105 - of tests
AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)

times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside
labels = st.text(max_size=20)
promises = st.builds(Promise, times, times, times, times)
held = st.none() | st.builds(
    HeldConnection,
    labels.map(TripId),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    labels.map(StopId),
    labels,
    times,
)
stops = labels.map(StopId)
legs = st.one_of(
    st.builds(WalkLeg, labels, labels, times, times, st.integers(0, 5000)),
    st.builds(LineLeg, labels, labels, times, times, labels, labels, labels.map(TripId), labels.map(RouteId)),
    st.builds(
        RideLeg, labels, labels, times, times, stops, stops, promises, st.integers(0, 7200), st.integers(0, 90000), held
    ),
)
places = st.builds(Place, labels, st.floats(5, 15), st.floats(47, 55), st.none() | stops)
enquiries = st.builds(
    Enquiry, places, places, st.sampled_from(Timing), times, st.just(Party(2, 1, 0, 1, 0)), st.sampled_from(Channel)
)
params = st.dictionaries(st.sampled_from(["line", "minutes"]), labels | st.integers(0, 99), max_size=2)
explanations = st.builds(Explanation, st.sampled_from(Reason), labels, params)
offers = st.builds(
    Offer,
    id=labels.map(OfferId),
    kind=st.sampled_from(OfferKind),
    enquiry=enquiries,
    service_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    legs=st.lists(legs, min_size=1, max_size=4).map(tuple),
    price_ct=st.integers(0, 5000),
    explanations=st.lists(explanations, max_size=2).map(tuple),
    rules_version=labels,
    expires_at=st.just(AT),
)


@given(offers)
def test_a_signed_offer_comes_back_as_it_was(offer: Offer) -> None:
    assert read_offer(sign_offer(offer, SECRET), SECRET, AT - timedelta(seconds=1)) == offer


@given(offers, st.data())
def test_a_token_changed_in_any_place_is_refused(offer: Offer, data: st.DataObject) -> None:
    token = sign_offer(offer, SECRET)
    at = data.draw(st.integers(0, len(token) - 2))  # the last letter holds spare bits
    other = data.draw(st.sampled_from("ABCDEFGHabcdefgh0123456789-_.").filter(lambda c: c != token[at]))
    with pytest.raises(OfferInvalidError, match="search for your ride again"):
        read_offer(token[:at] + other + token[at + 1 :], SECRET, AT - timedelta(seconds=1))


@given(offers)
def test_an_offer_of_another_service_is_refused(offer: Offer) -> None:
    with pytest.raises(OfferInvalidError):
        read_offer(sign_offer(offer, "another secret, not ours at all"), SECRET, AT - timedelta(seconds=1))


@given(offers)
def test_an_offer_is_over_at_its_expiry(offer: Offer) -> None:
    with pytest.raises(OfferExpiredError, match="expired"):
        read_offer(sign_offer(offer, SECRET), SECRET, AT)


@pytest.mark.parametrize("text", ["", "nonsense", "a.b", "💥", "." * 500])
def test_nonsense_is_refused_like_a_changed_offer(text: str) -> None:
    with pytest.raises(OfferInvalidError):
        read_offer(text, SECRET, AT)
