"""The page for whoever has never used the service: its figures are those of the rules, its pictures have no words."""

import re

import pytest
from fastapi.testclient import TestClient

from tests.web.resident_fakes import LANGUAGE_CODES
from web.static_files import STATIC_FOLDER


def test_it_says_what_the_rules_say(client: TestClient) -> None:
    page = client.get("/de/how-it-works").text
    assert "mindestens 60 Minuten vor der Abfahrt" in page
    assert "höchstens so viele Tage vorher bestellen: 28." in page
    assert "wartet der Rufbus höchstens 10 Minuten." in page
    for hours in (("05:00", "22:00"), ("06:00", "20:00")):
        assert re.search(".".join(hours), page)
    assert "Samstag" not in page, "the made-up service has no hours on that day"
    assert 'href="tel:0999912345"' in page


@pytest.mark.parametrize("code", LANGUAGE_CODES)
def test_it_is_there_in_every_language_and_one_press_from_the_start(client: TestClient, code: str) -> None:
    assert f'href="/{code}/how-it-works"' in client.get(f"/{code}/").text
    page = client.get(f"/{code}/how-it-works")
    assert page.status_code == 200
    assert page.text.count("<use ") == 6


def test_each_picture_that_is_shown_is_drawn_and_has_no_words_in_it(client: TestClient) -> None:
    drawings = (STATIC_FOLDER / "drawings.svg").read_text(encoding="utf-8")
    shown = re.findall(r"drawings[^#\"]*\.svg[^#\"]*#(\w+)", client.get("/de/how-it-works").text)
    assert len(set(shown)) == 6
    assert set(shown) == set(re.findall(r'<symbol id="(\w+)"', drawings))
    assert "<text" not in drawings
