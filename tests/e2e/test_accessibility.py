"""axe, small screens, wide letters: the pages as they are laid out, in left-to-right and right-to-left languages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

from booking.model import Offer
from tests.booking.kinds import fill
from tests.e2e.conftest import Site

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TEXT_SPACING = """document.querySelectorAll("*").forEach((element) => {
    element.style.lineHeight = "1.5"; element.style.letterSpacing = "0.12em"; element.style.wordSpacing = "0.16em";
})"""


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("(tags) => axe.run({runOnly: tags})", TAGS)
    return [f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0]['failureSummary']}" for v in found["violations"]]


def overflow_px(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def follow(page: Page, control: Locator) -> None:
    """Click on what leads to another page, and wait for that page."""
    with page.expect_navigation():
        control.click()


def walk(site: Site, context: BrowserContext, language: str, look: Callable[[str, Page], None]) -> None:
    """Go the whole way in a language, where buttons have other names, and look at every page."""
    page = site.open_page(context, f"/{language}/")
    submit = "main form.stack button[type=submit]"
    look("form", page)
    page.goto(f"{site.address}/{language}/how-it-works")
    look("how it works", page)
    page.goto(f"{site.address}/{language}/")
    follow(page, page.locator(submit))
    look("mistakes", page)
    page.locator("#origin").fill("Brüel")
    page.locator("#destination").fill("Cramnitz, Markt")
    page.locator("#hour").fill("10")
    follow(page, page.locator(submit))
    look("which place", page)
    follow(page, page.locator(submit))
    look("offers", page)
    follow(page, page.locator(".offer button").first)
    look("check", page)
    page.locator("#name").fill("Erika Beispiel")
    follow(page, page.locator(submit))
    look("booking", page)
    follow(page, page.locator("a[href$='/booking/change']"))
    look("change", page)
    follow(page, page.locator(submit))
    look("what it can be changed to", page)
    follow(page, page.locator(".offer button").first)
    look("check of a change", page)
    follow(page, page.locator(submit))
    follow(page, page.locator("a[href$='/booking/data']"))
    look("data", page)
    follow(page, page.locator("a[href$='/data/delete']"))
    look("deleting data", page)
    page.goto(f"{site.address}/{language}/booking")
    follow(page, page.locator("a[href$='/booking/cancel']"))
    look("cancel", page)
    follow(page, page.locator("main form button[type=submit]"))
    look("cancelled", page)
    page.goto(f"{site.address}/{language}/booking/find")
    look("find", page)
    page.goto(f"{site.address}/{language}/")
    page.locator("#origin").fill("Brüelow, Markt")
    page.locator("#destination").fill("Brüelow, Markt")
    follow(page, page.locator(submit))
    look("refusal", page)
    wait(site, page, language, look)


def wait(site: Site, page: Page, language: str, look: Callable[[str, Page], None]) -> None:
    """Ask for what is full, with all that can be said, and wait for it."""
    submit = "main form.stack button[type=submit]"
    fill(site.operation, "12:00")
    page.goto(f"{site.address}/{language}/")
    page.locator("#origin").fill("Brüelow, Markt")
    page.locator("#destination").fill("Cramnitz, Markt")
    page.locator("#hour").fill("12")
    page.locator("#persons").select_option("4")
    page.locator(".more summary").click()
    look("form with all that can be said", page)
    follow(page, page.locator(submit))
    look("refusal that may end", page)
    follow(page, page.locator("form[action$='/waiting'] button"))
    look("who waits", page)
    page.locator("#name").fill("Erika Beispiel")
    follow(page, page.locator(submit))
    look("nobody could be told", page)
    page.locator("#phone").fill("0385 0000001")
    follow(page, page.locator(submit))
    look("waiting", page)
    follow(page, page.locator("form[action$='/withdraw'] button"))
    look("waiting no more", page)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_axe_finds_nothing_on_the_whole_way(site: Site, context: BrowserContext, language: str) -> None:
    found: dict[str, list[str]] = {}
    walk(site, context, language, lambda name, page: found.update({name: violations(page)}))
    assert {name: list_ for name, list_ in found.items() if list_} == {}
    assert len(found) == 22


@pytest.mark.parametrize("language", ["de", "de-simple", "ru", "ar"])
def test_no_page_is_wider_than_the_smallest_phone(site: Site, context: BrowserContext, language: str) -> None:
    found: dict[str, int] = {}

    def measure(name: str, page: Page) -> None:
        found[name] = overflow_px(page)
        page.evaluate(TEXT_SPACING)
        found[f"{name} with wide letters"] = overflow_px(page)

    walk(site, context, language, measure)
    assert {name: px for name, px in found.items() if px > 0} == {}


@pytest.mark.parametrize("language", ["de", "ar"])
def test_in_either_direction_each_circle_stands_beside_its_words(
    site: Site, context: BrowserContext, language: str
) -> None:
    page = site.open_page(context, f"/{language}/")
    circle = page.locator("#timing").bounding_box()
    words = page.locator("label[for=timing]").bounding_box()
    assert circle is not None
    assert words is not None
    left, right = (circle, words) if language == "de" else (words, circle)
    assert left["x"] + left["width"] <= right["x"]


def test_links_and_buttons_are_large_enough_for_a_thumb(site: Site, context: BrowserContext) -> None:
    page = site.open_page(context, "/de/")
    for element in page.locator("header a, footer a, main button, main input:not([type=hidden]), main select").all():
        box = element.bounding_box()
        if box is not None and "skip-link" not in str(element.get_attribute("class")):
            assert box["height"] >= 24, element.inner_text()


def test_staff_pages_have_no_fault_that_axe_can_see(site: Site, context: BrowserContext, booked: Offer) -> None:
    site.operation.save_staff("anna", "a good long password", "dispatcher")
    page = site.open_page(context, "/staff/login")
    assert violations(page) == []
    page.locator("#name").fill("anna")
    page.locator("#password").fill("a good long password")
    follow(page, page.locator("main button[type=submit]"))
    found = {}
    on = booked.service_on
    run = next(run for run in site.operation.day_view(on).runs if any(visit.riders for visit in run.visits))
    ride = next(rider.request_id for visit in run.visits for rider in visit.riders)
    run_page = f"/staff/day/{on}/run/{run.shift_id}"
    of_day = (
        f"/staff/day/{on}",
        f"/staff/day/{on}/alerts",
        run_page,
        f"{run_page}/end",
        f"/staff/day/{on}/ride/{ride}",
    )

    def look(name: str) -> None:
        found[name] = violations(page) + ([f"{overflow_px(page)} px too wide"] if overflow_px(page) > 0 else [])

    at_any_time = ("/staff/book", "/staff/search", "/staff/audit", "/staff/account", "/staff/planner", "/map")
    for path in (*of_day, f"/staff/manifest/{on}", *at_any_time):
        page.goto(site.address + path)
        look(path)
    page.goto(f"{site.address}/staff/search")
    page.locator("#text").fill("Beispiel")
    follow(page, page.locator("main form button[type=submit]").first)
    look("found")
    page.goto(f"{site.address}{run_page}/end")
    follow(page, page.locator("main form.narrow button[type=submit]"))
    look("who would go where")
    page.goto(f"{site.address}/staff/book")
    page.locator("#phone").fill("0385 0000001")
    follow(page, page.locator(".caller-form button"))
    look("who calls")
    follow(page, page.locator(".caller button").first)
    look("the ride of before")
    follow(page, page.locator(".book-form button[type=submit]"))
    look("offers by phone")
    follow(page, page.locator(".offer button").first)
    look("to be read out")
    follow(page, page.locator("main form.narrow button[type=submit]"))
    look("booked by phone, or asked whether it is meant")
    assert {path: list_ for path, list_ in found.items() if list_} == {}
