"""What a page costs a rural mobile network, and whom it asks."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Site

LIGHT_BYTES = 250 * 1024


@pytest.mark.parametrize("language", ["de", "uk", "ar", "pl"])
def test_the_start_page_is_light_and_asks_only_us(site: Site, context: BrowserContext, language: str) -> None:
    page = site.open_page(context, f"/{language}/")
    page.wait_for_load_state("networkidle")
    sizes = [request.sizes() for request in site.requests]
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert 20_000 < total < LIGHT_BYTES
    assert all(request.url.startswith(site.address) for request in site.requests)
    assert not site.complaints


def test_a_second_page_loads_nothing_again_but_itself(site: Site, context: BrowserContext) -> None:
    page = site.open_page(context, "/de/")
    page.wait_for_load_state("networkidle")
    site.requests.clear()
    page.goto(f"{site.address}/de/booking/find")
    page.wait_for_load_state("networkidle")
    fetched = [r for r in site.requests if r.sizes()["responseBodySize"] > 0]
    assert [r.url for r in fetched] == [f"{site.address}/de/booking/find"]


def test_the_documentation_of_the_api_works_without_anybody_else(site: Site, context: BrowserContext) -> None:
    page = site.open_page(context, "/api/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    assert all(r.url.startswith((site.address, "data:")) for r in site.requests)
    assert not site.complaints
