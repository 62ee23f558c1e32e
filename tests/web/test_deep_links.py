"""A link that opens the booking form with a wish filled in."""

import pytest
from fastapi.testclient import TestClient

from tests.web.resident_fakes import FakeOperation
from web.deep_links import prefilled_form
from web.forms import EnquiryForm

FIRST_VISIT = EnquiryForm(day="2026-03-03", hour="08", minute="00")


@pytest.fixture
def stop(fake_operation: FakeOperation) -> tuple[str, str]:
    first = fake_operation.district.stops[0]
    return first.id, first.name


def test_a_link_to_the_service_leads_to_the_form_in_the_readers_language(client: TestClient) -> None:
    response = client.get("/?from=A&time=10:30&utm_source=x", headers={"Accept-Language": "en"})
    assert response.headers["location"] == "/en/?from=A&time=10:30&utm_source=x"
    assert client.get("/?utm_source=x", headers={"Accept-Language": "en"}).headers["location"] == "/en/"


def test_the_form_shows_what_the_link_says(client: TestClient, stop: tuple[str, str]) -> None:
    page = client.get(f"/de/?from={stop[0]}&to=Fernstadt&date=2030-01-02&time=9:05&by=arrival&passengers=3").text
    assert f'value="{stop[1]}"' in page
    assert 'value="Fernstadt"' in page
    assert 'value="09"' in page
    assert 'value="05"' in page


def test_every_part_is_read(fake_operation: FakeOperation, stop: tuple[str, str]) -> None:
    query = {"from": stop[0], "to": "11.85,53.42", "date": "2026-03-09", "time": "23:59", "by": "arrival",
             "passengers": "2", "wheelchairs": "1", "bikes": "0"}  # fmt: skip
    form = prefilled_form(FIRST_VISIT, query, fake_operation)  # type: ignore[arg-type] # a fake
    assert (form.origin, form.destination) == (stop[1], "53.4200, 11.8500")
    assert stop[0] in form.origin_choice
    assert '"lon": 11.85' in form.destination_choice
    assert (form.day, form.hour, form.minute, form.timing) == ("2026-03-09", "23", "59", "arrive_by")
    assert (form.persons, form.wheelchairs, form.bikes) == ("2", "1", "0")


@pytest.mark.parametrize(
    "query",
    [
        {"date": "tomorrow"},
        {"time": "25:00"},
        {"passengers": "-1"},
        {"passengers": "1000"},
        {"by": "car"},
        {"name": "E"},
    ],
)
def test_what_cannot_be_read_is_left_as_it_is(fake_operation: FakeOperation, query: dict[str, str]) -> None:
    assert prefilled_form(FIRST_VISIT, query, fake_operation) == FIRST_VISIT  # type: ignore[arg-type] # a fake


def test_what_a_link_says_is_text_and_never_markup(client: TestClient) -> None:
    assert "<script>alert" not in client.get("/de/?from=<script>alert(1)</script>").text
    assert client.get("/de/?from=" + "x" * 5000).status_code == 200
