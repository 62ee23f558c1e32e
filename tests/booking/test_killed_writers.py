"""``kill -9`` inside of each writer, before and after each of its commits: afterwards all is as if it had not begun, or
as if it had ended, and whoever tries again gets what they wanted.

The process that dies is a fork of the test's, with connections of its own; it kills itself when its n-th commit begins
or has ended. That goes on with the next commit until the writer lives through.
"""

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.orm import Session

from booking.all_tables import Base
from booking.database import Database, connect
from booking.degraded import DegradedKind
from booking.disruptions import Ending
from booking.driver_events import EventKind
from booking.enquiry_search import Network
from booking.errors import BookingError
from booking.model import BookingCode, Channel, Contact, Party
from booking.no_shows import Fault
from booking.operation import Operation
from booking.people import People
from booking.policy import Policy
from booking.second_look import SecondLook
from booking.series_dates import SeriesRule
from gtfs.itinerary import TripId
from gtfs.realtime import RealtimeFeed, TripRef, TripState, TripUpdate
from tests.booking.day_oracle import DayOracle
from tests.booking.kinds import ask, book, fill, offer_at
from tests.booking.riding import WEST, ride_id
from tests.booking.riding import event as report
from tests.tiny_network import FakeClock, local, operation_of

MOST_COMMITS = 12
DIED, LIVED = -signal.SIGKILL, 0
ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org")
TODAY = local("12:00").date()

Act = Callable[[Operation], object]


class Stage:
    """What stands before a writer begins: three rides, one that hangs on a train, one out and back."""

    def __init__(self, network: Network, database: Database) -> None:
        tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with database.engine.begin() as connection:
            connection.execute(text(f"truncate {tables} restart identity cascade"))
        self.network, self.database, self.clock = network, database, FakeClock("06:00")
        self.operation = self.open(database)
        self.anna = book(self.operation, offer_at(self.operation, "07:30"), Contact("Anna", "0385 1"))
        self.bert = book(self.operation, offer_at(self.operation, "08:30", "cramnitz-markt", "altwiek-markt"), ERIKA)
        self.kept = {self.anna.code, self.bert.code}

    def open(self, database: Database) -> Operation:
        """The service on some connections."""
        policy = Policy(SecondLook(seconds=None, steps=100, rides=1))
        return operation_of(self.network, database, self.clock, policy=policy, replace_s=0)

    def there_and_back(self) -> tuple[str, str]:
        """Offers for a way out and back."""
        out = offer_at(self.operation, "12:00")
        answer = self.operation.returns.options(out, stay=timedelta(hours=3))
        return self.operation.token(out), self.operation.token(answer.offers[0])


def confirm(stage: Stage) -> Act:
    token = stage.operation.token(offer_at(stage.operation, "14:00"))
    return lambda operation: operation.confirm(token, ERIKA, Channel.WEB)


def confirm_return(stage: Stage) -> Act:
    tokens = stage.there_and_back()
    return lambda operation: operation.returns.confirm(*tokens, ERIKA, Channel.WEB)


def change(stage: Stage) -> Act:
    options = stage.operation.changes.options(stage.bert.code, ask(stage.operation, "16:00"))
    token = stage.operation.token(options.offers[0])
    return lambda operation: operation.changes.change(stage.bert.code, token)


def cancel(stage: Stage) -> Act:
    stage.kept -= {stage.bert.code}
    return lambda operation: operation.cancel(stage.bert.code)


def order_series(stage: Stage) -> Act:
    on = TODAY + timedelta(days=1)
    rule = SeriesRule(on, 10 * 3600, frozenset({on.weekday()}), last_on=on + timedelta(days=7))
    enquiry = ask(stage.operation, "10:00")
    return lambda operation: operation.series.create(rule, enquiry, People(ERIKA))


def work_on_series(stage: Stage) -> Act:
    on = TODAY + timedelta(days=27)
    rule = SeriesRule(on, 10 * 3600, frozenset(range(7)), last_on=on + timedelta(days=3))
    stage.operation.series.create(rule, ask(stage.operation, "10:00"), People(ERIKA))
    stage.clock.at += timedelta(days=2)
    return lambda operation: operation.series.work()


def wait(stage: Stage) -> Act:
    fill(stage.operation, "08:00")
    wish = ask(stage.operation, "08:00", party=Party(4))
    return lambda operation: operation.waiting_list.join(wish, People(ERIKA))


def serve_who_waits(stage: Stage) -> Act:
    full = fill(stage.operation, "08:00")
    stage.operation.waiting_list.join(ask(stage.operation, "08:00", party=Party(4)), People(ERIKA))
    stage.operation.cancel(full[0].code)
    return lambda operation: operation.waiting_list.serve()


def accept(stage: Stage) -> Act:
    full = fill(stage.operation, "08:00")
    wish = stage.operation.waiting_list.join(ask(stage.operation, "08:00", party=Party(4)), People(ERIKA))
    stage.operation.cancel(full[0].code)
    stage.operation.waiting_list.serve()
    return lambda operation: operation.waiting_list.accept(wish.code)


def record_no_show(stage: Stage) -> Act:
    stage.clock.at = local("07:50")
    return lambda operation: operation.no_shows.record(stage.anna.id, Fault.RIDER, "anna")


def boarded(stage: Stage) -> Act:
    stage.clock.at = local("07:40")
    happened = report(EventKind.BOARDED, "07:38", ride_id(stage.anna))
    return lambda operation: (operation.dispatch.report(happened), operation.dispatch.follow(TODAY))


