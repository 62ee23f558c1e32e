"""Leaflets to be fetched: the stop is looked for by name, and its leaflet is a PDF in the language of the page."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates

from booking.model import StopId
from booking.operation import Operation
from web.forms import MAX_TEXT
from web.i18n import LANGUAGES, language_of
from web.leaflets import Leaflet, file_name, write_leaflet

MOST_STOPS = 20


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages in every language of the district."""
    routes = APIRouter()

    def page(request: Request, text: str, *, is_asked: bool) -> Response:
        wanted = text.casefold().split()
        names = [(stop, f"{stop.name} {stop.place}".casefold()) for stop in operation.district.stops]
        found = [stop for stop, name in names if wanted and all(word in name for word in wanted)]
        context = {"text": text, "stops": found[:MOST_STOPS], "is_asked": is_asked}
        return templates.TemplateResponse(request, "resident/leaflets.html", context)

    @routes.get("")
    def show(request: Request) -> Response:
        return page(request, "", is_asked=False)

    @routes.post("")
    def search(request: Request, text: Annotated[str, Form(max_length=MAX_TEXT)] = "") -> Response:
        return page(request, text, is_asked=True)

    @routes.get("/{stop_id}.pdf")
    def fetch(request: Request, stop_id: str) -> Response:
        stop = operation.district.stop_by_id.get(StopId(stop_id))
        if stop is None:
            raise HTTPException(404)
        leaflet = Leaflet(
            operation.district,
            operation.artefacts,
            stop,
            language_of(request),
            operation.today(),
            operation.settings.public_url,
        )
        headers = {"Content-Disposition": f'inline; filename="rufbus-{file_name(stop)}"'}
        return Response(write_leaflet(leaflet), media_type="application/pdf", headers=headers)

    router = APIRouter()
    for code in operation.district.languages:
        if code in LANGUAGES:
            router.include_router(routes, prefix=f"/{code}/leaflets")
    return router
