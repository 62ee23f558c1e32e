"""The web application of one district: JSON API, residents' pages, staff pages, static files."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.middleware.gzip import GZipMiddleware

from booking.operation import Operation
from web import resident, resident_booking
from web.error_pages import add_error_pages
from web.i18n import negotiate
from web.security import DOCS_PATH, SecurityMiddleware, keep_access_log_private
from web.static_files import STATIC_FOLDER, CachedStaticFiles
from web.templating import create_templates


def create_app(operation: Operation) -> FastAPI:
    """The application; it reads no settings and no clock but those of the operation."""
    app = FastAPI(
        title="Rufnetz",
        summary=f"On-demand public transport: {operation.district.name}",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    templates = create_templates(operation.district)
    app.add_middleware(SecurityMiddleware)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    add_error_pages(app, templates)
    _add_shell(app, templates)
    app.mount("/static", CachedStaticFiles(directory=STATIC_FOLDER), name="static")
    app.include_router(resident.create_router(operation, templates), include_in_schema=False)
    app.include_router(resident_booking.create_router(operation, templates), include_in_schema=False)
    keep_access_log_private()
    return app


def _add_shell(app: FastAPI, templates: Jinja2Templates) -> None:
    @app.get("/", include_in_schema=False)
    def go_to_language(request: Request) -> Response:
        language = negotiate(request.headers.get("accept-language", ""))
        return RedirectResponse(f"/{language.code}/", status_code=303, headers={"Vary": "Accept-Language"})

    @app.get("/health", include_in_schema=False)
    def say_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(DOCS_PATH, include_in_schema=False)
    def show_docs(request: Request) -> HTMLResponse:
        return templates.TemplateResponse(request, "api_docs.html", {"openapi_url": app.openapi_url})
