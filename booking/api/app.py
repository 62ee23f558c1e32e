"""The JSON API as an application of its own, so that its faults are problems and never pages."""

from fastapi import FastAPI

from booking.api.body_limit import BodyLimit
from booking.api.openapi import VERSION, describe, operation_id
from booking.api.problems import install_problems
from booking.api.rates import RateLimit
from booking.api.router import create_router
from booking.operation import Operation

API_PATH = "/api/v1"


def create_api(operation: Operation) -> FastAPI:
    """The API of an operation, to be mounted under ``/api/v1``."""
    api = FastAPI(
        title="Rufnetz",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    api.include_router(create_router(operation))
    install_problems(api)
    api.add_middleware(BodyLimit)
    api.add_middleware(RateLimit, operation=operation)
    describe(api)
    return api
