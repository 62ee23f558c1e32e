"""The web application of one district: JSON API, residents' pages, staff pages, static files."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.middleware.gzip import GZipMiddleware

from booking.api.app import API_PATH, create_api
from booking.operation import Operation
from web import (
    dispatcher,
    dispatcher_alerts,
    dispatcher_audit,
    dispatcher_booking,
    dispatcher_endings,
    dispatcher_live,
    dispatcher_moves,
    dispatcher_replan,
    dispatcher_search,
    driver,
    how_it_works,
    leaflet_pages,
    planner,
    resident,
    resident_booking,
    resident_changes,
    resident_waiting,
    staff,
    staff_account,
)
from web import map as map_pages
from web.deep_links import NAMES
from web.error_pages import add_error_pages
from web.i18n import negotiate
from web.security import DOCS_PATH, SecurityMiddleware, keep_access_log_private
from web.static_files import STATIC_FOLDER, CachedStaticFiles
from web.templating import create_templates


def create_app(operation: Operation) -> FastAPI:
    """The application; it reads no settings and no clock but those of the operation."""
    app = FastAPI(openapi_url=None)
    templates = create_templates(operation.district)
    app.add_middleware(SecurityMiddleware, public_url=operation.settings.public_url)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    add_error_pages(app, templates)
    _add_shell(app, operation, templates)
    app.mount(API_PATH, create_api(operation))
    app.mount("/static", CachedStaticFiles(directory=STATIC_FOLDER))
    residents, staff_pages = (
        (resident, resident_booking, resident_changes, resident_waiting, how_it_works, leaflet_pages),
        (
            staff,
            staff_account,
            dispatcher,
            dispatcher_alerts,
            dispatcher_audit,
            dispatcher_booking,
            dispatcher_endings,
            dispatcher_live,
            dispatcher_moves,
            dispatcher_replan,
            dispatcher_search,
        ),
    )
    for pages in (*residents, *staff_pages, driver, map_pages, planner):
        app.include_router(pages.create_router(operation, templates))
    app.include_router(driver.create_phone_router(operation, templates))
    keep_access_log_private()
    return app


def _add_shell(app: FastAPI, operation: Operation, templates: Jinja2Templates) -> None:
    @app.get("/")
    def go_to_language(request: Request) -> Response:
        language = negotiate(request.headers.get("accept-language", ""), operation.district.languages)
        query = f"?{request.url.query}" if NAMES & request.query_params.keys() else ""
        return RedirectResponse(f"/{language.code}/{query}", status_code=303, headers={"Vary": "Accept-Language"})

    @app.get("/health")
    def say_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(DOCS_PATH)
    def show_docs(request: Request) -> HTMLResponse:
        return templates.TemplateResponse(request, "api_docs.html", {"openapi_url": f"{API_PATH}/openapi.json"})
