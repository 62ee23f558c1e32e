"""Every residents' page in all nine languages: language and direction, nothing untranslated, nothing from elsewhere."""

import re
from functools import cache
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from booking.model import Explanation, Reason
from tests.web.resident_fakes import FILLED, LANGUAGE_CODES, FakeOperation
from web.app import create_app
from web.i18n import LANGUAGES

FOREIGN = {"uk", "ru", "ar", "fa", "pl", "tr", "en"}
ASSETS = re.compile(r'(?:src|href|action|formaction|poster|srcset|data)="([^"]+)"')


class VisibleText(HTMLParser):
    """Collects what is read out or shown, but for names, languages' own names and other marked foreign text."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.texts: set[str] = set()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.labels: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self._foreign = 0
        self._stack: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_foreign = tag in {"script", "style", "bdi"} or (tag != "html" and "lang" in given)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labels.add(str(given["for"]))
        if tag in {"input", "select"} and given.get("type") != "hidden":
            self.inputs.append(given)
        for name in ("aria-label", "title", "placeholder", "data-hint", "data-none", "data-many", "data-selected"):
            if given.get(name):
                self.texts.add(str(given[name]).strip())
        if tag not in {"meta", "link", "input", "br", "use"}:
            self._stack.append((tag, is_foreign))
            self._foreign += is_foreign

    def handle_endtag(self, tag: str) -> None:
        while self._stack:
            opened, was_foreign = self._stack.pop()
            self._foreign -= was_foreign
            if opened == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self._foreign and any(sign.isalpha() for sign in data):
            self.texts.add(" ".join(data.split()))


def read(page: str, language: str) -> VisibleText:
    reader = VisibleText(language)
    reader.feed(page)
    return reader


@cache
def pages_of(language: str) -> dict[str, str]:
    operation = FakeOperation(with_line=True, held=True)
    with TestClient(create_app(operation), follow_redirects=True) as client:  # type: ignore[arg-type] # a fake
        base = f"/{language}/"
        pages = {
            "form": client.get(base),
            "mistakes": client.post(f"{base}offers", data={}),
            "which place": client.post(f"{base}offers", data=FILLED | {"origin": "dross"}),
            "offers": client.post(f"{base}offers", data=FILLED),
            "check": client.post(f"{base}check", data={"offer": "token-o1"}),
            "check mistakes": client.post(f"{base}bookings", data={"offer": "token-o1", "phone": "x", "email": "x"}),
            "find": client.get(f"{base}booking/find"),
            "find mistakes": client.post(f"{base}booking/find", data={"code": "nope"}),
            "invalid": client.post(f"{base}check", data={"offer": "made up"}),
            "missing": client.get(f"{base}nowhere"),
            "booking": client.post(f"{base}bookings", data={"offer": "token-o1", "name": "Kim", "phone": "0999 55"}),
            "cancel": client.get(f"{base}booking/cancel"),
            "cancelled": client.post(f"{base}booking/cancel"),
        }
        operation.is_taken = True
        pages["taken"] = client.post(f"{base}bookings", data={"offer": "token-o1", "name": "Kim"})
        operation.refusal = Explanation(Reason.NO_VEHICLE_FREE, "2026-01/runs")
        pages["refusal"] = client.post(f"{base}offers", data=FILLED)
    assert all(answer.status_code < 500 for answer in pages.values())
    return {name: answer.text for name, answer in pages.items()}


@pytest.mark.parametrize("code", LANGUAGE_CODES)
def test_every_page_says_its_language_and_direction(code: str) -> None:
    language = LANGUAGES[code]
    for name, page in pages_of(code).items():
        opening = f'<html lang="{language.html_lang}" dir="{language.direction}" data-kern-theme="light">'
        assert opening in page, name
        assert ("kern.rtl.min.css" in page) == (code in {"ar", "fa"}), name
        for other in LANGUAGES.values():
            assert f'lang="{other.html_lang}" hreflang="{other.html_lang}"' in page, name
        assert page.count('aria-current="true"') == 1, name


@pytest.mark.parametrize("code", sorted(FOREIGN))
def test_no_german_text_is_left_in_a_foreign_page(code: str) -> None:
    german, foreign = pages_of("de"), pages_of(code)
    for name, page in foreign.items():
        left = read(page, code).texts & read(german[name], "de").texts
        # words that are the same in both, and the name of the product
        assert left <= {"RB", "Rufbus", "Name", "Code", "E-Mail", "Minute", "Telefon", "Telefon:"}, name


@pytest.mark.parametrize("code", LANGUAGE_CODES)
def test_every_page_is_sound_for_people_who_listen_to_it(code: str) -> None:
    for name, page in pages_of(code).items():
        read_page = read(page, code)
        assert read_page.headings.count(1) == 1, name
        assert len(read_page.ids) == len(set(read_page.ids)), name
        for given in read_page.inputs:
            assert given.get("id") in read_page.labels, (name, given)
        for reference in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page):
            assert set(reference.split()) <= set(read_page.ids), name
        assert '<a class="skip-link" href="#main">' in page, name
        assert 'href="tel:0999912345"' in page, name


def test_no_page_asks_anything_of_another_site() -> None:
    for name, page in pages_of("de").items():
        for address in ASSETS.findall(page):
            assert address.startswith(("/", "#", "tel:")), (name, address)
            assert not address.startswith("//"), (name, address)
        assert "style=" not in page, name
        assert "<script>" not in page, name


def test_language_links_lead_to_the_same_page_where_it_can_be_fetched() -> None:
    pages = pages_of("de")
    assert 'href="/uk/booking/find" lang="uk"' in pages["find"]
    assert 'href="/uk/" lang="uk"' in pages["offers"]
