"""Tables out of the service and into it: stops, areas, shifts, bookings (:class:`Exchange`)."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from booking.district_problems import DistrictError, Problem
from booking.errors import BookingError, DuplicateBookingError, NotChangeableError, OfferTakenError
from booking.exchange_bookings import Order, OrderReport, Outcome, read_orders
from booking.exchange_district import (
    FILES,
    TAKES_EFFECT,
    Form,
    Incoming,
    Table,
    export_table,
    read_incoming,
    write_incoming,
)
from booking.model import Booking, BookingCode, Channel, Offer
from booking.tables import AuditRow, BookingRow, RideRow, VisitRow

if TYPE_CHECKING:
    from booking.operation import Operation


class Exchange:
    """Tables of one operation."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation

    def export_table(self, table: Table, form: Form) -> str:
        """Stops, areas or shifts as they stand in the district's folder."""
        return export_table(self._operation.district.folder, table, form)

    def import_table(self, table: Table, form: Form, text: str, *, apply: bool, actor: str) -> Incoming:
        """Check a table together with the rest of the folder; with ``apply`` put it into the folder, whole.

        Raises
        ------
        DistrictError
            Something is wrong with it, or booked rides need what it leaves out. Nothing was written.
        NotChangeableError
            The folder cannot be written by the service.
        """
        operation = self._operation
        incoming = read_incoming(operation.district.folder, table, form, text)
        self._refuse_to_strand(incoming)
        if apply:
            try:
                write_incoming(operation.district.folder, incoming)
            except OSError as fault:
                msg = f"The district's folder cannot be written here ({fault.strerror}). Change it where it is kept."
                raise NotChangeableError(msg) from None
            details = {"table": table.value, "takes_effect": TAKES_EFFECT}
            with operation.database.sessions.begin() as session:
                session.add(AuditRow(at=operation.clock(), actor=actor, action="table_imported", details=details))
        return incoming

    def codes(self, on: date) -> Sequence[BookingCode]:
        """The codes of a day's bookings."""
        with self._operation.database.sessions() as session:
            found = session.scalars(select(BookingRow.code).where(BookingRow.service_on == on))
            return [BookingCode(code) for code in found]

    def bookings(self, codes: Sequence[BookingCode]) -> list[Booking]:
        """Bookings with their contacts: personal data, for dispatchers only."""
        return [self._operation.get_booking(code) for code in codes]

    def import_orders(self, text: str, *, apply: bool, actor: str) -> list[OrderReport]:
        """Take a desk's list of orders, each through the same enquiry and confirmation as any other.

        Without ``apply`` each order is answered as if it were the only one. With it they are booked one after the
        other; one that finds no ride does not stop the others, and its reason is in the report.

        Raises
        ------
        DistrictError
            There is a mistake in the list; nothing was booked.
        """
        orders = read_orders(text, self._operation.district)
        reports = [self._take(order, apply=apply) for order in orders]
        if apply:
            booked = sum(report.outcome is Outcome.BOOKED for report in reports)
            details = {"orders": len(orders), "booked": booked}
            with self._operation.database.sessions.begin() as session:
                now = self._operation.clock()
                session.add(AuditRow(at=now, actor=actor, action="orders_imported", details=details))
        return reports

    def _take(self, order: Order, *, apply: bool) -> OrderReport:
        answer = self._operation.answer(order.enquiry)
        offer = next((offer for offer in answer.offers if offer.is_bookable()), None)
        if offer is None:
            reason = "line_only" if answer.refusal is None else answer.refusal.explanation.reason.value
            return OrderReport(order.line, order.ref, Outcome.REFUSED, reason=reason)
        try:
            if not apply:
                self._operation.changes.check_duplicates(order.contact, offer)
                return _report(order, Outcome.WOULD_BE_BOOKED, offer)
            token = self._operation.token(offer)
            booking = self._operation.confirm(token, order.contact, Channel.PHONE, allow_duplicate=False)
        except DuplicateBookingError:
            return _report(order, Outcome.DUPLICATE, offer)
        except OfferTakenError:
            return _report(order, Outcome.TAKEN, offer)
        except BookingError as error:
            return _report(order, Outcome.REFUSED, offer, reason=type(error).__name__)
        return _report(order, Outcome.BOOKED, offer, code=booking.code)

    def _refuse_to_strand(self, incoming: Incoming) -> None:
        """Whoever has booked keeps the stop and the vehicle: what booked rides need cannot be left out."""
        today = self._operation.today()
        with self._operation.database.sessions() as session:
            if incoming.table is Table.STOPS:
                rides = select(RideRow.pickup_stop, RideRow.dropoff_stop)
                ends = session.execute(rides.where(RideRow.service_on >= today, ~RideRow.is_cancelled)).all()
                used = {stop for pair in ends for stop in pair}
            elif incoming.table is Table.SHIFTS:
                used = set(session.scalars(select(VisitRow.shift_id).where(VisitRow.service_on >= today)))
            else:
                used = set()
        stranded = sorted(used & set(incoming.difference.removed))
        if stranded:
            remedy = "leave it in until those rides are over"
            file = FILES[incoming.table]
            raise DistrictError(
                Problem(file, 0, f'"{one}" is missing, and rides are booked', remedy) for one in stranded
            )


def _report(order: Order, outcome: Outcome, offer: Offer, *, code: str = "", reason: str = "") -> OrderReport:
    return OrderReport(order.line, order.ref, outcome, code, reason, offer.departure_at, offer.price_ct)
