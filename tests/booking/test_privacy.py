"""What is deleted when, what stays, and what riders get when they ask."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path as FolderPath

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from booking import privacy, privacy_tables
from booking.api.problems import install_problems
from booking.api.router import create_router
from booking.database import Database
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.errors import BookingNotFoundError, TooLateToCancelError
from booking.model import Booker, Booking, BookingState, Channel, Contact, NoticesTo, Offer, Party, Place, StopId
from booking.operation import Operation
from booking.people import People
from booking.privacy import ERASURES
from booking.retention import NOT_ERASED, PURPOSES, Retention
from booking.rider_data import Privacy, is_reached_by, phone_digits
from booking.series_dates import SeriesRule
from booking.stored_offers import addresses_of, anonymous, with_addresses, without_addresses
from booking.tables import AuditRow, Base, BookingRow, ContactRow, OutboxRow, RideRow, StaffSessionRow
from tests.booking.kinds import ask, fill
from tests.tiny_district import write_tiny_district
from tests.tiny_network import FakeClock, enquiry_of, local, place_of

ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org")
HOME = "Lindenweg 7, Brüelow"
SURGERY = "Praxis Dr. Beispiel"
ON = date(2026, 3, 3)
LAST_DAY_KEPT = ON + timedelta(days=92)


def homeward(operation: Operation, at: str = "10:20", party: Party | None = None) -> Offer:
    """A ride between two addresses, each a walk away from its stop."""
    network = operation.network
    enquiry = enquiry_of(network, "brueelow-markt", "cramnitz-markt", at, party=party)
    origin = replace(enquiry.origin, label=HOME, lat=enquiry.origin.lat + 0.001, stop_id=None)
    destination = replace(enquiry.destination, label=SURGERY, lon=enquiry.destination.lon + 0.001, stop_id=None)
    answer = operation.answer(replace(enquiry, origin=origin, destination=destination))
    return next(offer for offer in answer.offers if offer.is_bookable())


def book(operation: Operation, contact: Contact = ERIKA, at: str = "10:20", party: Party | None = None) -> Booking:
    return operation.confirm(operation.token(homeward(operation, at, party)), contact, Channel.WEB)


def everything(database: Database) -> str:
    """All that stands in any table, as text."""
    with database.engine.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            if table.name not in {"stop", "area"}
            for row in connection.execute(select(table))
        )


def count(database: Database, table: type[Base]) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# Addresses apart from rides


def test_addresses_stand_with_the_contact_and_nowhere_else(operation: Operation, database: Database) -> None:
    offer = homeward(operation)
    booking = operation.confirm(operation.token(offer), ERIKA, Channel.WEB)
    assert booking.offer == offer, "whoever has the code reads it as it was"
    with database.sessions() as session:
        kept = json.dumps(session.scalars(select(BookingRow.offer)).one(), ensure_ascii=False)
        places = session.scalars(select(ContactRow.places)).one()
    assert HOME not in kept
    assert SURGERY not in kept
    assert str(offer.enquiry.origin.lat) not in kept
    assert str(offer.enquiry.destination.lon) not in kept
    assert (places["origin"]["label"], places["destination"]["label"]) == (HOME, SURGERY)


def test_journeys_between_stops_leave_no_addresses(operation: Operation, tiny: Network) -> None:
    answer = operation.answer(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00"))
    for offer in answer.offers:
        assert addresses_of(offer, tiny.district) == {}
        assert without_addresses(offer, tiny.district) == offer


def test_a_stop_under_a_name_of_ones_own_is_an_address(operation: Operation, tiny: Network) -> None:
    place = replace(place_of(tiny, "brueelow-markt"), label="bei Oma Erna")
    enquiry = replace(enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", "10:00"), origin=place)
    offer = next(offer for offer in operation.answer(enquiry).offers if offer.is_bookable())
    reduced = without_addresses(offer, tiny.district)
    assert reduced.enquiry.origin == place_of(tiny, "brueelow-markt")
    assert "Erna" not in repr(reduced)
    assert with_addresses(reduced, addresses_of(offer, tiny.district)) == offer


def test_every_offer_is_the_same_again_with_its_addresses(operation: Operation, tiny: Network) -> None:
    enquiry = enquiry_of(tiny, "cramnitz-siedlung", "doessin-siedlung", "10:00")
    home = replace(enquiry.origin, label=HOME, lat=enquiry.origin.lat + 0.0005, stop_id=None)
    far = Place(SURGERY, enquiry.destination.lon, enquiry.destination.lat + 0.0005)
    offers = operation.answer(replace(enquiry, origin=home, destination=far)).offers
    assert any(len(offer.rides()) == 2 for offer in offers), "with a line between two rides"
    for offer in offers:
        reduced = without_addresses(offer, tiny.district)
        assert HOME not in repr(reduced)
        assert SURGERY not in repr(reduced)
        assert reduced.enquiry.origin.stop_id == StopId("cramnitz-siedlung")
        assert with_addresses(reduced, addresses_of(offer, tiny.district)) == offer


def test_what_is_kept_for_ever_is_hours_stops_and_space(operation: Operation, tiny: Network) -> None:
    offer = anonymous(homeward(operation, "10:20", Party(1, dogs=1, boarding_extra_s=300)), tiny.district)
    assert offer.enquiry.wished_at == local("10:00")
    assert offer.enquiry.party == Party(1, dogs=1)
    assert offer.enquiry.origin == place_of(tiny, "brueelow-markt")


# The anonymiser


def test_personal_data_goes_92_days_after_the_ride_and_no_count_changes(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    kept, cancelled = book(operation), book(operation, at="12:20")
    operation.cancel(cancelled.code)
    before = operation.day_view(ON)
    clock.at = local(f"{LAST_DAY_KEPT} 12:00")
    assert {k: n for k, n in operation.privacy.run().items() if n} == {"notices": 3}, "they are kept for 30 days only"
    assert operation.get_booking(kept.code).contact == ERIKA
    clock.at += timedelta(days=1)
    assert {name: number for name, number in operation.privacy.run().items() if number} == {
        "bookings": 2,
        "contacts": 2,
        "notes": 3,  # in which shifts they were, and that one was cancelled
    }
    said = everything(database)
    for personal in ("Erika", "0152", "erika@", HOME, SURGERY, kept.code, cancelled.code):
        assert personal not in said
    after = operation.day_view(ON)
    assert (after.bookings, after.riders) == (before.bookings, before.riders) == (1, 1)
    assert [len(run.visits) for run in after.runs] == [len(run.visits) for run in before.runs]
    assert operation.find_booking(kept.code) is None


def test_running_twice_changes_nothing_more(operation: Operation, database: Database, clock: FakeClock) -> None:
    book(operation)
    clock.at = local(f"{LAST_DAY_KEPT + timedelta(days=1)} 12:00")
    assert any(operation.privacy.run().values())
    before = everything(database)
    assert set(operation.privacy.run().values()) == {0}
    assert everything(database) == before


def test_the_worker_runs_it_once_a_local_day_and_notes_how_much(operation: Operation, clock: FakeClock) -> None:
    book(operation)
    clock.at = local("2026-06-10 03:50")  # in summer that is 04:50
    first = operation.privacy.run_if_due()
    assert first is not None
    assert first["contacts"] == 1
    assert operation.privacy.run_if_due() is None
    other_worker = Privacy(operation)
    assert other_worker.run_if_due() is None
    clock.at = local("2026-06-11 03:10")
    assert operation.privacy.run_if_due() is not None
    (newest, oldest) = operation.privacy.report().runs
    assert (newest[0], oldest[0]) == (date(2026, 6, 11), date(2026, 6, 10))
    assert oldest[1]["contacts"] == 1


def test_a_run_that_fails_half_way_has_done_nothing(
    operation: Operation, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = book(operation).code
    clock.at = local("2026-06-10 12:00")
    broken = replace(ERASURES[-1], values={"no_such_column": 1})
    monkeypatch.setattr(privacy, "ERASURES", (*ERASURES[:-1], broken))
    with pytest.raises(Exception, match="no_such_column"):
        operation.privacy.run_if_due()
    assert operation.get_booking(code).contact == ERIKA
    monkeypatch.undo()
    assert operation.privacy.run_if_due() is not None, "the next round does it"


def test_names_of_staff_and_old_logins_go_as_well(operation: Operation, database: Database, clock: FakeClock) -> None:
    booking = book(operation)
    operation.cancel(booking.code, actor="anna.meier")
    operation.save_staff("anna.meier", "a good long password", "dispatcher")
    assert operation.log_in("anna.meier", "a good long password")
    operation.accounts.remove("anna.meier", actor="berta.kunz")
    clock.at = local("2027-03-03 03:00")
    operation.privacy.run()
    assert count(database, StaffSessionRow) == 0
    with database.sessions() as session:
        assert set(session.scalars(select(AuditRow.actor))) == {"web", "anna.meier", "staff anna.meier", "berta.kunz"}
    clock.at += timedelta(days=2)
    counts = operation.privacy.run()
    assert (counts["names_of_staff"], counts["names_of_accounts"]) == (3, 1)
    with database.sessions() as session:
        assert set(session.scalars(select(AuditRow.actor))) == {"web", "staff"}
        assert not [row for row in session.scalars(select(AuditRow)) if "meier" in str(row.details)]


def test_an_offer_that_nobody_can_read_any_more_is_emptied_and_its_day_can_still_be_shown(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    book(operation)
    with database.sessions.begin() as session:
        session.execute(update(BookingRow).values(offer={"of": "an old program", "home": HOME}))
    clock.at = local("2026-06-10 12:00")
    operation.privacy.run()
    assert HOME not in everything(database)
    assert operation.day_view(ON).bookings == 1


def test_the_report_counts_what_is_due(operation: Operation, clock: FakeClock) -> None:
    book(operation)
    assert all(set(of.due.values()) <= {0} for of in operation.privacy.report().purposes)
    clock.at = local("2026-06-10 12:00")
    due = {
        of.purpose.name: (of.days, {name: n for name, n in of.due.items() if n})
        for of in operation.privacy.report().purposes
    }
    assert due["journeys"] == (92, {"contacts": 1, "notes": 1})
    assert due["notices"] == (30, {"notices": 1})


def test_a_district_says_for_how_long(tmp_path: FolderPath) -> None:
    folder = write_tiny_district(tmp_path / "tiny")
    main = folder / "district.toml"
    before = main.read_text(encoding="utf-8")
    main.write_text(before + "\n[retention_days]\njourneys = 10\n", encoding="utf-8")
    assert read_district(folder).retention == Retention({"journeys": 10})
    main.write_text(before + "\n[retention_days]\njourneys = -1\njurneys = 3\n", encoding="utf-8")
    with pytest.raises(Exception, match="jurneys"):
        read_district(folder)
    for wrong in ({"jurneys": 3}, {"journeys": -1}):
        with pytest.raises(ValueError, match="kept for"):
            Retention(wrong)


def test_every_table_is_kept_for_a_purpose_or_holds_nothing_personal() -> None:
    erased = {erasure.table.__tablename__ for erasure in ERASURES} | {BookingRow.__tablename__}
    assert erased | set(NOT_ERASED) == set(Base.metadata.tables)
    assert not erased & set(NOT_ERASED)
    assert {erasure.purpose for erasure in ERASURES} == {purpose.name for purpose in PURPOSES}
    assert privacy_tables.PrivacyRunRow.__tablename__ in NOT_ERASED


# What riders ask for


@pytest.mark.parametrize("reached_by", [ERIKA.phone, ERIKA.email])
def test_whoever_books_in_the_name_of_somebody_else_opens_and_ends_nothing_of_theirs(
    operation: Operation, reached_by: str
) -> None:
    hers, planted = book(operation), book(operation, at="12:20")
    found = operation.privacy.export(planted.code, reached_by)
    assert [booking["code"] for booking in found["bookings"]] == [planted.code]
    assert hers.code not in json.dumps(found)
    assert operation.privacy.delete(planted.code, reached_by).bookings == 1
    assert operation.get_booking(hers.code).state is BookingState.CONFIRMED
    assert operation.get_booking(hers.code).contact == ERIKA


def test_staff_find_everything_that_is_kept_of_somebody(operation: Operation) -> None:
    first, second = book(operation), book(operation, at="12:20", party=Party(1, dogs=1))
    book(operation, replace(ERIKA, name="Erik Beispiel"), at="14:20")
    found = operation.privacy.export(first.code, None)
    assert [booking["code"] for booking in found["bookings"]] == [first.code, second.code]
    mine = found["bookings"][0]
    who = {"name": "Erika Beispiel", "phone": "0152 28817386", "email": "erika@example.org"}
    assert mine["contact"] == {**who, "address": "", "language": "de"}
    assert mine["offer"]["enquiry"]["origin"]["label"] == HOME
    assert mine["kept_until"] == str(LAST_DAY_KEPT)
    assert [notice["kind"] for notice in mine["notices"]] == ["confirmed"]
    assert [note["action"] for note in mine["notes"]] == ["confirmed"]
    assert found["bookings"][1]["rides"][0]["dog"] == 1
    assert {purpose["purpose"] for purpose in found["kept_for"]} == {purpose.name for purpose in PURPOSES}
    assert json.loads(json.dumps(found)) == found


def test_names_of_staff_are_not_given_to_riders(operation: Operation) -> None:
    booking = book(operation)
    operation.cancel(booking.code, actor="anna.meier")
    found = operation.privacy.export(booking.code, ERIKA.email)
    assert [note["actor"] for note in found["bookings"][0]["notes"]] == ["web", "staff"]


@pytest.mark.parametrize("reached_by", ["", " ", "0152 28817387", "someone@example.org", "Erika Beispiel", "-"])
def test_the_code_alone_is_not_enough(operation: Operation, reached_by: str) -> None:
    booking = book(operation)
    for door in (operation.privacy.export, operation.privacy.delete):
        with pytest.raises(BookingNotFoundError, match="check both"):
            door(booking.code, reached_by)
    with pytest.raises(BookingNotFoundError, match="check both"):
        operation.privacy.export(booking.code.replace(booking.code[0], "2" if booking.code[0] != "2" else "3"), "x")  # type: ignore[arg-type]
    assert operation.get_booking(booking.code).state is BookingState.CONFIRMED


def test_reached_by_is_read_as_people_write_it() -> None:
    row = ContactRow(name="Erika Beispiel", phone="+49 (152) 288-17386", email="Erika@Example.org")
    assert is_reached_by(row, "0152 28817386")
    assert is_reached_by(row, "0049152 28817386")
    assert is_reached_by(row, " erika@example.ORG ")
    assert not is_reached_by(row, "Erika Beispiel")
    nobody = ContactRow(name="Erika Beispiel", phone="", email="")
    assert is_reached_by(nobody, "erika beispiel")
    assert not is_reached_by(nobody, "")
    assert phone_digits("49 30") == "4930", "without a plus it is a number like any other"


def test_whoever_wants_to_be_forgotten_is_cancelled_first_and_then_nobody(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    past, to_come = book(operation), book(operation, at="2026-03-04 10:20")
    other = book(operation, Contact("Max Muster", "0385 1"), at="12:20")
    clock.at = local("15:00")
    done = operation.privacy.delete(past.code, None)
    assert (done.bookings, done.cancelled) == (2, 1)
    said = everything(database)
    for personal in ("Erika", "0152", "erika@", past.code, to_come.code):
        assert personal not in said
    assert operation.get_booking(other.code).contact.name == "Max Muster"
    assert (operation.day_view(ON).bookings, operation.day_view(ON + timedelta(days=1)).bookings) == (2, 0)
    assert not any(visit.riders for run in operation.day_view(ON + timedelta(days=1)).runs for visit in run.visits)
    assert count(database, RideRow) == 3
    assert count(database, OutboxRow) == 1, "that of the other rider"


def test_whoever_wants_to_be_forgotten_orders_nothing_more(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    """Standing orders and wishes end with it, those of others do not."""
    booking = book(operation)
    rule = SeriesRule(first_on=ON + timedelta(days=1), wished_s=10 * 3600, weekdays=frozenset({2}))
    enquiry = homeward(operation).enquiry
    mine = operation.series.create(
        rule, enquiry, People(ERIKA, Booker(Contact("Karla Beispiel", "0385 7"), NoticesTo.BOTH))
    )
    others = operation.series.create(rule, enquiry, People(Contact("Max Muster", "0385 1")))
    fill(operation, "08:00")
    wish = operation.waiting_list.join(ask(operation, "08:00", party=Party(4)), People(ERIKA))
    kept = operation.privacy.export(booking.code, None)
    assert [one["code"] for one in kept["standing_orders"]] == [mine.code]
    assert [one["code"] for one in kept["wishes"]] == [wish.code]
    assert "Karla" in json.dumps(kept)

    done = operation.privacy.delete(booking.code, None)
    assert (done.standing_orders, done.wishes) == (1, 1)
    said = everything(database)
    for personal in ("Erika", "0152", "erika@", "Karla"):
        assert personal not in said
    clock.at += timedelta(days=7)
    operation.series.work()
    states = {day.booking_state for day in operation.series.get(others.code).dates}
    assert states == {BookingState.CONFIRMED}
    assert BookingState.CONFIRMED not in {day.booking_state for day in operation.series.get(mine.code).dates}


def test_while_the_vehicle_is_on_its_way_nothing_is_deleted_and_nothing_cancelled(
    operation: Operation, clock: FakeClock
) -> None:
    first, later = book(operation), book(operation, at="2026-03-04 10:20")
    clock.at = first.rides[0].leg.departure_at
    with pytest.raises(TooLateToCancelError):
        operation.privacy.delete(later.code, None)
    assert operation.get_booking(later.code).state is BookingState.CONFIRMED
    assert operation.get_booking(first.code).contact == ERIKA


def test_bookings_without_phone_and_mail_are_not_joined_by_a_name(operation: Operation) -> None:
    first = book(operation, Contact("Max Muster"))
    book(operation, Contact("Max Muster"), at="12:20")
    assert len(operation.privacy.export(first.code, None)["bookings"]) == 1


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(create_router(operation), prefix="/api/v1")
    install_problems(app)
    with TestClient(app, base_url="http://localhost/api/v1/") as opened:
        yield opened


def test_riders_ask_the_api(client: TestClient, operation: Operation) -> None:
    booking = book(operation)
    body = {"code": booking.code, "reached_by": ERIKA.email}
    export = client.post("privacy/export", json=body)
    assert export.headers["cache-control"] == "no-store"
    assert export.json()["bookings"][0]["contact"]["name"] == "Erika Beispiel"
    wrong = client.post("privacy/delete", json={**body, "reached_by": "nobody@example.org"})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "booking_not_found")
    assert client.post("privacy/delete", json=body).json() == {
        "bookings": 1,
        "cancelled": 1,
        "standing_orders": 0,
        "wishes": 0,
    }
    assert client.post("privacy/export", json=body).status_code == 404
    purposes = {purpose["purpose"]: purpose["days"] for purpose in client.get("privacy").json()}
    assert purposes == {"journeys": 92, "notices": 30, "audit": 365, "logins": 0}
