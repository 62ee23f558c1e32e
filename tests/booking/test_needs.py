"""What riders bring: the space it takes, the time it takes, and why there is no vehicle for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from booking.api.problems import install_problems
from booking.api.router import create_router
from booking.database import Database
from booking.district_units import NotationError, parse_layouts
from booking.enquiry_search import Network
from booking.model import Answer, Channel, Contact, Explanation, Party, Reason
from booking.operation import Operation
from booking.rides import boarding_s
from booking.rulebook import RideRules
from booking.store import load_day, needs_text
from booking.tables import RefusalRow
from routing.model import Load
from tests.tiny_network import enquiry_of, local, service_day

SUNDAY = "2026-03-08"
"""Only bus 1 drives: with a place for a wheelchair or a pram, without any for a dog."""


def ask(operation: Operation, at: str, party: Party) -> Answer:
    return operation.answer(enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", at, party=party))


def refused(answer: Answer) -> Explanation:
    assert answer.refusal is not None
    return answer.refusal.explanation


def test_a_party_is_counted_by_the_space_it_needs() -> None:
    family = Party(4, wheelchairs=1, prams=1, dogs=1, child_seats=2, luggage=3, companions=1)
    assert family.load() == Load(seat=3, wheelchair=1, pram=1, dog=1, child_seat=2, luggage=3)
    assert needs_text(family.load()) == "wheelchair+pram+dog+child_seat+luggage"
    assert needs_text(Party(4).load()) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"persons": 2, "wheelchairs": 1, "child_seats": 2},
        {"persons": 1, "companions": 1},
        {"persons": 1, "dogs": -1},
        {"persons": 1, "luggage": -1},
        {"persons": 1, "child_seats": -1},
        {"persons": 1, "boarding_extra_s": -1},
    ],
)
def test_a_party_that_cannot_be_is_none(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"child seats|companions|not negative"):
        Party(**wrong)


def test_everything_that_is_secured_takes_its_time() -> None:
    rules = RideRules(
        pickup_window_s=900,
        max_detour_factor=1.5,
        max_detour_s=900,
        max_ride_s=3600,
        min_distance_m=0,
        boarding_s=60,
        boarding_wheelchair_s=180,
        boarding_walking_frame_s=40,
        boarding_pram_s=50,
        boarding_bike_s=30,
        max_walk_to_stop_m=1000,
        boarding_dog_s=15,
        boarding_child_seat_s=90,
        boarding_luggage_s=20,
    )
    assert boarding_s(Party(2), rules) == 60
    assert boarding_s(Party(2, boarding_extra_s=120), rules) == 180
    assert boarding_s(Party(3, wheelchairs=1, dogs=1, child_seats=2, luggage=3), rules) == 60 + 180 + 15 + 180 + 60


def test_layouts_are_written_as_one_says_them() -> None:
    said = parse_layouts("8 seats | 6 seats + 1 wheelchair | 7 Seats+1 pram + 2 child seats + 1 walking frame")
    assert said == (
        Load(seat=8),
        Load(seat=6, wheelchair=1),
        Load(seat=7, pram=1, child_seat=2, walking_frame=1),
    )
    assert parse_layouts("seat:6|seat:4+wheelchair:1") == (Load(seat=6), Load(seat=4, wheelchair=1))
    for wrong in ("8", "seats", "eight seats", "4 seats + 4 seats", "4 seats + 1 hamster", "0 seats", "4 seats |"):
        with pytest.raises(NotationError):
            parse_layouts(wrong)


def test_no_vehicle_of_the_fleet_takes_two_dogs(operation: Operation) -> None:
    why = refused(ask(operation, "10:00", Party(1, dogs=2)))
    assert (why.reason, why.rule) == (Reason.NO_SUITABLE_VEHICLE, "2020-01/fleet")


def test_on_sundays_no_vehicle_on_duty_takes_a_dog(operation: Operation) -> None:
    why = refused(ask(operation, f"{SUNDAY} 10:00", Party(1, dogs=1)))
    assert (why.reason, why.rule) == (Reason.NONE_SUITABLE_ON_DUTY, "2020-01/shifts")
    assert why.params["phone"] == "+49 385 0000000"
    assert ask(operation, "10:00", Party(1, dogs=1)).offers, "on weekdays there is one"


def test_all_vehicles_that_take_a_wheelchair_are_taken_while_a_taxi_is_free(operation: Operation) -> None:
    # At eight in the evening two buses with a place each and a taxi without are on duty; rides of ten minutes and
    # three to board and alight fill the half hour around the wish at last.
    party = Party(1, wheelchairs=1)
    for _ in range(20):
        answer = ask(operation, "21:00", party)
        if not answer.offers:
            break
        operation.confirm(operation.token(answer.offers[0]), Contact("Erika Beispiel"), Channel.WEB)
    why = refused(answer)
    assert (why.reason, why.rule) == (Reason.NONE_SUITABLE_FREE, "2020-01/runs")
    assert answer.refusal is not None
    assert answer.refusal.alternatives, "at another time one is free"
    assert ask(operation, "21:00", Party(1)).offers


def test_a_refusal_says_which_space_was_wanted_and_nothing_else(operation: Operation, database: Database) -> None:
    ask(operation, f"{SUNDAY} 10:00", Party(2, dogs=1, walking_frames=1, boarding_extra_s=300))
    with database.sessions() as session:
        row = session.query(RefusalRow).one()
    assert (row.needs, row.persons, row.wheelchairs) == ("walking_frame+dog", 2, 0)


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(create_router(operation), prefix="/api/v1")
    install_problems(app)
    with TestClient(app, base_url="http://localhost/api/v1/") as opened:
        yield opened


def test_needs_go_from_the_enquiry_into_the_run_and_onto_the_manifest(
    client: TestClient, operation: Operation, database: Database, tiny: Network
) -> None:
    party = {"persons": 3, "dogs": 1, "child_seats": 1, "luggage": 2, "companions": 1, "boarding_extra_s": 120}
    body = {
        "origin": {"stop_id": "eldehof-markt"},
        "destination": {"stop_id": "doessin-markt"},
        "depart_after": local("10:00").isoformat(),
        "party": party,
    }
    found = client.post("offers", json=body).json()["offers"][0]
    booked = client.post("bookings", json={"token": found["token"], "name": "Erika Beispiel"})
    assert booked.status_code == 201, booked.text
    with database.sessions() as session:
        (request,) = load_day(session, tiny.district, service_day(tiny)).requests.values()
    assert request.load == Load(seat=3, dog=1, child_seat=1, luggage=2)
    assert (request.boarding_s, request.alighting_s) == (180, 180)
    operation.save_staff("anna", "a good long password", "dispatcher")
    token = client.post("staff/login", json={"name": "anna", "password": "a good long password"}).json()["token"]
    day = client.get("days/2026-03-03", headers={"Authorization": f"Bearer {token}"}).json()
    riders: list[dict[str, Any]] = [r for run in day["runs"] for visit in run["visits"] for r in visit["riders"]]
    assert len(riders) == 2
    assert all(rider[name] == count for rider in riders for name, count in party.items())


@pytest.mark.parametrize(
    ("party", "sentence"),
    [
        ({"persons": 1, "child_seats": 2}, "more child seats than persons on a seat"),
        ({"persons": 2, "companions": 2}, "nobody is left whom the companions could accompany"),
        ({"dogs": -1}, "party.dogs"),
        ({"boarding_extra_s": 7200}, "party.boarding_extra_s"),
    ],
)
def test_an_impossible_party_gets_a_sentence(client: TestClient, party: dict[str, int], sentence: str) -> None:
    body = {
        "origin": {"stop_id": "eldehof-markt"},
        "destination": {"stop_id": "doessin-markt"},
        "depart_after": local("10:00").isoformat(),
        "party": party,
    }
    response = client.post("offers", json=body)
    assert response.status_code == 422
    assert sentence in response.json()["detail"]
