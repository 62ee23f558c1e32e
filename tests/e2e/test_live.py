"""A dispatcher's page of a day is always as the day is, without being loaded again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.booking.riding import ride
from tests.e2e.conftest import Site

PASSWORD = "a good long password"  # noqa: S105 - of tests


@pytest.fixture
def desk(site: Site, browser: Browser) -> Iterator[Page]:
    """The list of the day, in a window of a dispatcher; the window is marked, so that a new one is noticed."""
    site.operation.save_staff("anna", PASSWORD, "dispatcher")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    context.set_default_timeout(20_000)
    page = site.open_page(context, "/staff/login")
    page.locator("#name").fill("anna")
    page.locator("#password").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()
    page.goto(f"{site.address}/staff/day/2026-03-03?view=list")
    page.evaluate("window.isTheSame = true")
    yield page
    context.close()


def bookings(page: Page) -> Locator:
    """How many there are, as the page says."""
    return page.locator(".counters dd").first


def test_what_is_booked_appears_and_the_keyboard_stays_where_it_was(site: Site, desk: Page) -> None:
    expect(bookings(desk)).to_have_text("0")
    link = desk.get_by_role("link", name="Zeitplan")
    link.focus()
    ride(site.operation, "brueelow-markt", "cramnitz-markt", "10:00")
    expect(bookings(desk)).to_have_text("1")
    expect(desk.get_by_text("Erika Beispiel").first).to_be_visible()
    expect(desk.get_by_role("link", name="Zeitplan")).to_be_focused()
    assert desk.evaluate("window.isTheSame"), "the page was not loaded again"


def test_after_ten_seconds_without_a_server_the_page_catches_up_by_itself(site: Site, desk: Page) -> None:
    expect(bookings(desk)).to_have_text("0")
    site.server.kill()
    warning = desk.get_by_text("Die Verbindung ist unterbrochen.")
    expect(warning).to_be_visible()
    ride(site.operation, "brueelow-markt", "cramnitz-markt", "10:00")
    desk.wait_for_timeout(10_000)
    site.server.start()
    expect(bookings(desk)).to_have_text("1", timeout=30_000)
    expect(warning).to_be_hidden()
    assert desk.evaluate("window.isTheSame"), "the page was not loaded again"


def test_nothing_is_taken_from_under_the_fingers_of_whoever_types(site: Site, desk: Page) -> None:
    desk.locator("#on").focus()
    ride(site.operation, "brueelow-markt", "cramnitz-markt", "10:00")
    desk.wait_for_timeout(4000)
    expect(desk.locator("#on")).to_be_focused()
    expect(bookings(desk)).to_have_text("0")
    desk.get_by_role("link", name="Zeitplan").focus()
    expect(bookings(desk)).to_have_text("1")
