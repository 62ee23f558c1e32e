"""One simulated day: wishes in the order in which they are asked, answered by the service's own functions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count

from booking.bookings import not_before_s, place, place_as_found
from booking.day import Day, open_day
from booking.district import District, HolidayKind
from booking.enquiry_search import Network
from booking.journeys import Answerer
from booking.model import Answer, Enquiry, Offer, OfferId, OfferKind, Reason, RideLeg
from booking.policy import INSERTION_ONLY, Policy
from gtfs.service_day import ServiceDay
from planning.demand import Wish
from routing.objective import DEFAULT_WEIGHTS
from routing.solve import Budget, solve
from routing.violations import violations

SHIFTED = {Reason.SHIFTED_EARLIER, Reason.SHIFTED_LATER}


class Outcome(StrEnum):
    """What became of a wish. Every wish has exactly one."""

    RIDE = "ride"
    COMBINED = "combined"
    LINE = "line"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """One wish and what became of it.

    Parameters
    ----------
    reason
        Why there was no ride; None for one that was served.
    wait_s
        From the wish to the journey: later departure or earlier arrival than wished.
    is_shifted
        The rider took an alternative to the wish.
    """

    wish: Wish
    outcome: Outcome
    reason: Reason | None = None
    wait_s: int = 0
    meets_hub: bool = False
    is_shifted: bool = False


@dataclass
class Simulation:
    """The days that wishes touch, as they fill up. Deterministic: the same wishes give the same days.

    Parameters
    ----------
    improve_every
        Re-plan the day after so many rides (0: never), with ``improve_iterations`` as the solver's limit.
    policy
        What the service does beyond putting rides in. A second look must be limited by steps alone.
    asks
        What riders ask for a wish; the first that gets a journey is taken.
    """

    network: Network
    improve_every: int = 0
    improve_iterations: int = 2_000
    policy: Policy = INSERTION_ONLY
    asks: Callable[[Enquiry, ServiceDay], tuple[Enquiry, ...]] = lambda enquiry, _: (enquiry,)
    days: dict[date, Day] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = count(1)
        self._answerer = Answerer(self.network, self._day, lambda: OfferId(f"s{next(numbers)}"), self.policy)
        self._rides = 0

    def _day(self, service_day: ServiceDay) -> Day:
        if service_day.on not in self.days:
            self.days[service_day.on] = open_day(self.network.district, service_day)
        return self.days[service_day.on]

    def run(self, wishes: Iterable[Wish], service_day: ServiceDay, progress: Callable[[], None]) -> list[Result]:
        """Answer every wish at the time it is asked; riders choose, rides go into the runs."""
        results = []
        self._service_day = service_day
        for wish in wishes:
            results.append(self._ask(wish, service_day.at(wish.asked_s)))
            progress()
        return results

    def _ask(self, wish: Wish, now: datetime) -> Result:
        for enquiry in self.asks(self._stated(wish), self._service_day):
            answer = self._answerer.answer(enquiry, now)
            offer, is_shifted = choose(wish, answer)
            if offer is not None:
                break
        if offer is None:
            reason = answer.refusal.explanation.reason if answer.refusal else Reason.NO_VEHICLE_FREE
            return Result(wish, Outcome.REFUSED, reason)
        if offer.is_bookable():
            self._book(offer, now)
        outcome = {OfferKind.LINE: Outcome.LINE, OfferKind.COMBINED: Outcome.COMBINED}.get(offer.kind, Outcome.RIDE)
        return Result(wish, outcome, None, _wait_s(wish, offer), _meets_hub(self.network, offer), is_shifted)

    def _stated(self, wish: Wish) -> Enquiry:
        """What the rider says: also how flexible they are, if the service makes anything of it."""
        if not self.policy.shifts_wishes:
            return wish.enquiry
        return replace(wish.enquiry, earlier_s=wish.flexibility_s, later_s=wish.flexibility_s)

    def _book(self, offer: Offer, now: datetime) -> None:
        before = self.days[offer.service_on]
        found = self._answerer.found.find(offer.id, before)
        after = place_as_found(offer, before, found, self.network, now) or place(offer, before, self.network, now)
        if after is None:
            msg = f"an offer made a moment ago could not be kept ({offer.id})"
            raise RuntimeError(msg)
        self.days[offer.service_on] = after
        self._rides += 1
        if self.improve_every and self._rides % self.improve_every == 0:
            self._improve(after, now)

    def _improve(self, day: Day, now: datetime) -> None:
        problem = day.problem(self.network.artefacts.times, not_before_s(day, self.network, now))
        budget = Budget(iterations=self.improve_iterations)
        plan = solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=budget, start=day.plan).plan
        self.days[day.service_day.on] = day.changed(plan, day.requests)

    def count_violations(self) -> int:
        """What the judge finds in all days: it has to be 0."""
        times = self.network.artefacts.times
        return sum(len(violations(day.plan, day.problem(times, 0))) for day in self.days.values())


def choose(wish: Wish, answer: Answer) -> tuple[Offer | None, bool]:
    """The rider's choice, and whether it is an alternative to the wish.

    Riders take the first offer: the service ranks them for the rider. After a refusal they take the alternative
    nearest to their wish if they have the time for it.
    """
    if answer.offers:
        first = answer.offers[0]
        return first, any(explanation.reason in SHIFTED for explanation in first.explanations)
    alternatives = answer.refusal.alternatives if answer.refusal else ()
    bookable = [offer for offer in alternatives if _wait_s(wish, offer) <= wish.flexibility_s]
    return min(bookable, key=lambda offer: (_wait_s(wish, offer), offer.id), default=None), True


def _wait_s(wish: Wish, offer: Offer) -> int:
    at = offer.departure_at if wish.enquiry.timing == "depart_after" else offer.arrival_at
    return abs(int((at - wish.enquiry.wished_at).total_seconds()))


def _meets_hub(network: Network, offer: Offer) -> bool:
    stops = network.district.stop_by_id
    return any(
        stops[leg.pickup_stop].is_hub or stops[leg.dropoff_stop].is_hub
        for leg in offer.legs
        if isinstance(leg, RideLeg)
    )


def ordinary_day(network: Network) -> ServiceDay:
    """The day simulated unless another is asked for: the first Tuesday under these rules that is no holiday.

    It does not depend on today, so that a run can be repeated.
    """
    district = network.district
    valid_from = district.rulebook.versions[-1].valid_from
    on = max(network.artefacts.timetable.first_on or valid_from, valid_from)
    while on.weekday() != 1 or _is_holiday(district, on):
        on += timedelta(days=1)
    return ServiceDay(on, district.zone)


def _is_holiday(district: District, on: date) -> bool:
    return any(district.holiday_on(on, kind) is not None for kind in HolidayKind)
