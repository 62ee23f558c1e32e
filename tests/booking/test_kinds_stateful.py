"""A small random life of bookings: whatever riders and the worker do, in whatever order, nothing is half done."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from booking.all_tables import Base
from booking.database import Database
from booking.enquiry_search import Network
from booking.errors import BookingError
from booking.model import BookingCode, BookingState, Channel, Contact, Party
from booking.people import People
from booking.series_dates import SeriesRule
from booking.tables import BookingRow
from booking.waiting_store import WishState
from booking.waiting_tables import WaitingContactRow, WaitingRow
from tests.booking.kinds import ask, assert_sound, first
from tests.tiny_network import FakeClock, local, operation_of

STOPS = ("brueelow-markt", "cramnitz-markt", "altwiek-siedlung", "cramnitz-siedlung")
HOURS = st.sampled_from(("08:00", "08:10", "12:00"))
PARTIES = st.sampled_from((Party(1), Party(3), Party(4)))
PAIRS = st.permutations(STOPS).map(lambda stops: (stops[0], stops[1]))


class Life(RuleBasedStateMachine):
    """Riders, the desk and the worker."""

    tiny: Network
    database: Database

    @initialize()
    def empty(self) -> None:
        tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with self.database.engine.begin() as connection:
            connection.execute(text(f"truncate {tables} restart identity cascade"))
        self.clock = FakeClock("06:00")
        self.operation = operation_of(self.tiny, self.database, self.clock)
        self.codes: list[BookingCode] = []
        self.wishes: list[BookingCode] = []
        self.people = 0

    def _somebody(self) -> Contact:
        self.people += 1
        return Contact(f"Person {self.people}", f"0152 28817{self.people:03}")

    @rule(at=HOURS, stops=PAIRS, party=PARTIES, stay=st.sampled_from((3, 26)))
    def book_return(self, at: str, stops: tuple[str, str], party: Party, stay: int) -> None:
        answer = self.operation.answer(ask(self.operation, at, *stops, party=party))
        out = next((o for o in answer.offers if o.is_bookable()), None)
        if out is None:
            return
        back = self.operation.returns.options(out, stay=timedelta(hours=stay))
        offer = next((o for o in back.offers if o.is_bookable()), None)
        if offer is not None:
            tokens = self.operation.token(out), self.operation.token(offer)
            booked = self.operation.returns.confirm(*tokens, self._somebody(), Channel.WEB)
            self.codes += [one.code for one in booked]

    @rule(at=HOURS, stops=PAIRS, party=PARTIES, data=st.data())
    def change(self, at: str, stops: tuple[str, str], party: Party, data: st.DataObject) -> None:
        if not self.codes:
            return
        code = data.draw(st.sampled_from(self.codes))
        before = self.operation.get_booking(code)
        try:
            offer = first(self.operation.changes.options(code, ask(self.operation, at, *stops, party=party)))
            after = self.operation.changes.change(code, self.operation.token(offer), allow_duplicate=True)
        except (BookingError, StopIteration):
            assert self.operation.get_booking(code) == before
        else:
            assert (after.code, after.offer) == (code, offer)

    @rule(both=st.booleans(), data=st.data())
    def cancel(self, both: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
        if self.codes:
            code = data.draw(st.sampled_from(self.codes))
            try:
                assert self.operation.cancel(code, with_linked=both).state is BookingState.CANCELLED
            except BookingError:
                return

    @rule(at=HOURS, stops=PAIRS)
    def wait(self, at: str, stops: tuple[str, str]) -> None:
        try:
            wish = ask(self.operation, at, *stops, party=Party(4))
            self.wishes.append(self.operation.waiting_list.join(wish, People(self._somebody()), later_s=1800).code)
        except BookingError:
            return

    @rule(data=st.data(), accepts=st.booleans())
    def decide(self, data: st.DataObject, accepts: bool) -> None:  # noqa: FBT001 - drawn
        if not self.wishes:
            return
        code = data.draw(st.sampled_from(self.wishes))
        try:
            if accepts:
                self.codes.append(self.operation.waiting_list.accept(code).code)
            else:
                self.operation.waiting_list.withdraw(code)
        except BookingError:
            return

    @rule(stops=PAIRS, party=PARTIES, weekday=st.sampled_from((1, 2)))
    def order_series(self, stops: tuple[str, str], party: Party, weekday: int) -> None:
        weekdays = SeriesRule(local("08:00").date(), 8 * 3600, frozenset({weekday}), last_on=local("08:00").date())
        try:
            self.operation.series.create(
                weekdays, ask(self.operation, "08:00", *stops, party=party), People(self._somebody())
            )
        except BookingError:
            return

    @rule(minutes=st.sampled_from((1, 20, 50)))
    def work(self, minutes: int) -> None:
        self.clock.at += timedelta(minutes=minutes)
        self.operation.series.work()
        self.operation.waiting_list.serve()

    @invariant()
    def nothing_is_half_done(self) -> None:
        if not hasattr(self, "operation"):
            return
        assert_sound(self.operation)
        with self.database.sessions() as session:
            waits = {row.id: row.state for row in session.scalars(select(WaitingRow))}
            kept = set(session.scalars(select(WaitingContactRow.waiting_id)))
            held = session.scalars(select(BookingRow.code).where(BookingRow.state == "held")).all()
        assert kept == {i for i, state in waits.items() if state in {"waiting", "held"}}, "people are forgotten in time"
        for code in held:
            assert self.operation.waiting_list.get(BookingCode(code)).state in {WishState.HELD, WishState.EXPIRED}


@pytest.mark.timeout(600)
def test_a_random_life_of_bookings(tiny: Network, database: Database) -> None:
    machine = type("Life", (Life,), {"tiny": tiny, "database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
