"""The web application of one district: JSON API, residents' pages, staff pages, static files."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.middleware.gzip import GZipMiddleware

import booking.api.router
from booking.api.problems import install_problems
from booking.operation import Operation
from web import dispatcher, dispatcher_booking, driver, planner, resident, resident_booking, staff
from web import map as map_pages
from web.error_pages import add_error_pages
from web.i18n import negotiate
from web.security import DOCS_PATH, SecurityMiddleware, keep_access_log_private
from web.static_files import STATIC_FOLDER, CachedStaticFiles
from web.templating import create_templates

API_PATH = "/api/v1"


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
    for pages in (resident, resident_booking, staff, dispatcher, dispatcher_booking, driver, map_pages, planner):
        app.include_router(pages.create_router(operation, templates))
    keep_access_log_private()
    return app


def create_api(operation: Operation) -> FastAPI:
    """The JSON API as an application of its own, so that its faults are problems and never pages."""
    api = FastAPI(
        title="Rufnetz",
        summary=f"On-demand public transport: {operation.district.name}",
        docs_url=None,
        redoc_url=None,
    )
    api.include_router(booking.api.router.create_router(operation))
    install_problems(api)
    return api


def _add_shell(app: FastAPI, operation: Operation, templates: Jinja2Templates) -> None:
    @app.get("/")
    def go_to_language(request: Request) -> Response:
        language = negotiate(request.headers.get("accept-language", ""), operation.district.languages)
        return RedirectResponse(f"/{language.code}/", status_code=303, headers={"Vary": "Accept-Language"})

    @app.get("/health")
    def say_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(DOCS_PATH)
    def show_docs(request: Request) -> HTMLResponse:
        return templates.TemplateResponse(request, "api_docs.html", {"openapi_url": f"{API_PATH}/openapi.json"})
