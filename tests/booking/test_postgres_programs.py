from pathlib import Path

import pytest

from booking.database_errors import DatabaseMissingError
from booking.postgres_programs import get_postgres_programs, install_line, list_postgres_programs


def put_programs(root: Path, version: str, *, has_postgis: bool = True) -> Path:
    """The programs of a made-up PostgreSQL, laid out as Postgres.app does."""
    folder = root / version / "bin"
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {version} (made up)"\n')
        (folder / name).chmod(0o755)
    extensions = root / version / "share" / "postgresql" / "extension"
    extensions.mkdir(parents=True)
    if has_postgis:
        (extensions / "postgis.control").touch()
    return folder


def test_this_computer_has_what_it_needs() -> None:
    assert get_postgres_programs().major >= 14


def test_the_newest_version_is_taken(tmp_path: Path) -> None:
    folders = tuple(put_programs(tmp_path, version) for version in ("14.20", "17.2", "16.11"))
    assert [programs.major for programs in list_postgres_programs(folders)] == [17, 16, 14]
    assert get_postgres_programs(folders=folders).path("initdb") == folders[1] / "initdb"


def test_a_version_without_postgis_is_passed_over(tmp_path: Path) -> None:
    folders = (put_programs(tmp_path, "18.1", has_postgis=False), put_programs(tmp_path, "15.18"))
    assert [programs.major for programs in list_postgres_programs(folders)] == [15]


def test_a_version_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    assert list_postgres_programs((put_programs(tmp_path, "13.22"),)) == ()


def test_a_folder_with_programs_that_do_not_run_is_passed_over(tmp_path: Path) -> None:
    folder = put_programs(tmp_path, "17.2")
    (folder / "postgres").write_text("#!/bin/sh\nexit 1\n")
    assert list_postgres_programs((folder, tmp_path / "nowhere")) == ()


def test_data_of_another_version_names_the_version_to_install(tmp_path: Path) -> None:
    folders = (put_programs(tmp_path, "17.2"),)
    with pytest.raises(DatabaseMissingError, match=r"was made by PostgreSQL 15, but .* \(installed: 17\)"):
        get_postgres_programs(15, folders, cluster=Path("/srv/rufnetz/database"))


@pytest.mark.parametrize(
    ("release", "system", "line"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, "Linux", "apt-get install postgresql postgresql-15-postgis-3"),
        ({"ID": "debian", "VERSION_ID": "13"}, "Linux", "apt-get install postgresql postgresql-17-postgis-3"),
        (
            {"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_ID": "24.04"},
            "Linux",
            "apt-get install postgresql postgresql-16-postgis-3",
        ),
        (
            {"ID": "linuxmint", "ID_LIKE": "ubuntu debian", "VERSION_ID": "22"},
            "Linux",
            "apt-get install postgresql postgresql-postgis",
        ),
        ({"ID": "fedora", "VERSION_ID": "43"}, "Linux", "dnf install postgresql-server postgis"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "Linux", "dnf install postgresql-server postgis"),
        ({"ID": "arch"}, "Linux", "pacman -S postgresql postgis"),
        ({}, "Darwin", "brew install postgis"),
        ({"ID": "plan9"}, "Linux", "“postgresql” (server) and “postgis”"),
    ],
)
def test_the_install_line_fits_the_system(release: dict[str, str], system: str, line: str) -> None:
    assert install_line(release, system).removeprefix("sudo ").endswith(line)
