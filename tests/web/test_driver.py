"""The manifest, as the driver reads it."""

import re

import pytest

from tests.web.staff_fakes import EARLY, STOPS, StaffOperation, at, made_up_day, staff_client
from web.driver import Entry, entries_of

HUBS = {STOPS[2].id}
MANIFEST = "/staff/manifest/2026-12-01/früh"


def entries(now_hour: int, now_minute: int) -> tuple[Entry, ...]:
    run = next(run for run in made_up_day().runs if run.shift_id == EARLY)
    return entries_of(run, HUBS, at(now_hour, now_minute))


def manifest(operation: StaffOperation | None = None, path: str = MANIFEST) -> str:
    with staff_client(operation or StaffOperation(), "Fahrer Zwei") as client:
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.text


@pytest.mark.parametrize(
    ("now", "done", "next_number"),
    [
        ((6, 0), 0, 1),
        ((7, 0), 0, 1),
        ((7, 1), 0, 1),  # still boarding
        ((7, 2), 1, 2),
        ((8, 0), 3, 4),
        ((10, 0), 5, None),
    ],
)
def test_the_next_visit_is_the_first_that_is_not_over(now: tuple[int, int], done: int, next_number: int | None) -> None:
    found = entries(*now)
    assert sum(entry.is_done for entry in found) == done
    assert [entry.number for entry in found if entry.is_next] == ([] if next_number is None else [next_number])


def test_lines_are_waited_for_where_riders_come_from_them_and_reached_where_they_go_on() -> None:
    found = entries(6, 0)
    assert [entry.awaited_lines for entry in found] == [(), (), (), ("RE 8 09:00",), ()]
    assert [entry.reached_lines for entry in found] == [(), (), ("RE 8 07:40",), (), ()]


def test_today_is_where_the_list_begins() -> None:
    with staff_client(StaffOperation(), "Fahrer Zwei") as client:
        assert client.get("/staff/manifest").headers["location"] == "/staff/manifest/2026-12-01"
        runs = client.get("/staff/manifest/2026-12-01").text
    assert [re.sub(r"<.*?>", "", name) for name in re.findall(r'class="manifest-runs__name">(.*?)</span>', runs)] == [
        "Rufbus 1",
        "Rufbus 2",
        "Taxi Öztürk",
    ]
    assert "5 Halte" in runs
    assert "noch keine Fahrgäste" in runs


def test_a_visit_tells_time_stop_who_with_what_and_how_to_call_them() -> None:
    text = manifest()
    for expected in (
        '<span class="manifest__time">07:15</span>',
        "Altdrossen, Kirche",
        "2 Personen, 1 Rollstuhl",
        'href="tel:+491700000002"',
        "steigt um in <bdi",
        "Danach an Bord: 3",
    ):
        assert expected in text


def test_a_held_line_stands_out_at_its_hub() -> None:
    text = manifest()
    assert len(re.findall(r"Wartet auf <bdi[^>]*>RE 8 09:00</bdi>", text)) == 1
    assert len(re.findall(r"Umstieg in <bdi[^>]*>RE 8 07:40</bdi>", text)) == 1


def test_the_next_visit_is_marked_for_eyes_and_ears() -> None:
    text = manifest()
    assert text.count('aria-current="step"') == 1
    assert 'id="next" aria-current="step"' in text
    assert "Zum nächsten Halt, 09:05 Uhr" in text


def test_breaks_have_their_own_row() -> None:
    text = manifest(path="/staff/manifest/2026-12-01/spät")
    assert "manifest__visit--break" in text
    assert "bis 12:00 Uhr" in text


def test_a_run_without_riders_says_so() -> None:
    assert "Auf dieser Tour ist noch nichts gebucht." in manifest(path="/staff/manifest/2026-12-01/taxi")


def test_a_day_without_shifts_says_so() -> None:
    assert "keine Schicht eingeteilt" in manifest(path="/staff/manifest/2026-12-24")
