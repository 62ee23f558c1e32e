"""A ride is booked while the caller is on the line: with the keyboard alone, and few keys of it."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from booking.model import Offer
from tests.e2e.conftest import Site

PASSWORD = "a good long password"  # noqa: S105 - of tests
FEW = 40
CODE = re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}")


@dataclass
class Keyboard:
    """Presses keys and counts them; names that a caller says are typed and not counted."""

    page: Page
    presses: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def name(self, text: str) -> None:
        self.page.keyboard.type(text)

    def enter(self) -> None:
        """Send the form, and wait for the page that comes of it."""
        with self.page.expect_navigation():
            self.press("Enter")
        self.page.wait_for_load_state()


@pytest.fixture
def keyboard(site: Site, browser: Browser) -> Keyboard:
    """A dispatcher's, on the page of the day; no mouse."""
    site.operation.save_staff("anna", PASSWORD, "dispatcher")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    page = site.open_page(context, "/staff/login")
    page.locator("#name").fill("anna")
    page.locator("#password").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()
    page.goto(f"{site.address}/staff/book")
    return Keyboard(page)


def test_a_new_caller_has_a_ride_after_few_keys(keyboard: Keyboard) -> None:
    page = keyboard.page
    expect(page.locator("#phone")).to_be_focused()
    keyboard.press("Tab", "Tab")
    keyboard.name("Brüelow, Markt")
    keyboard.press("Tab")
    keyboard.name("Cramnitz, Markt")
    keyboard.press("Tab", "Tab", "Tab")
    expect(page.locator("#hour")).to_be_focused()
    keyboard.press("Control+a", "1", "0")
    keyboard.enter()
    expect(page.locator(".offer button").first).to_be_focused()
    keyboard.enter()
    expect(page.locator("#name")).to_be_focused()
    keyboard.name("Erika Beispiel")
    keyboard.press("Tab", *"03850000001")
    keyboard.enter()
    expect(page.locator(".booking-code")).to_have_text(CODE)
    assert keyboard.presses <= FEW, keyboard.presses


def test_who_has_called_before_has_the_way_back_after_fewer(keyboard: Keyboard, booked: Offer) -> None:
    page = keyboard.page
    keyboard.press(*"03850000001")
    keyboard.enter()
    expect(page.locator(".caller")).to_contain_text("Erika Beispiel")
    keyboard.press("Tab")
    keyboard.enter()
    expect(page.locator("#origin")).to_have_value(booked.enquiry.destination.label)
    expect(page.locator("#hour")).to_be_focused()
    keyboard.press("Control+a", "1", "3")
    keyboard.enter()
    keyboard.enter()
    expect(page.locator("#name")).to_have_value("Erika Beispiel")
    keyboard.enter()
    expect(page.locator(".booking-code")).to_have_text(CODE)
    assert keyboard.presses <= FEW // 2 + 2, keyboard.presses
