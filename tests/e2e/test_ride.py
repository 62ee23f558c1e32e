"""One ride all the way, as a resident goes it: with JavaScript, without, by keyboard alone."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from booking.model import BookingCode, BookingState
from tests.e2e.conftest import Site

CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


def fill_enquiry(page: Page, origin: str, destination: str) -> None:
    page.locator("#origin").fill(origin)
    page.locator("#destination").fill(destination)
    page.get_by_label("Stunde").fill("10")
    page.get_by_label("Minute").fill("00")


def fill_places(page: Page, origin: str, destination: str, hour: str) -> None:
    """The form in any language."""
    page.locator("#origin").fill(origin)
    page.locator("#destination").fill(destination)
    page.locator("#hour").fill(hour)


def order_first_offer(page: Page, name: str, phone: str) -> str:
    page.get_by_role("button", name="Diese Fahrt wählen").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ist alles richtig?")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Telefon").fill(phone)
    page.get_by_role("button", name="Fahrt verbindlich bestellen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Fahrt ist bestellt")
    found = CODE.search(page.locator(".booking-code").inner_text())
    assert found is not None
    return found.group()


def test_a_ride_without_javascript_from_the_form_to_the_cancelled_booking(
    site: Site, plain_context: BrowserContext
) -> None:
    page = site.open_page(plain_context, "/de/")
    fill_enquiry(page, "Brüel", "Cramnitz, Markt")
    page.get_by_role("button", name="Fahrt suchen").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Welchen Ort meinen Sie?")
    page.get_by_label("Brüelow, Markt").check()
    page.get_by_role("button", name="Weiter").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Diese Fahrten sind möglich")
    code = order_first_offer(page, "Erika Beispiel", "0385 0000001")
    booking = site.operation.find_booking(BookingCode(code))
    assert booking is not None
    assert booking.contact.name == "Erika Beispiel"

    page.get_by_role("link", name="Fahrt stornieren").click()
    page.get_by_role("button", name="Ja, Fahrt stornieren").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Fahrt ist storniert")
    cancelled = site.operation.find_booking(BookingCode(code))
    assert cancelled is not None
    assert cancelled.state is BookingState.CANCELLED

    plain_context.clear_cookies()
    page.get_by_role("link", name="Meine Buchung").click()
    page.get_by_label("Code").fill(code.lower())
    page.get_by_label("Telefon").fill("0385/0000001")
    page.get_by_role("button", name="Buchung anzeigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Fahrt ist storniert")
    assert not any(code in request.url or "Erika" in request.url for request in site.requests)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_without_javascript_six_pages_are_enough_and_a_ride_is_changed(
    site: Site, plain_context: BrowserContext, language: str
) -> None:
    page = site.open_page(plain_context, f"/{language}/")
    submit = page.locator("main form.stack button[type=submit]")
    fill_places(page, "Brüelow, Markt", "Cramnitz, Markt", "10")
    submit.click()
    page.locator(".offer button").first.click()
    page.locator("#name").fill("Erika Beispiel")
    submit.click()
    code = page.locator(".booking-code").inner_text()
    loads = [request for request in site.requests if request.is_navigation_request()]
    # the order is answered by a way to the page of the booking, which is one more request and the same page
    assert len(loads) - 1 <= 6

    page.locator("a[href$='/booking/change']").click()
    page.locator("#hour").fill("13")
    submit.click()
    page.locator(".offer button").first.click()
    before = site.operation.get_booking(BookingCode(code)).offer
    submit.click()
    expect(page.locator(".booking-code")).to_have_text(code)
    assert site.operation.get_booking(BookingCode(code)).offer.departure_at > before.departure_at


def test_a_suggestion_is_taken_by_keyboard_and_no_second_question_is_asked(site: Site, context: BrowserContext) -> None:
    page = site.open_page(context, "/de/")
    for field, text in (("#origin", "brüel"), ("#destination", "cramn")):
        page.locator(field).fill(text)
        expect(page.locator(f"{field}__listbox li").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(page.locator(f"{field}__listbox [aria-selected=true]")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator(field)).to_have_value(re.compile("^(Brüelow|Cramnitz)"))
    page.get_by_label("Stunde").fill("10")
    page.get_by_label("Stunde").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Diese Fahrten sind möglich")
    order_first_offer(page, "Max Beispiel", "")
    assert not site.complaints


def test_a_mistake_moves_the_focus_to_its_summary_and_from_there_to_the_field(
    site: Site, context: BrowserContext
) -> None:
    page = site.open_page(context, "/de/")
    page.get_by_role("button", name="Fahrt suchen").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    origin = page.locator("#origin")
    expect(origin).to_be_focused()
    described = str(origin.get_attribute("aria-describedby")).split()
    assert {"origin-hint", "origin-error"} <= set(described)


def test_every_control_is_reached_by_tab_and_shows_that_it_is_focused(site: Site, context: BrowserContext) -> None:
    page = site.open_page(context, "/de/")
    expect(page.locator(".place-search #destination")).to_be_visible()
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, is_marked = page.evaluate(
            """() => {
                const element = document.activeElement;
                const style = getComputedStyle(element);
                const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
                return [element.id || element.name || element.textContent.trim(), marked];
            }"""
        )
        assert is_marked, f"nothing shows that {name} is focused"
        reached.append(name)
        if name == "Fahrt suchen":
            break
    assert reached[0] == "Zum Inhalt springen"
    for field in ("origin", "destination", "day", "timing", "hour", "minute", "persons", "wheelchairs", "bikes"):
        assert field in reached


def test_the_skip_link_leads_past_the_languages(site: Site, context: BrowserContext) -> None:
    page = site.open_page(context, "/de/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
