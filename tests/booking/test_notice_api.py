"""Messages to riders by JSON API, and by the command line."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from booking.api.problems import install_problems
from booking.api.router import create_router
from booking.database import Database
from booking.model import Channel, Contact
from booking.notice_errors import Failure, SendError
from booking.notice_parcel import Parcel
from booking.notice_rules import NoticeChannel
from booking.operation import Operation
from booking.tables import AuditRow
from tests.booking.kinds import offer_at
from tests.tiny_network import local

PREFIX = "/api/v1"


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(create_router(operation), prefix=PREFIX)
    install_problems(app)
    with TestClient(app, base_url=f"http://localhost{PREFIX}/") as opened:
        yield opened


@pytest.fixture
def as_role(client: TestClient, operation: Operation) -> Callable[[str], dict[str, str]]:
    def log_in(role: str) -> dict[str, str]:
        operation.save_staff(role, "a good long password", role)
        body = {"name": role, "password": "a good long password"}
        return {"Authorization": f"Bearer {client.post('staff/login', json=body).json()['token']}"}

    return log_in


class Refusing:
    """No mail arrives."""

    def __init__(self) -> None:
        self.is_up = False

    def __call__(self, _parcel: Parcel) -> None:
        if not self.is_up:
            raise SendError(Failure.SMTP_RECIPIENT, 550, is_permanent=True)


def test_the_desk_sees_what_is_dead_tries_it_again_and_notes_what_it_told(
    client: TestClient, operation: Operation, database: Database, as_role: Callable[[str], dict[str, str]]
) -> None:
    mail = Refusing()
    operation.notices.senders = {NoticeChannel.EMAIL: mail}
    erika = Contact("Erika Beispiel", email="erika@example.org")
    booking = operation.confirm(operation.token(offer_at(operation)), erika, Channel.WEB)
    operation.notices.prepare()
    operation.notices.send_all()
    staff = as_role("dispatcher")
    (dead,) = client.get("staff/notices", params={"state": "dead"}, headers=staff).json()
    assert (dead["kind"], dead["code"], dead["last_error"]) == ("confirmed", booking.code, "smtp_recipient 550")
    assert not {"name", "phone", "email", "to"} & set(dead), "who it is stands in the booking"
    assert "erika" not in str(dead)
    assert client.post("staff/notices/retry", json={"ids": [dead["id"]]}, headers=staff).json() == {"retried": 1}
    operation.notices.send_all()
    told = client.post(f"staff/notices/{dead['id']}/told", headers=staff)
    assert (told.json()["state"], told.json()["settled_by"]) == ("told", "staff dispatcher")
    assert client.get("staff/notices", headers=staff).json() == []
    with database.sessions() as session:
        actions = session.scalars(select(AuditRow.action).where(AuditRow.booking_id == booking.id)).all()
    assert actions[-2:] == ["notice_retried", "notice_told"]


def test_only_dispatchers_see_what_nobody_has_got(client: TestClient, as_role: Callable[[str], dict[str, str]]) -> None:
    assert client.get("staff/notices").status_code == 401
    assert client.get("staff/notices", headers=as_role("driver")).status_code == 403
    assert client.post("staff/notices/1/told", headers=as_role("dispatcher")).status_code == 404
    assert client.get("staff/notices", params={"state": "lost"}, headers=as_role("dispatcher")).status_code == 422


def test_a_booking_by_api_keeps_the_language_and_the_address_of_who_travels(
    client: TestClient, operation: Operation
) -> None:
    enquiry = {
        "origin": {"stop_id": "brueelow-markt"},
        "destination": {"stop_id": "cramnitz-markt"},
        "depart_after": local("10:00").isoformat(),
    }
    token = client.post("offers", json=enquiry).json()["offers"][0]["token"]
    body = {"token": token, "name": "Olena", "language": "uk", "address": "Weg 2\n19370 Parchim"}
    booked = client.post("bookings", json=body)
    assert booked.status_code == 201
    contact = operation.get_booking(booked.json()["code"]).contact
    assert (contact.language, contact.address) == ("uk", "Weg 2\n19370 Parchim")
    assert client.post("bookings", json={**body, "language": "xx"}).status_code == 422
