"""Finds the PostgreSQL programs of this computer that bring PostGIS along, or says how to install them."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from booking.database_errors import DatabaseMissingError

OLDEST_MAJOR = 14
"""The oldest PostgreSQL that still gets security fixes."""

_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # packages of the PostgreSQL project for Red Hat systems
    "/usr/libexec/postgresql*",  # Alpine
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_DEBIAN_MAJORS = {"12": 15, "13": 17, "22.04": 14, "24.04": 16, "25.04": 17, "25.10": 17, "26.04": 18}
"""The PostgreSQL that a release of Debian or Ubuntu ships."""

_OTHER_INSTALL_LINES = {
    "fedora": "dnf install postgresql-server postgis",
    "rhel": "dnf install postgresql-server postgis",
    "suse": "zypper install postgresql-server postgis",
    "arch": "pacman -S postgresql postgis",
    "alpine": "apk add postgresql postgis",
}


@dataclass(frozen=True)
class PostgresPrograms:
    """The programs of one PostgreSQL version, PostGIS included."""

    folder: Path
    major: int

    def path(self, name: str) -> Path:
        """Where the program of that name lies."""
        return self.folder / name


def list_postgres_programs(folders: tuple[Path, ...] | None = None) -> tuple[PostgresPrograms, ...]:
    """All usable versions of this computer, the newest first.

    Parameters
    ----------
    folders
        Where to look; by default the places where packages put the programs, and PATH.
    """
    found: dict[Path, PostgresPrograms] = {}
    for folder in _likely_folders() if folders is None else folders:
        if folder.resolve() not in found and (programs := _find_programs(folder)) is not None:
            found[folder.resolve()] = programs
    return tuple(sorted(found.values(), key=lambda programs: programs.major, reverse=True))


def get_postgres_programs(
    major: int | None = None, folders: tuple[Path, ...] | None = None, *, cluster: Path | None = None
) -> PostgresPrograms:
    """The newest usable version, or the one of that major number.

    Raises
    ------
    DatabaseMissingError
        There is none; the text holds this system's install line. `cluster` is named as what needs that version.
    """
    available = list_postgres_programs(folders)
    fitting = [programs for programs in available if major in (None, programs.major)]
    if fitting:
        return fitting[0]
    if major is not None and cluster is not None:
        others = ", ".join(str(programs.major) for programs in available) or "none"
        message = (
            f"The database in {cluster} was made by PostgreSQL {major}, but of that version no programs with PostGIS "
            f"are installed (installed: {others}). Install version {major} again, or move the data to a newer version "
            "as docs/operating.md describes under “Upgrading PostgreSQL”."
        )
        raise DatabaseMissingError(message)
    message = (
        f"Rufnetz needs PostgreSQL {OLDEST_MAJOR} or newer with PostGIS, and this computer has none. "
        f"Install it with:\n\n    {install_line()}\n\n"
        "and start again; or name a database of your own in DATABASE_URL (postgresql://user:password@host:5432/name)."
    )
    raise DatabaseMissingError(message)


def install_line(release: dict[str, str] | None = None, system: str = "") -> str:
    """The command that installs PostgreSQL and PostGIS on this system.

    Parameters
    ----------
    release
        The fields of /etc/os-release; by default those of this system.
    system
        The name of the operating system's kernel, e.g. Linux or Darwin; by default this one.
    """
    system = system or platform.system()
    if system == "Darwin":
        return "brew install postgis"
    release = _read_release() if release is None else release
    as_root = "" if os.geteuid() == 0 else "sudo "
    families = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    if "debian" in families or "ubuntu" in families:
        major = _DEBIAN_MAJORS.get(release.get("VERSION_ID", ""))
        package = "postgresql-postgis" if major is None else f"postgresql-{major}-postgis-3"
        return f"{as_root}apt-get install postgresql {package}"
    for family, line in _OTHER_INSTALL_LINES.items():
        if family in families:
            return f"{as_root}{line}"
    return "(your system's package manager): the packages “postgresql” (server) and “postgis”"


def _read_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _likely_folders() -> Iterator[Path]:
    for place in _PLACES:
        yield from sorted(Path("/").glob(place.removeprefix("/")))
    if (pg_config := shutil.which("pg_config")) and (folder := _output_of(Path(pg_config), "--bindir")):
        yield Path(folder)
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent


def _find_programs(folder: Path) -> PostgresPrograms | None:
    """The programs in that folder, if they are all there, new enough and have PostGIS."""
    if not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _output_of(folder / "postgres", "--version"))
    if version is None or int(version.group(1)) < OLDEST_MAJOR:
        return None
    programs = PostgresPrograms(folder, int(version.group(1)))
    has_postgis = any((share / "extension" / "postgis.control").is_file() for share in _share_folders(programs))
    return programs if has_postgis else None


def _share_folders(programs: PostgresPrograms) -> Iterator[Path]:
    if (programs.path("pg_config")).is_file() and (share := _output_of(programs.path("pg_config"), "--sharedir")):
        yield Path(share)
    yield Path(f"/usr/share/postgresql/{programs.major}")  # Debian without the client package
    yield programs.folder.parent / "share" / "postgresql"
    yield programs.folder.parent / "share"


def _output_of(program: Path, option: str) -> str:
    """What the program prints, or nothing if it does not run: then it is of no use."""
    try:
        run = subprocess.run(  # noqa: S603 - a program of PostgreSQL, found by its place
            [program, option], capture_output=True, text=True, check=False, timeout=10, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
