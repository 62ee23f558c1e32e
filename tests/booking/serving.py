"""The service of the made-up district on a port, as tests of whole programs call it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from booking.operation import Operation
from web.app import create_app

HOST = "127.0.0.1"


@contextmanager
def served(operation: Operation) -> Iterator[str]:
    """Serve an operation; gives its address."""
    config = uvicorn.Config(create_app(operation), log_level="error", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    with socket.create_server((HOST, 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server has not started"
                time.sleep(0.01)
            yield f"http://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
