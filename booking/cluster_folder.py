"""Where a private cluster lies, and as which user its server runs.

PostgreSQL refuses to run as root. So when root starts Rufnetz, the server runs as the user ``postgres``, which must
be able to reach the folder; and a socket's path may have about 107 bytes only. Both are settled here.
"""

import contextlib
import hashlib
import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from booking.database_errors import DatabaseError

_REACHABLE = Path("/var/lib/rufnetz")
_SOCKET_FOLDER_MAX_BYTES = 85  # macOS allows 103 bytes for the socket, whose name takes 18
_SERVER_USERS = ("postgres", "_postgres")


@dataclass(frozen=True)
class ClusterFolder:
    """The folder of a cluster and the user its server runs as, who owns it."""

    path: Path
    user_id: int
    group_id: int

    @property
    def data(self) -> Path:
        """What PostgreSQL keeps."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.path / "server.log"

    def run(self, command: Sequence[Path | str], log: IO[bytes] | int = subprocess.DEVNULL, **env: str) -> int:
        """Run a program as the server's user, with a bare environment, and return its exit code."""
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        is_other = self.user_id != os.geteuid()
        finished = subprocess.run(  # noqa: S603 - programs of PostgreSQL and sh, with paths as arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            cwd="/",  # the caller's folder may be closed to the server's user
            env={**kept, "LC_ALL": "C", "HOME": str(self.path), **env},
            user=self.user_id if is_other else None,
            group=self.group_id if is_other else None,
            extra_groups=[] if is_other else None,
        )
        return finished.returncode

    def is_reachable(self) -> bool:
        """Whether the server's user can get here and write."""
        return self.run(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(self.path)]) == 0

    def is_passable(self) -> bool:
        """Whether the server's user can pass through here."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(self.path)]) == 0

    def give(self, path: Path) -> None:
        """Make a file or folder the property of the server's user."""
        if self.user_id != os.geteuid():
            os.chown(path, self.user_id, self.group_id)

    def prepare_socket_folder(self) -> Path:
        """The folder for the socket: in the cluster's folder, or under /tmp when that path is too long."""
        folder = self.path / "socket"
        if len(os.fsencode(folder)) > _SOCKET_FOLDER_MAX_BYTES:
            folder = Path("/tmp") / f"rufnetz-{_short_name(self.path)}"  # noqa: S108 - checked below
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self.give(folder)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.user_id or found.st_mode & 0o077:
            message = (
                f"{folder} is to hold the database's socket, but it is not a folder that only the server's user may "
                "enter. Remove it and start again."
            )
            raise DatabaseError(message)
        return folder


def prepare_cluster_folder(wanted: Path, *, reachable: Path = _REACHABLE) -> ClusterFolder:
    """Make the folder of a private cluster, or find it again.

    Parameters
    ----------
    wanted
        Where it should lie. If root starts Rufnetz and the server's user cannot get there, as under /root, the
        folder is made under `reachable` and `wanted` becomes a link to it: so it is found again.
    reachable
        A folder that every user may pass through.

    Raises
    ------
    DatabaseError
        No user can own the folder, or it belongs to somebody else.
    """
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        return _prepare_as_root(wanted, reachable) if os.geteuid() == 0 else _prepare_as_user(wanted)
    except OSError as fault:
        message = (
            f"The folder for the private database, {wanted}, cannot be made: {fault.strerror}. "
            "Name another one in RUFNETZ_STATE_FOLDER, or a database in DATABASE_URL."
        )
        raise DatabaseError(message) from None


def _prepare_as_user(wanted: Path) -> ClusterFolder:
    with contextlib.suppress(FileExistsError):
        wanted.mkdir(mode=0o700)
    folder = ClusterFolder(wanted.resolve(), os.geteuid(), os.getegid())
    if folder.path.stat().st_uid != folder.user_id:
        message = (
            f"The private database in {wanted} belongs to another user. Run Rufnetz as the user who made it, or name a "
            "folder of your own in RUFNETZ_STATE_FOLDER."
        )
        raise DatabaseError(message)
    return folder


def _prepare_as_root(wanted: Path, reachable: Path) -> ClusterFolder:
    user_id, group_id = _server_user(wanted)
    if not wanted.exists() and not ClusterFolder(wanted.parent, user_id, group_id).is_passable():
        elsewhere = reachable / _short_name(wanted)
        elsewhere.parent.mkdir(parents=True, exist_ok=True)
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            wanted.symlink_to(elsewhere)
    with contextlib.suppress(FileExistsError):
        wanted.mkdir(mode=0o700)
    folder = ClusterFolder(wanted.resolve(), user_id, group_id)
    folder.give(folder.path)
    if not folder.is_reachable():
        message = (
            f"PostgreSQL does not run as root; it runs as user {pwd.getpwuid(user_id).pw_name} instead, who cannot get "
            f"to {folder.path}. Allow passing through the folders above it (chmod o+x), or name another folder in "
            "RUFNETZ_STATE_FOLDER."
        )
        raise DatabaseError(message)
    return folder


def _server_user(wanted: Path) -> tuple[int, int]:
    """The user and group of the server when root starts it: the owner of what is there, else ``postgres``."""
    with contextlib.suppress(FileNotFoundError):
        found = (wanted / "data").stat()
        if found.st_uid != 0:
            return found.st_uid, found.st_gid
    for name in _SERVER_USERS:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    message = (
        "PostgreSQL does not run as root, and there is no user “postgres” to run it as. Start Rufnetz as an ordinary "
        "user, or make that user first:\n\n    adduser --system --group --no-create-home postgres"
    )
    raise DatabaseError(message)


def _short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]
