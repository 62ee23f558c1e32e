"""A driver's telephone: the manifest looked at by axe, its buttons pressed with and without scripts and network."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from booking.model import Offer
from booking.operations_tables import DriverEventRow
from tests.e2e.conftest import Site
from tests.e2e.test_accessibility import follow, overflow_px, violations
from tests.tiny_network import FakeClock, local


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A small telephone set to German."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="de")
    context.set_default_timeout(20_000)
    yield context
    context.close()


def open_run(site: Site, context: BrowserContext, booked: Offer) -> Page:
    """Log in and open the run with the ride."""
    site.operation.save_staff("kim", "a good long password", "driver")
    page = site.open_page(context, "/staff/login")
    page.locator("#name").fill("kim")
    page.locator("#password").fill("a good long password")
    follow(page, page.locator("main button[type=submit]"))
    runs = site.operation.day_view(booked.service_on).runs
    shift = next(run.shift_id for run in runs if any(visit.riders for visit in run.visits))
    page.goto(f"{site.address}/staff/manifest/{booked.service_on}/{shift}")
    return page


def reports(site: Site) -> list[tuple[str, datetime]]:
    """What came, and when it happened."""
    with site.operation.database.sessions() as session:
        rows = session.scalars(select(DriverEventRow).order_by(DriverEventRow.at))
        return [(row.kind, row.at) for row in rows if row.kind != "position"]


def is_kept(page: Page) -> bool:
    """Whether the telephone has the page for later."""
    return bool(page.evaluate("caches.open('manifest-pages').then(async (c) => !!(await c.match(location.href)))"))


def wait_until_kept(page: Page) -> None:
    for _ in range(200):
        if is_kept(page):
            return
        page.wait_for_timeout(50)
    pytest.fail("the page was not kept")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_manifest_with_its_buttons_has_no_fault_that_axe_can_see(
    site: Site, context: BrowserContext, booked: Offer, scheme: Literal["light", "dark"]
) -> None:
    page = open_run(site, context, booked)
    page.emulate_media(color_scheme=scheme)
    assert page.locator("html").get_attribute("data-kern-theme") == scheme
    page.locator("details summary").click()
    assert violations(page) == []
    assert overflow_px(page) <= 0
    for button in page.locator("button.report").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_a_driver_reports_a_ride_without_javascript(site: Site, browser: Browser, booked: Offer) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}, locale="de")
    page = open_run(site, context, booked)
    clock = site.operation.clock
    assert isinstance(clock, FakeClock)
    clock.at = local("10:05")
    follow(page, page.get_by_role("button", name="Eingestiegen"))
    expect(page.locator(".manifest__reported")).to_have_text("✓ eingestiegen, 10:05 Uhr")
    clock.at = local("10:12")
    follow(page, page.get_by_role("button", name="Ausgestiegen"))
    expect(page.locator(".manifest__reported")).to_have_count(2)
    expect(page.get_by_role("button", name="Ausgestiegen")).to_have_count(0)
    context.close()


def test_a_button_can_be_taken_back(site: Site, phone: BrowserContext, booked: Offer) -> None:
    page = open_run(site, phone, booked)
    page.get_by_role("button", name="Nicht gekommen").click()
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_role("button", name="Eingestiegen")).to_be_visible()
    page.wait_for_timeout(9000)
    assert reports(site) == []


def test_a_driver_without_network_loses_nothing(site: Site, phone: BrowserContext, booked: Offer) -> None:
    """The server is gone for ten seconds in the middle of a run; the page is loaded again meanwhile."""
    page = open_run(site, phone, booked)
    clock = site.operation.clock
    assert isinstance(clock, FakeClock)
    clock.at = local("10:00")
    wait_until_kept(page)
    site.server.kill()
    page.get_by_role("button", name="Eingestiegen").click()
    expect(page.locator(".manifest__waiting")).to_contain_text("wird gesendet")
    page.reload()
    expect(page.locator("#link-state")).to_contain_text("Kein Empfang")
    expect(page.locator(".manifest__waiting")).to_contain_text("eingestiegen")
    expect(page.get_by_role("button", name="Eingestiegen")).to_have_count(0)
    page.get_by_role("button", name="Ausgestiegen").click()
    expect(page.locator(".manifest__waiting")).to_have_count(2)
    page.wait_for_timeout(10_000)
    assert reports(site) == []
    site.server.start()
    expect(page.locator(".manifest__waiting")).to_have_count(0, timeout=30_000)
    expect(page.locator(".manifest__reported")).to_have_count(2)
    expect(page.locator("#link-state")).to_be_hidden()
    (boarded, boarded_at), (alighted, alighted_at) = reports(site)
    assert (boarded, alighted) == ("boarded", "alighted")
    # the service's clock stands still at 10:00: each report says how long ago its button was pressed
    assert local("10:00") - timedelta(seconds=60) < boarded_at < alighted_at < local("10:00") - timedelta(seconds=5)


def test_what_was_pressed_twice_or_in_two_windows_comes_once(site: Site, phone: BrowserContext, booked: Offer) -> None:
    page = open_run(site, phone, booked)
    other = site.open_page(phone, page.url.removeprefix(site.address))
    page.get_by_role("button", name="Eingestiegen").click()
    expect(page.locator(".manifest__reported").first).to_be_visible()
    other.reload()
    expect(other.locator(".manifest__waiting")).to_contain_text("eingestiegen")
    expect(page.locator(".manifest__reported:not(.manifest__waiting)")).to_be_visible(timeout=30_000)
    expect(other.locator(".manifest__reported:not(.manifest__waiting)")).to_be_visible(timeout=40_000)
    assert [kind for kind, _ in reports(site)] == ["boarded"]


def test_what_stands_on_no_run_any_more_is_said_so(site: Site, phone: BrowserContext, booked: Offer) -> None:
    page = open_run(site, phone, booked)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelector('input[name=ride]').value = 'nobody.0'")
    page.get_by_role("button", name="Eingestiegen").click()
    state = page.locator("#link-state")
    expect(state).to_contain_text("nicht angenommen", timeout=30_000)
    state.get_by_role("button", name="Gelesen").click()
    expect(state).to_be_hidden()
    assert reports(site) == []


def test_a_login_that_ran_out_keeps_what_waits(site: Site, phone: BrowserContext, booked: Offer) -> None:
    page = open_run(site, phone, booked)
    cookies = phone.cookies()
    phone.clear_cookies()
    page.get_by_role("button", name="Eingestiegen").click()
    expect(page.locator("#link-state")).to_contain_text("Bitte melden Sie sich neu an.", timeout=30_000)
    assert reports(site) == []
    phone.add_cookies(cookies)  # type: ignore[arg-type] - the same shape
    page.reload()
    expect(page.locator(".manifest__reported:not(.manifest__waiting)")).to_be_visible(timeout=30_000)
    assert [kind for kind, _ in reports(site)] == ["boarded"]


def test_nobody_reads_the_names_after_the_logout(site: Site, phone: BrowserContext, booked: Offer) -> None:
    page = open_run(site, phone, booked)
    wait_until_kept(page)
    manifest = page.url
    follow(page, page.get_by_role("button", name="Abmelden"))
    site.server.kill()
    page.goto(manifest)
    expect(page.get_by_role("heading", name="Kein Empfang")).to_be_visible()
    assert "Erika" not in page.content()


def test_the_position_is_sent_only_after_the_driver_has_said_so(site: Site, browser: Browser, booked: Offer) -> None:
    context = browser.new_context(
        geolocation={"longitude": 11.25, "latitude": 53.5}, permissions=["geolocation"], locale="de"
    )
    context.set_default_timeout(20_000)
    page = open_run(site, context, booked)
    # the browser's clock is the real one, the run is another day's: make it one that is driven now
    page.wait_for_timeout(1000)
    assert positions(site) == []
    page.evaluate("Object.assign(document.getElementById('position').dataset, {from: 0, until: 9e15})")
    page.get_by_label("Standort senden").check()
    expect(page.locator("#position output")).to_contain_text("zuletzt gesendet")
    assert positions(site) == [(11.25, 53.5)]
    context.close()


def positions(site: Site) -> list[tuple[float | None, float | None]]:
    with site.operation.database.sessions() as session:
        rows = session.scalars(select(DriverEventRow).where(DriverEventRow.kind == "position"))
        return [(row.lon, row.lat) for row in rows]