def nobody_came(stage: Stage) -> Act:
    stage.clock.at = local("07:50")
    happened = report(EventKind.NO_SHOW, "07:45", ride_id(stage.anna))
    return lambda operation: (operation.dispatch.report(happened), operation.dispatch.follow(TODAY))


def broke_down(stage: Stage) -> Act:
    stage.clock.at = local("07:35")
    stage.operation.dispatch.report(report(EventKind.BOARDED, "07:33", ride_id(stage.anna)))
    happened = report(EventKind.BREAKDOWN, "07:35")
    return lambda operation: operation.dispatch.report(happened)


def end_shift(stage: Stage) -> Act:
    stage.clock.at = local("07:00")
    return lambda operation: operation.dispatch.end_shift(TODAY, Ending(WEST), actor="anna", reason="driver ill")


def place_unplaced(stage: Stage) -> Act:
    stage.clock.at = local("07:00")
    stage.operation.dispatch.end_shift(TODAY, Ending(WEST), actor="anna", reason="driver ill")
    return lambda operation: operation.dispatch.place_unplaced(TODAY)


def cure(stage: Stage) -> Act:
    stage.clock.at = local("07:40")
    late = report(EventKind.DELAY, "07:40", ride_id(stage.anna))
    stage.operation.dispatch.report(late, delay_s=3600)
    stage.operation.dispatch.follow(TODAY)

    def apply(operation: Operation) -> None:
        for one in operation.dispatch.cures(TODAY)[:1]:
            operation.dispatch.apply_cure(TODAY, one.kind, one.rides, actor="anna")

    return apply


def late_train(stage: Stage) -> Act:
    offer = offer_at(stage.operation, "09:00", "altwiek-markt", "eldehof-markt")
    stage.kept |= {book(stage.operation, offer, Contact("Carla", "0385 3")).code}
    stage.clock.at = local("09:10")
    updates = {
        str(n): TripUpdate(TripRef(TripId(trip), start_on=TODAY, state=TripState.SCHEDULED), delay_s=480)
        for n, trip in enumerate(sorted(stage.network.artefacts.timetable.trips.ids))
    }
    feed = RealtimeFeed(stage.clock.at, updates)
    return lambda operation: operation.dispatch.keep_connections(TODAY, feed)


def degrade(stage: Stage) -> Act:
    kind, now = DegradedKind.SEVERE_WEATHER, stage.clock.at
    return lambda operation: operation.dispatch.switch_on(kind, now, now + timedelta(hours=3), None, actor="anna")


def improve(stage: Stage) -> Act:
    for at in ("10:00", "10:20", "11:00"):
        stage.kept |= {book(stage.operation, offer_at(stage.operation, at), Contact(f"Person {at}")).code}
    return lambda operation: operation.improve(TODAY, seconds=0.1)


def forget_rider(stage: Stage) -> Act:
    stage.kept -= {stage.bert.code}
    return lambda operation: operation.privacy.delete(stage.bert.code, None, actor="staff")


def anonymise(stage: Stage) -> Act:
    stage.kept.clear()
    stage.clock.at += timedelta(days=200)
    return lambda operation: operation.privacy.run_if_due()


WRITERS = (
    *(confirm, confirm_return, change, cancel, order_series, work_on_series, wait, serve_who_waits, accept),
    *(record_no_show, boarded, nobody_came, broke_down, end_shift, place_unplaced, cure, late_train, degrade, improve),
    *(forget_rider, anonymise),
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_a_writer_that_is_killed_has_done_all_or_nothing_and_may_be_tried_again(
    writer: Callable[[Stage], Act], tiny: Network, database: Database
) -> None:
    killed = 0
    for phase in ("before_commit", "after_commit"):
        for number in range(MOST_COMMITS):
            stage = Stage(tiny, database)
            act = writer(stage)
            oracle = DayOracle(stage.operation)
            oracle.look("before")
            status = _run_in_fork(stage, act, phase, number)
            _look(oracle, stage.kept, f"{writer.__name__}, killed {phase} {number}")
            with suppress(BookingError) if status == LIVED or phase == "after_commit" else nullcontext():
                act(stage.operation)  # what has been done already may be refused the second time
            _look(oracle, stage.kept, f"{writer.__name__}, tried again")
            if status == LIVED:
                break
            killed += 1
        else:
            pytest.fail(f"{writer.__name__} commits more than {MOST_COMMITS} times")
    assert killed or writer in {place_unplaced, late_train, improve, cure}, "it never commits"


def _look(oracle: DayOracle, kept: set[BookingCode], when: str) -> None:
    oracle.confirmed = set(kept)
    oracle.look(when)


def _run_in_fork(stage: Stage, act: Act, phase: str, number: int) -> int:
    """Run a writer in a process of its own that dies at its n-th commit; gives how it ended."""
    child = os.fork()
    if child == 0:
        try:
            _live_until(stage, act, phase, number)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in (DIED, LIVED), f"the writer ended with {ended}"
    return ended


def _live_until(stage: Stage, act: Act, phase: str, number: int) -> None:
    stage.database.engine.dispose(close=False)  # the parent's connections stay the parent's
    operation = stage.open(connect(make_url(stage.database.url)))
    commits = iter(range(MOST_COMMITS + 1))

    def at_commit(_session: Session) -> None:
        if next(commits) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, phase, at_commit)
    try:
        act(operation)
    except BookingError:
        os._exit(1)
    os._exit(0)
