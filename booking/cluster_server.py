"""Makes, starts and stops the PostgreSQL server of a private cluster. Who may do so when: ``private_cluster``."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from psycopg import conninfo, pq

from booking.cluster_folder import ClusterFolder
from booking.database_errors import DatabaseError
from booking.postgres_programs import PostgresPrograms

OWNER = "rufnetz"
"""The database role that may do everything in a private cluster."""
PORT = 5432
"""Part of the socket's name. No port is opened."""

_START_S = 60  # a server that was killed first repeats what its log holds
_LOG_MAX_BYTES = 5_000_000
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "cluster_name": "rufnetz",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement and the row it failed on may hold a name or a phone number: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FORGETFUL_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True)
class ClusterServer:
    """The server of one cluster.

    Parameters
    ----------
    is_durable
        Whether what was committed must survive the power going off. Only tests can do without, and are quicker.
    """

    folder: ClusterFolder
    programs: PostgresPrograms
    is_durable: bool

    def ensure_running(self) -> Path:
        """Make the data if there is none, start the server unless it runs, and return the folder of its socket."""
        if not self.folder.data.exists():
            self._make_data()
        give_up = time.monotonic() + 10
        while True:
            self._forget_stale_process()
            socket_folder = self._find_socket_folder()
            if socket_folder is not None and self._answers(socket_folder):
                return socket_folder
            socket_folder = self.folder.prepare_socket_folder()
            self._write_settings(socket_folder)
            said = self._start()
            if said is None:
                return socket_folder
            # after a kill -9 the last helpers of the old server need a moment to notice and go
            is_leaving = b"shared memory block" in said or b"lock file" in said
            if not is_leaving or time.monotonic() > give_up:
                raise DatabaseError(self._complaint("does not start"))
            time.sleep(0.2)

    def stop(self) -> None:
        """End all connections and stop the server, if it runs."""
        if not (self.folder.data / "postmaster.pid").exists():
            return
        with self._open_log() as log:
            self._pg_ctl("stop", log, "--mode", "fast")

    def _make_data(self) -> None:
        """Make the data under another name first: what a broken attempt leaves is never taken for the data."""
        unfinished = self.folder.path / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        command = [str(self.programs.path("initdb")), "--pgdata", str(unfinished), "--auth", "trust"]
        command += ["--username", OWNER, "--encoding", "UTF8"] + ([] if self.is_durable else ["--no-sync"])
        for locale in ("C.UTF-8", "C"):  # not every system has the first
            with self._open_log() as log:
                code = self.folder.run([*command, "--locale", locale], log)
            if code == 0:
                break
        else:
            raise DatabaseError(self._complaint("cannot be made"))
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists = 'rufnetz.conf'\n")
        unfinished.rename(self.folder.data)

    def _write_settings(self, socket_folder: Path) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": _in_double_quotes(socket_folder)}
        if not self.is_durable:
            settings |= _FORGETFUL_SETTINGS
        lines = [f"{name} = '{_quoted(value)}'\n" for name, value in settings.items()]
        path = self.folder.data / "rufnetz.conf"
        path.write_text("# Written at every start by Rufnetz.\n" + "".join(lines), encoding="utf-8")
        self.folder.give(path)

    def _start(self) -> bytes | None:
        """Start the server; if that fails, return what it said."""
        with self._open_log() as log:
            begin = log.seek(0, os.SEEK_END)
            if self._pg_ctl("start", log) == 0:
                return None
        return self.folder.log.read_bytes()[begin:]

    def _pg_ctl(self, action: str, log: IO[bytes], *options: str) -> int:
        # The paths go by way of the environment and of the log's handle: pg_ctl would put them through a shell.
        command = [str(self.programs.path("pg_ctl")), action, "--wait", "--timeout", str(_START_S), *options]
        return self.folder.run(command, log, PGDATA=str(self.folder.data))

    def _find_socket_folder(self) -> Path | None:
        """Where a running server listens, by its own account."""
        lines = _read_lines(self.folder.data / "postmaster.pid")
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def _answers(self, socket_folder: Path) -> bool:
        """Whether a server is there; one that is starting or stopping is waited for."""
        give_up = time.monotonic() + _START_S
        address = conninfo.make_conninfo(host=str(socket_folder), port=PORT, user=OWNER, dbname="postgres")
        while (answer := pq.PGconn.ping(address.encode())) == pq.Ping.REJECT and time.monotonic() < give_up:
            time.sleep(0.05)
        return answer == pq.Ping.OK

    def _forget_stale_process(self) -> None:
        """Remove the note of a server that was killed, if its process number now belongs to somebody else.

        PostgreSQL sees by itself that a process is gone, but would take a stranger with the same number, owned by
        the same user, for its old server: after a restart of the computer or of a container that is no rare chance.
        What the old server may have left running still holds its shared memory, which PostgreSQL checks as well.
        """
        note = self.folder.data / "postmaster.pid"
        number = next(iter(_read_lines(note)), "")
        process = Path("/proc") / number
        if not number.isdigit() or not process.exists():
            return
        try:
            is_ours = (process / "cwd").readlink() == self.folder.data
        except FileNotFoundError:  # it is dead, and nobody has taken notice yet
            is_ours = False
        except PermissionError:
            is_ours = "postgres" in _read_lines(process / "comm")
        if not is_ours:
            note.unlink()

    def _open_log(self) -> IO[bytes]:
        if self.folder.log.exists() and self.folder.log.stat().st_size > _LOG_MAX_BYTES:
            self.folder.log.unlink()
        log = self.folder.log.open("ab")
        self.folder.give(self.folder.log)
        return log

    def _complaint(self, what: str) -> str:
        last_lines = "\n    ".join(_read_lines(self.folder.log)[-6:])
        return (
            f"The private database in {self.folder.path} {what}. The end of {self.folder.log} says:\n\n    {last_lines}"
        )


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _quoted(value: str) -> str:
    """As the inside of a string in PostgreSQL's settings file."""
    return value.replace("\\", "\\\\").replace("'", "''")


def _in_double_quotes(path: Path) -> str:
    return '"' + str(path).replace('"', '""') + '"'
