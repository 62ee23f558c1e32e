"""From the outbox to the rider: at least once, each recipient by itself, again later, and before the desk at last."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import Booker, Booking, BookingCode, Channel, Contact, NoticesTo
from booking.notice_desk import Notices
from booking.notice_errors import Failure, SendError
from booking.notice_gateway import Gateway, short_text, spoken_text
from booking.notice_mail import MailSender
from booking.notice_parcel import Parcel
from booking.notice_rules import DEFAULT_NOTICE_RULES, NoticeChannel, NoticeKind, NoticeRules
from booking.notice_store import LEASE
from booking.notice_tables import OutboxDeliveryRow
from booking.notices import queue
from booking.operation import Operation
from booking.tables import AuditRow, OutboxRow
from tests.booking.fake_servers import GatewayServer, MailServer, gateway_server, mail_server, silent_server
from tests.booking.kinds import offer_at
from tests.tiny_network import FakeClock, local

ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org")
SECRETS = ("Erika", "erika@example.org", "28817386")


class Postman:
    """Takes messages, or fails as told."""

    def __init__(self, failure: SendError | None = None) -> None:
        self.failure = failure
        self.parcels: list[Parcel] = []
        self.tries = 0

    def __call__(self, parcel: Parcel) -> None:
        self.tries += 1
        if self.failure is not None:
            raise self.failure
        self.parcels.append(parcel)


def book(operation: Operation, contact: Contact = ERIKA, *, booker: Booker | None = None, at: str = "10:00") -> Booking:
    return operation.confirm(operation.token(offer_at(operation, at)), contact, Channel.WEB, booker=booker)


def desk(operation: Operation, **senders: Postman) -> Notices:
    return Notices(operation, {NoticeChannel(name): sender for name, sender in senders.items()})


def deliveries(database: Database) -> list[tuple[str, str, str, int]]:
    with database.sessions() as session:
        rows = session.scalars(select(OutboxDeliveryRow).order_by(OutboxDeliveryRow.id))
        return [(row.recipient, row.channel, row.state, row.attempts) for row in rows]


def outcome(database: Database) -> list[str | None]:
    with database.sessions() as session:
        return list(session.scalars(select(OutboxRow.outcome).order_by(OutboxRow.id)))


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[GatewayServer]:
    with gateway_server() as server:
        yield server


def test_whoever_gave_an_address_gets_a_mail_once_with_code_and_calendar(
    operation: Operation, database: Database, mail: MailServer
) -> None:
    booking = book(operation)
    notices = Notices(operation, {NoticeChannel.EMAIL: MailSender(mail.url, operation.district)})
    assert notices.prepare() == 1
    assert [notices.send_all(), notices.send_all()] == [1, 0]
    (message,) = mail.mails
    assert message["To"] == "erika@example.org"
    assert message["From"] == "Landkreis Reihendorf <rufbus@example.org>"
    assert message["Subject"] == "Landkreis Reihendorf: Ihre Fahrt ist bestellt"
    assert message["Content-Language"] == "de"
    body = message.get_body()
    assert body is not None
    assert booking.code in body.get_content()
    (calendar,) = message.iter_attachments()
    assert calendar.get_filename() == "rufbus.ics"
    assert calendar.get_content_type() == "text/calendar"
    assert "BEGIN:VEVENT" in calendar.get_content()
    assert deliveries(database) == [("traveller", "email", "sent", 1)]
    assert outcome(database) == ["told"]


def test_an_arabic_mail_is_written_from_the_right(operation: Operation, mail: MailServer) -> None:
    book(operation, replace(ERIKA, language="ar"))
    notices = Notices(operation, {NoticeChannel.EMAIL: MailSender(mail.url, operation.district)})
    notices.prepare()
    notices.send_all()
    html = mail.mails[0].get_body(("html",))
    assert html is not None
    assert 'lang="ar" dir="rtl"' in html.get_content()
    assert mail.mails[0]["Content-Language"] == "ar"


def test_an_sms_goes_through_the_gateway_with_a_key_that_stays(
    operation: Operation, database: Database, clock: FakeClock, gateway: GatewayServer
) -> None:
    booking = book(operation, Contact("Max Muster", "0152 28895456"))
    notices = Notices(operation, {NoticeChannel.SMS: Gateway(gateway.url, short_text)})
    clock.at = local("08:00")
    notices.prepare()
    gateway.status = 503
    assert notices.send_all() == 0
    assert deliveries(database) == [("traveller", "sms", "waiting", 1)]
    gateway.status = 200
    clock.at += timedelta(seconds=60)
    assert notices.send_all() == 1
    (first, second) = gateway.posts
    assert first[0] == second[0] == "/sms/+4915228895456"
    assert booking.code in second[1]["message"]
    assert first[2]["Idempotency-Key"] == second[2]["Idempotency-Key"]
    with database.sessions() as session:
        assert session.scalars(select(OutboxDeliveryRow.last_error)).one() == ""


class Heard(logging.Handler):
    """What a log of the whole program would hold. (caplog listens to loggers that are cut off, too.)"""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, root = Heard(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def test_what_went_wrong_is_noted_without_what_the_provider_said(
    operation: Operation, database: Database, clock: FakeClock, gateway: GatewayServer, heard: Heard
) -> None:
    book(operation, Contact("Max Muster", "0152 28895456"))
    clock.at = local("08:00")
    gateway.status = 401
    notices = Notices(operation, {NoticeChannel.SMS: Gateway(gateway.url, short_text)})
    notices.prepare()
    notices.send_all()
    with database.sessions() as session:
        assert session.scalars(select(OutboxDeliveryRow.last_error)).one() == "gateway_refused 401"
    said = " ".join(heard.said)
    assert "gateway_refused 401" in said
    assert "28895456" not in said
    assert "Muster" not in said


@pytest.mark.parametrize(
    ("contact", "channel"),
    [
        (ERIKA, "email"),
        (Contact("A", "0152 28817386"), "sms"),
        (Contact("A", "+48 512 345 678"), "sms"),
        (Contact("A", "03871 123456"), "voice"),
        (Contact("A", "03871 123456", address="Dorfstr. 1\n19370 Parchim"), "voice"),
        (Contact("A", "", address="Dorfstr. 1\n19370 Parchim"), "desk"),
        (Contact("A", "12"), "desk"),
        (Contact("A", email="no address"), "desk"),
        (Contact("A", email="one@example.org, two@example.org"), "desk"),
        (Contact("A", "0152 28817386", "Erika <erika@example.org>"), "sms"),
    ],
)
def test_the_channel_goes_by_what_the_rider_left(
    operation: Operation, database: Database, clock: FakeClock, contact: Contact, channel: str
) -> None:
    clock.at = local("08:00")
    book(operation, contact)
    desk(operation, email=Postman(), sms=Postman(), voice=Postman()).prepare()
    assert [d[1] for d in deliveries(database)] == [channel], "a letter would come too late for a ride today"


def test_a_letter_is_written_where_there_is_time_for_it(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    clock.at = local("2026-02-27 08:00")
    book(operation, Contact("A", "", address="Dorfstr. 1\n19370 Parchim"))
    desk(operation).prepare()
    assert [d[1:3] for d in deliveries(database)] == [("letter", "waiting")]


def test_nothing_is_lost_when_no_channel_is_set_up(operation: Operation, database: Database) -> None:
    book(operation)
    notices = desk(operation)
    notices.prepare()
    assert [d[1:3] for d in deliveries(database)] == [("desk", "waiting")]
    (view,) = notices.list("desk")
    assert view.kind == "confirmed"
    later = desk(operation, email=Postman())
    assert later.retry([view.id], "staff nele") == 1
    assert later.send_all() == 1
    assert notices.list("open") == ()
    assert outcome(database) == ["told"]


def test_traveller_and_booker_are_told_each_by_their_own_way(operation: Operation, database: Database) -> None:
    nele = Contact("Nele Muster", "0152 28895456", language="en")
    mail, sms = Postman(), Postman(SendError(Failure.GATEWAY_UNREACHABLE, is_down=True))
    notices = desk(operation, email=mail, sms=sms)
    operation.clock.at = local("08:00")  # type: ignore[attr-defined]
    book(operation, booker=Booker(nele, NoticesTo.BOTH))
    notices.prepare()
    assert notices.send_all() == 1
    assert deliveries(database) == [("traveller", "email", "sent", 1), ("booker", "sms", "waiting", 1)]
    assert outcome(database) == [None]
    sms.failure = None
    operation.clock.at += timedelta(seconds=60)  # type: ignore[attr-defined]
    assert notices.send_all() == 1
    assert (len(mail.parcels), len(sms.parcels)) == (1, 1), "the mail is not sent again"
    assert sms.parcels[0].text.short.startswith("Your ride is booked.")
    assert outcome(database) == ["told"]


def test_the_pause_doubles_until_the_delivery_is_dead(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    book(operation, at="22:00")
    mail = Postman(SendError(Failure.SMTP_UNREACHABLE, is_down=True))
    notices = desk(operation, email=mail)
    notices.prepare()
    pauses: list[int] = []
    for _ in range(DEFAULT_NOTICE_RULES.attempts):
        assert notices.send_all() == 0
        with database.sessions() as session:
            row = session.scalars(select(OutboxDeliveryRow)).one()
        if row.state == "dead":
            break
        pauses.append(int((row.next_attempt_at - clock.at).total_seconds()))
        clock.at = row.next_attempt_at - timedelta(seconds=1)
        tries = mail.tries
        notices.send_all()
        assert mail.tries == tries, "not before its time"
        clock.at += timedelta(seconds=1)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3840, 7680, 14400]
    assert mail.tries == 10
    (dead,) = notices.list("dead")
    assert (dead.last_error, dead.attempts, dead.recipient) == ("smtp_unreachable", 10, "traveller")
    assert outcome(database) == [None]


def test_a_dead_delivery_is_tried_again_or_told_by_hand_and_both_is_noted(
    operation: Operation, database: Database
) -> None:
    book(operation, Contact("Erika Beispiel", "", "erika@example.org"))
    mail = Postman(SendError(Failure.SMTP_RECIPIENT, 550, is_permanent=True))
    notices = desk(operation, email=mail)
    notices.prepare()
    notices.send_all()
    (dead,) = notices.list("dead")
    assert dead.last_error == "smtp_recipient 550"
    assert notices.retry([dead.id], "staff nele") == 1
    notices.send_all()
    told = notices.told(dead.id, "staff nele")
    assert (told.state, told.settled_by) == ("told", "staff nele")
    assert notices.told(dead.id, "staff max").settled_by == "staff nele", "twice is the same as once"
    assert notices.list("open") == ()
    assert outcome(database) == ["told"]
    with database.sessions() as session:
        noted = session.scalars(select(AuditRow).where(AuditRow.action.like("notice_%")).order_by(AuditRow.id)).all()
    assert [(row.action, row.actor) for row in noted] == [
        ("notice_retried", "staff nele"),
        ("notice_told", "staff nele"),
    ]


def test_an_address_that_does_not_exist_leads_to_the_next_channel(
    operation: Operation, database: Database, clock: FakeClock, mail: MailServer
) -> None:
    clock.at = local("08:00")
    book(operation)
    mail.recipient_answer = "550 no such user erika@example.org"
    sms = Postman()
    notices = Notices(
        operation, {NoticeChannel.EMAIL: MailSender(mail.url, operation.district), NoticeChannel.SMS: sms}
    )
    notices.prepare()
    notices.send_all()
    assert deliveries(database) == [("traveller", "email", "replaced", 1), ("traveller", "sms", "sent", 1)]
    assert len(sms.parcels) == 1
    assert outcome(database) == ["told"]
    with database.sessions() as session:
        errors = session.scalars(select(OutboxDeliveryRow.last_error)).all()
    assert not any(secret in error for error in errors for secret in SECRETS)


@pytest.mark.parametrize(
    ("answer", "state"),
    [("451 later", "waiting"), ("554 looks like spam", "waiting"), ("250 OK", "sent")],
)
def test_a_server_that_refuses_is_asked_again(
    operation: Operation, database: Database, mail: MailServer, answer: str, state: str
) -> None:
    book(operation)
    mail.answer = answer
    notices = Notices(operation, {NoticeChannel.EMAIL: MailSender(mail.url, operation.district)})
    notices.prepare()
    notices.send_all()
    assert [d[2] for d in deliveries(database)] == [state]


def test_a_server_that_hangs_holds_no_lock_and_no_other_channel(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    clock.at = local("08:00")
    book(operation)
    book(operation, Contact("Max Muster", "0152 28895456"), at="12:00")
    sms = Postman()
    with silent_server() as port:
        slow = MailSender(f"smtp://127.0.0.1:{port}", operation.district, timeout_s=2.0)
        notices = Notices(operation, {NoticeChannel.EMAIL: slow, NoticeChannel.SMS: sms})
        notices.prepare()
        thread = threading.Thread(target=notices.send, args=(NoticeChannel.EMAIL,))
        thread.start()
        _wait_for_lease(database)
        with database.sessions() as session:
            session.execute(text("set local lock_timeout = '200ms'"))
            session.execute(select(OutboxRow).with_for_update()).all()
            session.execute(select(OutboxDeliveryRow).with_for_update()).all()
            session.rollback()
        _wait_until_nobody_holds_a_transaction(database)
        assert notices.send(NoticeChannel.SMS) == 1
        assert thread.is_alive(), "the mail hangs still"
        thread.join()
    assert sorted(deliveries(database)) == [("traveller", "email", "waiting", 1), ("traveller", "sms", "sent", 1)]


def _wait_until_nobody_holds_a_transaction(database: Database) -> None:
    idle = "select count(*) from pg_stat_activity where state like 'idle in%' and pid <> pg_backend_pid()"
    for _ in range(100):
        with database.sessions() as session:
            if session.scalar(text(idle)) == 0:
                return
        threading.Event().wait(0.01)
    pytest.fail("sending holds a transaction")


def _wait_for_lease(database: Database) -> None:
    for _ in range(200):
        with database.sessions() as session:
            if session.scalar(select(OutboxDeliveryRow.id).where(OutboxDeliveryRow.lease.is_not(None))):
                return
        threading.Event().wait(0.01)
    pytest.fail("nobody took the mail")


def test_a_channel_that_is_down_is_left_alone_for_the_rest_of_the_round(
    operation: Operation, database: Database
) -> None:
    for hour in (10, 12, 14):
        book(operation, at=f"{hour}:00")
    mail = Postman(SendError(Failure.SMTP_TIMEOUT, is_down=True))
    notices = desk(operation, email=mail)
    notices.prepare()
    notices.send_all()
    assert mail.tries == 1
    assert sorted(d[3] for d in deliveries(database)) == [0, 0, 1], "the others have not lost an attempt"


def test_one_message_that_breaks_the_program_does_not_stop_the_others(
    operation: Operation, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    book(operation)
    book(operation, at="12:00")

    class Clumsy(Postman):
        def __call__(self, parcel: Parcel) -> None:
            super().__call__(parcel)
            if len(self.parcels) == 1:
                raise ValueError(parcel.to.email)

    mail = Clumsy()
    notices = desk(operation, email=mail)
    notices.prepare()
    with caplog.at_level(logging.DEBUG, logger="booking"):
        assert notices.send_all() == 1
    assert sorted(d[2] for d in deliveries(database)) == ["sent", "waiting"]
    assert "ValueError" in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


def test_two_workers_never_send_the_same(operation: Operation, database: Database) -> None:
    for hour in range(8, 20):
        book(operation, at=f"{hour:02}:30")
    mail = Postman()
    lock = threading.Lock()

    class Slow(Postman):
        def __call__(self, parcel: Parcel) -> None:
            threading.Event().wait(0.01)
            with lock:
                mail.parcels.append(parcel)

    workers = [desk(operation, email=Slow()) for _ in range(4)]
    threads = [threading.Thread(target=lambda w=w: (w.prepare(), w.send_all())) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    workers[0].send_all()
    keys = [parcel.key for parcel in mail.parcels]
    assert len(keys) == len(set(keys)) == 12
    assert outcome(database) == ["told"] * 12


def test_a_lease_that_is_over_is_taken_by_another_and_the_first_one_changes_nothing(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    book(operation)
    other = Postman()

    class Sleepy(Postman):
        def __call__(self, parcel: Parcel) -> None:
            super().__call__(parcel)
            clock.at += LEASE  # as if it had taken so long
            desk(operation, email=other).send_all()
            raise SendError(Failure.SMTP_TIMEOUT)

    sleepy = Sleepy()
    notices = desk(operation, email=sleepy)
    notices.prepare()
    notices.send_all()
    assert (len(sleepy.parcels), len(other.parcels)) == (1, 1)
    assert deliveries(database) == [("traveller", "email", "sent", 2)]


def test_a_message_on_which_workers_end_is_dead_one_day(operation: Operation, database: Database) -> None:
    book(operation)
    notices = desk(operation, email=Postman())
    notices.prepare()
    with database.sessions.begin() as session:
        session.execute(update(OutboxDeliveryRow).values(attempts=10))
    assert notices.send_all() == 0
    (dead,) = notices.list("dead")
    assert dead.last_error == "worker_ended"


def test_a_ride_that_is_over_is_not_told(operation: Operation, database: Database, clock: FakeClock) -> None:
    book(operation)
    mail = Postman()
    notices = desk(operation, email=mail)
    notices.prepare()
    clock.at = local("12:00")
    assert notices.send_all() == 0
    assert outcome(database) == ["stale"]
    assert mail.tries == 0


def test_what_is_dead_is_closed_when_the_ride_is_over(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    book(operation)
    notices = desk(operation)
    notices.prepare()
    assert len(notices.list("open")) == 1
    clock.at = local("12:00")
    notices.prepare()
    assert notices.list("open") == ()
    assert [d[2] for d in deliveries(database)] == ["stale"]


def test_a_confirmation_that_was_overtaken_by_a_cancellation_is_not_told(
    operation: Operation, database: Database
) -> None:
    booking = book(operation)
    mail = Postman()
    notices = desk(operation, email=mail)
    notices.prepare()
    operation.cancel(BookingCode(booking.code))
    notices.prepare()
    assert notices.send_all() == 1
    assert "storniert" in mail.parcels[0].text.subject
    assert mail.parcels[0].calendar == ""
    assert outcome(database) == ["stale", "told"]


def test_of_two_delays_only_the_newer_one_is_told(operation: Operation, database: Database, clock: FakeClock) -> None:
    booking = book(operation)
    ride = booking.rides[0].request_id
    mail = Postman(SendError(Failure.SMTP_UNREACHABLE, is_down=True))
    notices = desk(operation, email=mail)
    for minutes in (10, 20):
        with database.sessions.begin() as session:
            expected_at = (local("10:00") + timedelta(minutes=minutes)).isoformat()
            params = {"ride": ride, "minutes": minutes, "pickup_at": expected_at, "reason": "vehicle"}
            queue(session, "delayed", booking.id, clock.at, params)
        notices.prepare()
        notices.send_all()
    mail.failure = None
    clock.at += timedelta(minutes=10)
    assert notices.send_all() == 2
    said = [parcel.text.short for parcel in mail.parcels]
    assert any("10:20" in text for text in said)
    assert not any("10:10" in text for text in said)
    assert outcome(database) == ["told", "stale", "told"]


def test_what_is_urgent_goes_first(operation: Operation, database: Database, clock: FakeClock) -> None:
    bookings = [book(operation, at=f"{hour}:00") for hour in (10, 12)]
    with database.sessions.begin() as session:
        queue(session, "at_risk", bookings[1].id, clock.at, {"ride": bookings[1].rides[0].request_id})
    mail = Postman()
    notices = desk(operation, email=mail)
    notices.prepare()
    assert notices.send_all() == 3
    assert "kein Fahrzeug" in mail.parcels[0].text.subject


@pytest.mark.parametrize(
    ("channel", "kind", "at", "pickup", "may_at"),
    [
        ("voice", "confirmed", "12:00", "18:00", "12:00"),
        ("voice", "confirmed", "21:00", "2026-03-04 09:00", "2026-03-04 08:00"),
        ("voice", "confirmed", "21:00", "2026-03-04 08:59", "21:00"),
        ("sms", "reminder", "05:00", "06:00", "05:00"),
        ("sms", "reminder", "07:59", "12:00", "08:00"),
        ("sms", "reminder", "08:00", "12:00", "08:00"),
        ("email", "confirmed", "23:00", "2026-03-04 09:00", "23:00"),
        ("voice", "delayed", "05:00", "10:00", "05:00"),
        ("sms", "waiting_list", "02:00", "2026-03-01 09:00", "08:00"),
    ],
)
def test_nobody_is_rung_up_at_night_unless_it_is_urgent_or_the_ride_is_near(
    tiny: Network, channel: str, kind: str, at: str, pickup: str, may_at: str
) -> None:
    found = NoticeRules().may_disturb_at(
        NoticeChannel(channel), NoticeKind(kind), local(at), tiny.district.zone, local(pickup)
    )
    assert found == local(may_at)


def test_a_reminder_tells_the_window_that_is_agreed_now(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    """As if a breakdown had put the pickup, promised for 10:00 to 10:15, off by half an hour."""
    booking = book(operation)
    ride, half = booking.rides[0].request_id, 1800
    was = {"pickup_from_s": 36_000, "pickup_to_s": 36_900, "dropoff_from_s": 36_300, "dropoff_to_s": 37_500}
    details = {"ride": ride, "before": was, "after": {name: s + half for name, s in was.items()}}
    window_at = [booking.rides[0].leg.promise.pickup_from_at, booking.rides[0].leg.promise.pickup_to_at]
    with database.sessions.begin() as session:
        session.add(
            AuditRow(
                at=clock.at,
                actor="worker",
                action="promise_changed",
                service_on=None,
                booking_id=UUID(booking.id),
                details=details,
            )
        )
        queue(session, "reminder", booking.id, clock.at)
    mail = Postman()
    notices = desk(operation, email=mail)
    notices.prepare()
    notices.send_all()
    told = mail.parcels[-1].text.long
    begins, ends = (f"{at + timedelta(seconds=half) + timedelta(hours=1):%H:%M}" for at in window_at)
    assert f"Abholung: zwischen {begins} und {ends} Uhr" in told


def test_the_language_of_a_rider_is_kept(operation: Operation) -> None:
    booking = book(operation, replace(ERIKA, language="uk", address="Weg 2\n19370 Parchim"))
    assert operation.get_booking(booking.code).contact == replace(ERIKA, language="uk", address="Weg 2\n19370 Parchim")


def test_the_same_key_is_queued_once(operation: Operation, database: Database) -> None:
    booking, now = book(operation), datetime.fromisoformat("2026-03-03T05:00:00+00:00")
    with database.sessions.begin() as session:
        assert queue(session, "near", booking.id, now, {}, "near/x")
        assert not queue(session, "near", booking.id, now, {}, "near/x")


def test_a_message_that_nobody_knows_how_to_tell_comes_before_the_desk_and_stops_no_other(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    booking = book(operation)
    with database.sessions.begin() as session:
        queue(session, "unheard_of", booking.id, clock.at)
    mail = Postman()
    notices = desk(operation, email=mail)
    notices.prepare()
    assert notices.send_all() == 1
    (odd,) = notices.list("desk")
    assert (odd.kind, odd.last_error) == ("unheard_of", "fault")
    assert notices.told(odd.id, "staff nele").state == "told"


def test_a_booking_that_was_changed_is_told_as_it_is_now(operation: Operation) -> None:
    booking = book(operation, at="12:00")
    mail = Postman()
    notices = desk(operation, email=mail)
    notices.prepare()
    offer = operation.changes.options(booking.code, replace(offer_at(operation, "14:00").enquiry)).offers[0]
    operation.changes.change(booking.code, operation.token(offer), allow_duplicate=True)
    notices.prepare()
    assert notices.send_all() == 1
    (told,) = mail.parcels
    assert "geändert" in told.text.subject
    assert "14:0" in told.text.short
    assert booking.code in told.text.short, "the code stays"


def test_a_letter_that_nobody_printed_in_time_is_for_a_person(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    clock.at = local("2026-02-27 08:00")
    book(operation, Contact("A", "", address="Dorfstr. 1\n19370 Parchim"))
    notices = desk(operation)
    notices.prepare()
    for at, expected in (("2026-03-01 11:00", [("letter", "waiting")]), ("2026-03-01 12:00", None)):
        clock.at = local(at)
        notices.prepare()
        assert [d[1:3] for d in deliveries(database)] == (expected or [("letter", "replaced"), ("desk", "waiting")])


def test_two_recipients_that_fail_at_once_do_not_lock_each_other_out(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    """Traveller by mail, booker by SMS: both fail for good at the same time, both go on by the next channel."""
    clock.at = local("08:00")
    traveller = Contact("Erika", "03871 123456", "erika@example.org")
    nele = Contact("Nele", "0152 28895456")
    barrier = threading.Barrier(2)

    class Failing(Postman):
        def __call__(self, parcel: Parcel) -> None:
            barrier.wait(5)
            super().__call__(parcel)

    gone = SendError(Failure.SMTP_RECIPIENT, 550, is_permanent=True)
    voice = Postman()
    notices = desk(operation, email=Failing(gone), sms=Failing(gone), voice=voice)
    for hour in range(10, 14):
        book(operation, traveller, booker=Booker(nele, NoticesTo.BOTH), at=f"{hour}:00")
    notices.prepare()
    channels = (NoticeChannel.EMAIL, NoticeChannel.SMS)
    threads = [threading.Thread(target=notices.send, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(d[1:3] for d in deliveries(database)) == [
        *[("email", "replaced")] * 4,
        *[("sms", "replaced")] * 4,
        *[("voice", "waiting")] * 8,
    ]
    assert notices.send(NoticeChannel.VOICE) == 8


def test_a_telephone_system_gets_a_text_to_read_aloud_and_its_language(
    operation: Operation, clock: FakeClock, gateway: GatewayServer
) -> None:
    clock.at = local("08:00")
    booking = book(operation, Contact("Olena", "03871 123456", language="uk"))
    notices = Notices(operation, {NoticeChannel.VOICE: Gateway(gateway.url, spoken_text)})
    notices.prepare()
    assert notices.send_all() == 1
    ((path, body, _),) = gateway.posts
    assert path == "/sms/+493871123456"
    assert body["language"] == "uk"
    assert " ".join(booking.code.replace("-", "")) in body["message"]
    assert "http" not in body["message"]
