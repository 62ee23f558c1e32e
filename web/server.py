"""Run the web application under uvicorn."""

import gc
import threading

import uvicorn

from booking.operation import Operation
from routing.warm_up import warm_up_insertion
from web.app import create_app

GRACEFUL_S = 2
"""An open event stream would keep the server from ever ending."""


def create_server(operation: Operation, host: str, port: int) -> uvicorn.Server:
    """A server that is not running yet. It keeps no access log: a URL may hold more than a log should."""
    config = uvicorn.Config(
        create_app(operation),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_S,
        server_header=False,
    )
    return uvicorn.Server(config)


def warm_up() -> None:
    """Make the first answers as quick as the others.

    What was compiled is loaded, in about a second. What is there by now stays: the garbage collector leaves it alone
    from now on, for going through all of it kept every caller waiting for 0.2 s now and then.
    """
    warm_up_insertion()
    gc.collect()
    gc.freeze()


def serve_app(operation: Operation, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    create_server(operation, host, port).run()
