"""Days as they come: riders, drivers, trains, dispatchers and the worker act in random order, and after each act
everything is looked at (:mod:`tests.booking.day_oracle`).

A day is its seed. What it does can be read as it goes::

    python -m tests.booking.random_day --seed 17 --steps 200
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import text

from booking.all_tables import Base
from booking.database import Database, open_database
from booking.degraded import DegradedKind
from booking.disruptions import Ending
from booking.driver_events import DriverEvent, EventKind
from booking.enquiry_search import Network
from booking.errors import BookingError
from booking.improve import improve_day
from booking.model import (
    Answer,
    Booking,
    BookingCode,
    BookingState,
    Channel,
    Contact,
    Enquiry,
    Offer,
    Party,
    Place,
    StopId,
    Timing,
)
from booking.no_shows import Fault
from booking.people import People
from booking.policy import Policy
from booking.second_look import SecondLook
from booking.series_dates import SeriesRule
from booking.settings import Settings
from gtfs.itinerary import TripId
from gtfs.realtime import RealtimeFeed, TripRef, TripState, TripUpdate
from routing.model import Action, RequestId, ShiftId, Visit
from tests.booking.day_oracle import DayOracle
from tests.tiny_network import FakeClock, build_tiny_network, operation_of, place_of

STOPS = tuple(
    f"{town}-{stop}"
    for town in ("altwiek", "brueelow", "cramnitz", "luebzow", "eldehof")
    for stop in ("markt", "siedlung")
)
DAYS = ("2026-03-03", "2026-03-28", "2026-10-24", "2026-03-06")
"""A day begins on one of these: an ordinary Tuesday, the eves of both changes of the clock, a Friday."""
STEPS_ALONE = SecondLook(seconds=None, steps=150, rides=2)
"""No result may depend on how fast the computer is."""


class RandomDay:
    """The service and everybody around it. Each act is a method that draws what it does.

    Parameters
    ----------
    random
        Where all chance comes from.
    say
        Is told each act and what came of it.
    """

    def __init__(self, network: Network, database: Database, random: Random, say: Callable[[str], None]) -> None:
        _empty(database)
        self.random, self.say, self.network = random, say, network
        self.clock = FakeClock(f"{random.choice(DAYS)} 04:30")
        self.operation = operation_of(network, database, self.clock, policy=Policy(STEPS_ALONE), replace_s=0)
        self.oracle = DayOracle(self.operation)
        self.codes: list[BookingCode] = []
        self.wishes: list[BookingCode] = []
        self.done: Counter[str] = Counter()
        self._people = self._reports = self._seed = 0

    # What may happen, and how often compared with the rest.

    def acts(self) -> dict[str, tuple[int, Callable[[], str]]]:
        """Every act by its name, with its weight."""
        return {
            "book": (24, self.book),
            "book return": (6, self.book_return),
            "order series": (2, self.order_series),
            "wait": (4, self.wait),
            "decide about wish": (3, self.decide),
            "change": (6, self.change),
            "cancel": (6, self.cancel),
            "let time pass": (18, self.pass_time),
            "jump": (1, self.jump),
            "drive": (24, self.drive),
            "report position or delay": (4, self.report_else),
            "break down": (1, self.break_down),
            "end a shift": (1, self.end_shift),
            "trains": (6, self.trains),
            "cure": (3, self.cure),
            "move": (4, self.move),
            "lock": (3, self.lock),
            "improve": (4, self.improve),
            "replan": (2, self.replan),
            "record a no-show": (1, self.record_no_show),
            "degraded mode": (1, self.degrade),
            "worker": (12, self.work),
        }

    def step(self) -> None:
        """One act, then the look at everything."""
        acts = self.acts()
        name = self.random.choices(list(acts), [weight for weight, _ in acts.values()])[0]
        self.act(name)

    def act(self, name: str) -> None:
        """An act by its name. Refusals of the service are answers like others; anything else is a fault."""
        try:
            came = self.acts()[name][1]()
        except BookingError as refused:
            came = f"refused: {type(refused).__name__}"
        self.done[name] += 1
        self.say(f"{self._now():%a %d.%m. %H:%M} {name}: {came}")
        self.oracle.look(f"{name}: {came}")

    # Riders

    def book(self) -> str:
        """One way, with or without time to give."""
        answer = self.operation.answer(self._enquiry())
        offer = self._chosen(answer)
        if offer is None:
            return f"refused, {answer.refusal.explanation.reason}" if answer.refusal else "a line only"
        booking = self.operation.confirm(
            self.operation.token(offer), self._somebody(), Channel.WEB, allow_duplicate=True
        )
        return self._booked(booking)

    def book_return(self) -> str:
        """Out and back in one step."""
        out = self._chosen(self.operation.answer(self._enquiry()))
        if out is None:
            return "no way out"
        stay = timedelta(minutes=self.random.choice((30, 90, 240, 1440)))
        back = self._chosen(self.operation.returns.options(out, stay=stay))
        if back is None:
            return "no way back"
        tokens = self.operation.token(out), self.operation.token(back)
        booked = self.operation.returns.confirm(*tokens, self._somebody(), Channel.WEB)
        return ", ".join(self._booked(one) for one in booked)

    def order_series(self) -> str:
        """A standing order of a few weekdays."""
        enquiry = self._enquiry()
        on = self._on(enquiry.wished_at)
        seconds = int(self.operation.service_day(on).seconds(enquiry.wished_at))
        weekdays = frozenset({on.weekday(), self.random.randrange(7)})
        rule = SeriesRule(on, seconds, weekdays, last_on=on + timedelta(days=self.random.choice((0, 8))))
        series = self.operation.series.create(rule, enquiry, People(self._somebody()))
        codes = [one.code for one in series.dates if one.code is not None]
        self.codes += codes
        self.oracle.promised(codes)
        return f"{series.code}, {len(codes)} dates booked"

    def wait(self) -> str:
        """Join the waiting list after a refusal."""
        wish = replace(self._enquiry(), party=Party(4))
        found = self.operation.waiting_list.join(wish, People(self._somebody()), later_s=1800)
        self.wishes.append(found.code)
        return str(found.code)

    def decide(self) -> str:
        """Accept what was found, or want it no more."""
        if not self.wishes:
            return "nobody waits"
        code = self.random.choice(self.wishes)
        if self.random.random() < 0.7:
            return "accepted " + self._booked(self.operation.waiting_list.accept(code))
        return f"withdrawn: {self.operation.waiting_list.withdraw(code).state}"

    def change(self) -> str:
        """Another time or way under the same code; where it fails, all is as before."""
        code = self._some_code()
        if code is None:
            return "nothing booked"
        before = self.operation.get_booking(code)
        try:
            offer = self._chosen(self.operation.changes.options(code, self._enquiry()))
            if offer is None:
                return "nothing else"
            after = self.operation.changes.change(code, self.operation.token(offer), allow_duplicate=True)
        except BookingError:
            assert self.operation.get_booking(code) == before, "a change that failed changed something"
            raise
        assert (after.code, after.offer) == (code, offer)
        self.oracle.replaced(before, after)
        return str(code)

    def cancel(self) -> str:
        """By the rider or the desk, with or without the way back."""
        code = self._some_code()
        if code is None:
            return "nothing booked"
        with_linked = self.random.random() < 0.5
        before = self.operation.get_booking(code)
        gone = self.operation.cancel(code, with_linked=with_linked)
        assert gone.state is BookingState.CANCELLED
        self.oracle.cancelled([code, *(before.linked if with_linked else ())])
        return str(code)

    # Time

    def pass_time(self) -> str:
        """Minutes."""
        self.clock.at += timedelta(minutes=self.random.choice((1, 3, 5, 10, 20, 45)))
        return ""

    def jump(self) -> str:
        """To the next night, over midnight and over changes of the clock."""
        tomorrow = self.operation.today() + timedelta(days=1)
        at = self.operation.service_day(tomorrow).at(self.random.choice((0, 1, 2, 4)) * 3600)
        self.clock.at = max(self.clock.at, at)
        return ""

    # Drivers, trains, dispatchers

    def drive(self) -> str:
        """What is next in some runs happens and is reported, mostly in time."""
        on = self.operation.today()
        said = []
        for run in self.operation.dispatch.predict(on).runs.values():
            coming = [v for v in run.visits[run.done :] if v.request_id is not None]
            if not coming or self.random.random() < 0.3:
                continue
            late_s = self.random.choice((0, 0, 0, 60, 300, 900))
            at = self.operation.service_day(on).at(coming[0].start_s + 60 + late_s)
            if at <= self.clock.at:
                said.append(self._report(on, run.shift_id, coming[0], at))
        return ", ".join(said)

    def _report(self, on: date, shift: ShiftId, visit: Visit, at: datetime) -> str:
        is_pickup = visit.action is Action.PICKUP
        kind = EventKind.BOARDED if is_pickup else EventKind.ALIGHTED
        if is_pickup and self.random.random() < 0.06:
            kind = EventKind.NO_SHOW
        elif self.random.random() < 0.1:
            kind = EventKind.ARRIVED
        event = DriverEvent(self._report_id(), on, shift, kind, at, visit.request_id)
        self.operation.dispatch.report(event)
        if self.random.random() < 0.2:
            assert self.operation.dispatch.report(event) is False, "sent twice is kept once"
        return f"{shift} {kind} {visit.request_id}"

    def report_else(self) -> str:
        """Where a vehicle is, or that it will be late."""
        on, shift = self.operation.today(), self._some_shift()
        if shift is None:
            return "no run"
        if self.random.random() < 0.5:
            stop = place_of(self.network, self.random.choice(STOPS))
            event = DriverEvent(
                self._report_id(), on, shift, EventKind.POSITION, self.clock.at, lon=stop.lon, lat=stop.lat
            )
            self.operation.dispatch.report(event)
            return f"{shift} is at {stop.label}"
        minutes = self.random.choice((3, 8, 25))
        event = DriverEvent(self._report_id(), on, shift, EventKind.DELAY, self.clock.at, expected_at=self.clock.at)
        self.operation.dispatch.report(event, delay_s=60 * minutes)
        return f"{shift} {minutes} minutes late"

    def break_down(self) -> str:
        """A vehicle goes nowhere any more."""
        shift = self._some_shift()
        if shift is None:
            return "no run"
        event = DriverEvent(self._report_id(), self.operation.today(), shift, EventKind.BREAKDOWN, self.clock.at)
        self.operation.dispatch.report(event)
        return str(shift)

    def end_shift(self) -> str:
        """A driver goes home early."""
        shift = self._some_shift()
        if shift is None:
            return "no run"
        at = self.clock.at + timedelta(minutes=self.random.choice((0, 60)))
        stop = StopId(self.random.choice(STOPS))
        ending = Ending(shift, at=at, stop=stop)
        replaced = self.operation.dispatch.end_shift(
            self.operation.today(), ending, actor="dispatcher", reason="driver_ill"
        )
        came = f"{len(replaced.kept)} placed, {len(replaced.widened)} late, {len(replaced.unplaced)} not"
        return f"{shift} at {stop}, {at:%H:%M} UTC: {came}"

    def trains(self) -> str:
        """News of lines: late or cancelled."""
        on = self.operation.today()
        trips = sorted(self.network.artefacts.timetable.trips.ids)
        updates = {}
        for number in range(self.random.choice((0, 1, 3, 10))):
            minutes = self.random.choice((None, 0, 2, 5, 8, 12, 30))
            state = TripState.CANCELLED if minutes is None else TripState.SCHEDULED
            about = TripRef(TripId(self.random.choice(trips)), start_on=on, state=state)
            updates[str(number)] = TripUpdate(about, delay_s=None if minutes is None else 60 * minutes)
        decided = self.operation.dispatch.keep_connections(on, RealtimeFeed(self.clock.at, updates))
        return ", ".join(f"{one.request_id} {one.decision} ({one.reason})" for one in decided)

    def cure(self) -> str:
        """The dispatcher does what is proposed about a late ride."""
        on = self.operation.today()
        cures = self.operation.dispatch.cures(on)
        if not cures:
            return "nothing to cure"
        chosen = self.random.choice(cures)
        self.operation.dispatch.apply_cure(on, chosen.kind, chosen.rides, actor="dispatcher")
        return f"{chosen.kind} {chosen.rides}"

    def move(self) -> str:
        """A dispatcher wants a ride in another vehicle, whatever it costs."""
        ride = self._some_ride()
        if ride is None:
            return "no ride"
        on = self.operation.service_day(ride[0])
        _, *others = self.operation.moves.placements(on, ride[1])
        if not others:
            return "nowhere else"
        chosen = self.random.choice(others)
        locks = self.random.random() < 0.7
        moved = self.operation.moves.move(on, ride[1], chosen.shift_id, actor="dispatcher", locks=locks)
        assert (moved.shift_id, moved.pickup_s) == (chosen.shift_id, chosen.pickup_s), "it was shown otherwise"
        return f"{ride[1]} to {moved.shift_id}{', locked' if locks else ''}"

    def lock(self) -> str:
        """A ride or the order of a run is left alone from now on, or no more."""
        is_locked = self.random.random() < 0.5
        ride = self._some_ride()
        if ride is None:
            return "no ride"
        on = self.operation.service_day(ride[0])
        if self.random.random() < 0.5:
            self.operation.moves.lock(on, ride[1], actor="dispatcher", is_locked=is_locked)
            return f"{ride[1]} {is_locked}"
        shift = self.random.choice(sorted(self.operation.dispatch.predict(on.on).runs))
        self.operation.moves.lock_order(on, shift, actor="dispatcher", is_locked=is_locked)
        return f"the order of {shift} {is_locked}"

    def improve(self) -> str:
        """The runs of a day are planned anew."""
        on = self.operation.today() + timedelta(days=self.random.choice((0, 0, 1)))
        self._seed += 1
        found = improve_day(
            self.operation.database.sessions,
            self.network,
            self.operation.service_day(on),
            self.clock.at,
            seconds=None,
            iterations=200,
            seed=self._seed,
        )
        return "nothing better" if found is None else f"{found.runs_changed} runs changed"

    def replan(self) -> str:
        """A dispatcher takes over some of what a better plan would change."""
        on = self.operation.service_day(self.operation.today() + timedelta(days=self.random.choice((0, 0, 1))))
        found = self.operation.replans.propose(on)
        names = [group.name for group in found.groups if self.random.random() < 0.7]
        taken = self.operation.replans.accept(on, (found.version, found.at), names, actor="dispatcher")
        assert [group.name for group in taken] == names, "what is taken over is what was shown"
        return f"{len(taken)} of {len(found.groups)} groups taken over"

    def record_no_show(self) -> str:
        """The desk notes that rider and vehicle did not meet."""
        code = self._some_code()
        if code is None:
            return "nothing booked"
        booking = self.operation.get_booking(code)
        self.operation.no_shows.record(booking.id, self.random.choice(list(Fault)), "dispatcher")
        return str(code)

    def degrade(self) -> str:
        """New bookings are stopped for a while, or allowed again."""
        modes = self.operation.dispatch.degraded_modes()
        if modes:
            self.operation.dispatch.switch_off(modes[0].id, actor="dispatcher")
            return "off"
        kind = self.random.choice(list(DegradedKind))
        to_at = self.clock.at + timedelta(hours=self.random.choice((1, 3)))
        self.operation.dispatch.switch_on(kind, self.clock.at, to_at, None, actor="dispatcher")
        return f"on: {kind}"

    def work(self) -> str:
        """A round of the worker, without sending and improving."""
        on, dispatch = self.operation.today(), self.operation.dispatch
        followed = dispatch.follow(on)
        decided = dispatch.keep_connections(on, None)
        placed = [dispatch.place_unplaced(on + timedelta(days=ahead)) for ahead in (0, 1)]
        series, found = self.operation.series.work(), self.operation.waiting_list.serve()
        dispatch.forget(on)
        self.operation.privacy.run_if_due()
        late = len(followed.late) if followed else 0
        return f"late {late}, decided {len(decided)}, placed {sum(p is not None for p in placed)}, {series}/{found}"

    # What they need

    def _now(self) -> datetime:
        return self.clock.at.astimezone(self.operation.district.zone)

    def _on(self, at: datetime) -> date:
        return at.astimezone(self.operation.district.zone).date()

    def _somebody(self) -> Contact:
        self._people += 1
        return Contact(f"Person {self._people}", f"0152 28817{self._people:03}")

    def _place(self) -> Place:
        if self.random.random() < 0.15:
            return Place("Fernstadt Hbf", *self._far())
        place = place_of(self.network, self.random.choice(STOPS))
        if self.random.random() < 0.2:
            return replace(place, label="bei Beispiel", lat=place.lat + 0.0005, stop_id=None)
        return place

    def _far(self) -> tuple[float, float]:
        stop = next(s for s in self.network.artefacts.timetable.stop_by_id.values() if "Fernstadt" in s.name)
        return stop.lon, stop.lat

    def _enquiry(self) -> Enquiry:
        ahead = self.random.choice((20, 45, 70, 100, 150, 240, 480, 1440, 1500))
        wished_at = self.clock.at + timedelta(minutes=ahead + self.random.randrange(60))
        wished_at = wished_at.replace(second=0, microsecond=0)
        give_s = self.random.choice((0, 0, 1800, 3600))
        return Enquiry(
            self._place(),
            self._place(),
            self.random.choice((Timing.DEPART_AFTER, Timing.DEPART_AFTER, Timing.ARRIVE_BY)),
            wished_at,
            self.random.choice(
                (Party(), Party(), Party(2), Party(4), Party(1, wheelchairs=1), Party(1, prams=1), Party(1, dogs=1))
            ),
            Channel.WEB,
            earlier_s=give_s,
            later_s=give_s,
        )

    def _chosen(self, answer: Answer) -> Offer | None:
        offers = answer.offers or (answer.refusal.alternatives if answer.refusal else ())
        bookable = [offer for offer in offers if offer.is_bookable()]
        return self.random.choice(bookable) if bookable else None

    def _booked(self, booking: Booking) -> str:
        self.codes.append(booking.code)
        self.oracle.promised([booking.code])
        return str(booking.code)

    def _some_code(self) -> BookingCode | None:
        return self.random.choice(self.codes) if self.codes else None

    def _some_ride(self) -> tuple[date, RequestId] | None:
        """One of today or tomorrow."""
        on = self.operation.today() + timedelta(days=self.random.choice((0, 0, 1)))
        rides = sorted(
            {v.request_id for run in self.operation.dispatch.predict(on).runs.values() for v in run.visits}
            - {None}  # breaks
        )
        return (on, self.random.choice(rides)) if rides else None

    def _some_shift(self) -> ShiftId | None:
        shifts = sorted(self.operation.dispatch.predict(self.operation.today()).runs)
        return self.random.choice(shifts) if shifts else None

    def _report_id(self) -> str:
        self._reports += 1
        return f"report-{self._reports}"


def _empty(database: Database) -> None:
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.execute(text(f"truncate {tables} restart identity cascade"))


def play(network: Network, database: Database, seed: int, steps: int, say: Callable[[str], None]) -> RandomDay:
    """A day from its seed."""
    day = RandomDay(network, database, Random(seed), say)
    for _ in range(steps):
        day.step()
    return day


def main(arguments: Sequence[str] | None = None) -> None:
    """Play days and tell them; a day that fails ends with its fault and the command that plays it again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first day")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--steps", type=int, default=200, help="acts of a day")
    parser.add_argument("--quiet", action="store_true", help="tell each day in one line")
    given = parser.parse_args(arguments)
    done: Counter[str] = Counter()
    failed = []
    with tempfile.TemporaryDirectory(prefix="rufnetz-random-day-") as folder:
        Path(folder).chmod(0o755)
        network = build_tiny_network(Path(folder))
        with open_database(Settings(state_folder=Path(folder) / "state", database_url=None)) as database:
            for seed in range(given.seed, given.seed + given.days):
                try:
                    day = play(network, database, seed, given.steps, (lambda _: None) if given.quiet else print)
                except Exception as fault:
                    failed.append(seed)
                    print(f"day {seed} failed: {type(fault).__name__}: {str(fault)[:2000]}", flush=True)
                    if not given.quiet:
                        raise
                else:
                    done += day.done
                    print(f"day {seed}: {sum(day.done.values())} acts, {len(day.codes)} bookings, all well", flush=True)
    print(dict(done))
    print(f"{given.days - len(failed)} of {given.days} days without a fault")
    if failed:
        print(f"again: python -m tests.booking.random_day --seed {failed[0]} --steps {given.steps}")
        sys.exit(1)


if __name__ == "__main__":
    main()
