"""A PostgreSQL of our own, for whoever has no database to name: made on first use, reached by a socket only.

Everything lies in one folder::

    data/         what PostgreSQL keeps
    socket/       where it listens (nowhere else: no port, no password); only its user may enter
    server.log    what it says
    setup.lock    held while somebody starts or stops it
    users.lock    held, shared, by every process that uses it

Several processes share a cluster: the service, its worker, a second command. The first starts it; **the last one
that leaves stops it**. Who is still there is known from ``users.lock``, which the kernel releases when a process
ends, however it ends. So there is no count to go wrong: after ``kill -9`` of the last user the server runs on, is
found by the next command and stopped when that one leaves.

File locks (``flock``) and file owners make this a module for Linux and macOS.
"""

import atexit
import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from sqlalchemy import URL

from booking.cluster_folder import ClusterFolder, prepare_cluster_folder
from booking.cluster_server import OWNER, PORT, ClusterServer
from booking.database_errors import DatabaseError
from booking.postgres_programs import get_postgres_programs

_LOCK_WAIT_S = 120


class PrivateCluster:
    """A running private cluster, in use by this process until :meth:`close`. Made by :func:`open_cluster`."""

    def __init__(self, server: ClusterServer, socket_folder: Path, users_lock: int) -> None:
        self._server = server
        self._socket_folder = socket_folder
        self._users_lock = users_lock
        self._process_id = os.getpid()
        self._is_open = True
        atexit.register(self.close)

    @property
    def folder(self) -> Path:
        """The folder where everything of the cluster lies."""
        return self._server.folder.path

    def url(self, database: str) -> URL:
        """The address of one of its databases."""
        place = {"host": str(self._socket_folder), "port": str(PORT)}
        return URL.create("postgresql+psycopg", username=OWNER, database=database, query=place)

    def close(self) -> None:
        """Leave; whoever leaves last stops the server. Leaving twice does nothing."""
        if not self._is_open or os.getpid() != self._process_id:  # a forked child did not come by itself
            return
        self._is_open = False
        atexit.unregister(self.close)
        try:
            with _setup_locked(self._server.folder):
                if _is_last(self._users_lock):
                    self._server.stop()
        finally:
            os.close(self._users_lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_cluster(wanted: Path, *, is_durable: bool = True) -> PrivateCluster:
    """Start the private cluster of a folder, or join those who use it already.

    Parameters
    ----------
    wanted
        Its folder, made if need be.
    is_durable
        Whether what was committed must survive the power going off. Only tests can do without, and are quicker.

    Raises
    ------
    DatabaseMissingError
        No fitting PostgreSQL with PostGIS is installed.
    DatabaseError
        The server cannot be made or does not start.
    """
    get_postgres_programs()  # before a folder is made that nobody would need
    folder = prepare_cluster_folder(wanted)
    with _setup_locked(folder):
        programs = get_postgres_programs(_find_major(folder.data), cluster=folder.path)
        users_lock = _open_lock(folder, "users.lock")
        fcntl.flock(users_lock, fcntl.LOCK_SH)
        try:
            server = ClusterServer(folder, programs, is_durable)
            return PrivateCluster(server, server.ensure_running(), users_lock)
        except BaseException:
            os.close(users_lock)
            raise


def _find_major(data: Path) -> int | None:
    """The PostgreSQL version that made the data, if there are any."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None


def _is_last(users_lock: int) -> bool:
    """Whether nobody else holds the lock; ours is given up."""
    try:
        fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _setup_locked(folder: ClusterFolder) -> Iterator[None]:
    """Nobody else starts or stops the server meanwhile."""
    lock = _open_lock(folder, "setup.lock")
    give_up = time.monotonic() + _LOCK_WAIT_S
    try:
        while not _is_last(lock):
            if time.monotonic() > give_up:
                message = (
                    f"Another process has been starting or stopping the private database in {folder.path} for "
                    f"{_LOCK_WAIT_S} seconds. Look for it (it holds setup.lock there), end it and start again."
                )
                raise DatabaseError(message)
            time.sleep(0.05)
        yield
    finally:
        os.close(lock)


def _open_lock(folder: ClusterFolder, name: str) -> int:
    path = folder.path / name
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    folder.give(path)
    return handle
