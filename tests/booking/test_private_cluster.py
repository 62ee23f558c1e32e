import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import pq

from booking.cluster_folder import prepare_cluster_folder
from booking.database_errors import DatabaseError, DatabaseMissingError
from booking.private_cluster import PrivateCluster, open_cluster

ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as another user")

OPEN_AND_WAIT = """
import sys
from pathlib import Path
from booking.private_cluster import open_cluster
cluster = open_cluster(Path(sys.argv[1]), is_durable=False)
print("ready", flush=True)
sys.stdin.read()
"""


def query(cluster: PrivateCluster, statement: str) -> list[tuple[object, ...]]:
    url = cluster.url("postgres")
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def server_process(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def is_stopped(folder: Path) -> bool:
    answer = pq.PGconn.ping(f"host='{folder / 'socket'}' port=5432 user=rufnetz dbname=postgres".encode())
    return answer == pq.Ping.NO_RESPONSE and not (folder / "data" / "postmaster.pid").exists()


def start_user(folder: Path) -> "subprocess.Popen[str]":
    """Another process that uses the cluster until its standard input ends."""
    user = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"
    return user


def end_user(user: "subprocess.Popen[str]") -> None:
    user.communicate(timeout=60)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A cluster that was made and stopped; every test leaves it stopped, with its one table."""
    folder = Path("/tmp") / f"rufnetz-test-{os.getpid()}"  # noqa: S108 - made here, mode 0755, and removed again
    folder.mkdir()
    with open_cluster(folder / "database", is_durable=False) as cluster:
        query(cluster, "create table kept as select 'Fahrplan' as word")
    yield folder / "database"
    shutil.rmtree(folder)


@pytest.fixture
def copied_folder(folder: Path, open_folder: Path) -> Path:
    """A copy of that cluster for a test that does something to it."""
    subprocess.run(["cp", "-a", str(folder), str(open_folder)], check=True)
    return open_folder / folder.name


def test_a_cluster_listens_on_a_socket_that_only_its_user_reaches(folder: Path) -> None:
    with open_cluster(folder, is_durable=False) as cluster:
        assert query(cluster, "show listen_addresses") == [("",)]
        assert query(cluster, "show unix_socket_directories") == [(f'"{folder / "socket"}"',)]
        assert stat.S_IMODE((folder / "socket").stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_new_cluster_is_durable_unless_a_test_says_otherwise(open_folder: Path) -> None:
    with open_cluster(open_folder / "deep" / "database") as cluster:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert query(cluster, f"show {setting}") == [("on",)]
        assert query(cluster, "show server_encoding") == [("UTF8",)]
        assert query(cluster, "show timezone") == [("UTC",)]


def test_what_was_stored_is_there_when_it_is_opened_again(folder: Path) -> None:
    with open_cluster(folder, is_durable=False) as cluster:
        assert query(cluster, "select word from kept") == [("Fahrplan",)]
    assert is_stopped(folder)


def test_whoever_leaves_last_stops_the_server(folder: Path) -> None:
    first = open_cluster(folder, is_durable=False)
    second = open_cluster(folder, is_durable=False)
    first.close()
    assert query(second, "select 1") == [(1,)]
    second.close()
    second.close()
    assert is_stopped(folder)


def test_a_process_that_ends_without_closing_leaves_as_well(folder: Path) -> None:
    end_user(start_user(folder))
    assert is_stopped(folder)


def test_another_process_finds_the_running_server_and_leaves_it_running(folder: Path) -> None:
    with open_cluster(folder, is_durable=False) as cluster:
        before = server_process(folder)
        end_user(start_user(folder))
        assert server_process(folder) == before
        assert query(cluster, "select 1") == [(1,)]


def test_after_kill_9_of_its_only_user_the_next_one_takes_the_server_over(folder: Path) -> None:
    user = start_user(folder)
    before = server_process(folder)
    user.kill()
    end_user(user)
    with open_cluster(folder, is_durable=False) as cluster:
        assert server_process(folder) == before
        assert query(cluster, "select word from kept") == [("Fahrplan",)]
    assert is_stopped(folder)


def test_after_kill_9_of_the_server_nothing_that_was_committed_is_lost(copied_folder: Path) -> None:
    with open_cluster(copied_folder) as cluster:
        query(cluster, "create table rides as select generate_series(1, 1000) as ride")
        os.kill(server_process(copied_folder), signal.SIGKILL)
        with open_cluster(copied_folder) as again:
            assert query(again, "select count(*), max(ride) from rides") == [(1000, 1000)]


def test_a_stranger_with_the_process_number_of_the_old_server_is_not_taken_for_it(copied_folder: Path) -> None:
    with open_cluster(copied_folder, is_durable=False):
        note = (copied_folder / "data" / "postmaster.pid").read_text()
    owner = copied_folder.stat()
    stranger = subprocess.Popen(["sleep", "60"], user=owner.st_uid if IS_ROOT else None)
    try:
        stale = copied_folder / "data" / "postmaster.pid"
        stale.write_text(note.replace(note.splitlines()[0], str(stranger.pid), 1))
        shutil.chown(stale, owner.st_uid, owner.st_gid)
        with open_cluster(copied_folder, is_durable=False) as cluster:
            assert query(cluster, "select word from kept") == [("Fahrplan",)]
    finally:
        stranger.kill()
        stranger.wait()


def test_two_processes_may_open_a_cluster_at_once_that_nobody_has_made(open_folder: Path) -> None:
    command = [sys.executable, "-c", OPEN_AND_WAIT, str(open_folder / "database")]
    users = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
        for _ in range(2)
    ]
    assert [user.communicate(timeout=90) for user in users] == [(b"ready\n", b"")] * 2
    assert is_stopped(open_folder / "database")


def test_a_broken_attempt_to_make_one_is_cleared_away(open_folder: Path) -> None:
    unfinished = open_folder / "database" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("1")
    with open_cluster(open_folder / "database", is_durable=False) as cluster:
        assert query(cluster, "select 1") == [(1,)]
    assert not unfinished.exists()


def test_a_forked_child_does_not_stop_the_server_of_its_parent(folder: Path) -> None:
    program = OPEN_AND_WAIT.replace(
        'print("ready"', 'import os\nif os.fork() == 0:\n    sys.exit()\nos.wait()\nprint("ready"'
    )
    user = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"
    assert not is_stopped(folder)
    end_user(user)
    assert is_stopped(folder)


def test_any_name_of_a_folder_will_do(copied_folder: Path) -> None:
    renamed = copied_folder.rename(copied_folder.with_name('it\'s 100% "$HOME" in Börzow\\n'))
    with open_cluster(renamed, is_durable=False) as cluster:
        assert query(cluster, "select word from kept") == [("Fahrplan",)]
        assert (renamed / "socket" / ".s.PGSQL.5432").exists()


def test_a_path_too_long_for_a_socket_has_it_under_tmp(copied_folder: Path) -> None:
    renamed = copied_folder.rename(copied_folder.with_name("x" * 120))
    with open_cluster(renamed, is_durable=False) as cluster:
        place = Path(str(cluster.url("postgres").query["host"]))
        assert query(cluster, "select word from kept") == [("Fahrplan",)]
        assert place.parent == Path("/tmp")  # noqa: S108 - that is the point
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    place.rmdir()


def test_a_folder_for_the_socket_that_others_may_enter_is_refused(copied_folder: Path) -> None:
    (copied_folder / "socket").chmod(0o777)
    with pytest.raises(DatabaseError, match="is not a folder that only the server's user may enter"):
        open_cluster(copied_folder)


def test_a_server_that_does_not_start_shows_what_it_said(copied_folder: Path) -> None:
    with (copied_folder / "data" / "postgresql.conf").open("a") as file:
        file.write("max_connections = many\n")
    with pytest.raises(DatabaseError, match="does not start") as caught:
        open_cluster(copied_folder)
    assert 'invalid value for parameter "max_connections": "many"' in str(caught.value)
    assert str(copied_folder / "server.log") in str(caught.value)


def test_data_of_a_version_that_is_not_installed_is_a_sentence(copied_folder: Path) -> None:
    (copied_folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(DatabaseMissingError, match="was made by PostgreSQL 9"):
        open_cluster(copied_folder)


def test_whoever_waits_too_long_for_another_process_says_for_which(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.private_cluster._LOCK_WAIT_S", 0)
    with (folder / "setup.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DatabaseError, match=r"holds setup\.lock there"):
            open_cluster(folder)


@only_root
def test_as_root_the_server_runs_as_the_user_postgres(folder: Path) -> None:
    with open_cluster(folder, is_durable=False):
        process = Path(f"/proc/{server_process(folder)}")
        assert pwd.getpwuid(process.stat().st_uid).pw_name == "postgres"


@only_root
def test_as_root_the_data_go_elsewhere_when_the_server_cannot_get_there(tmp_path: Path, open_folder: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    wanted = tmp_path / "closed" / "database"
    first = prepare_cluster_folder(wanted, reachable=open_folder / "reachable")
    assert first.path.parent == open_folder / "reachable"
    assert wanted.readlink() == first.path
    assert first.is_reachable()
    assert prepare_cluster_folder(wanted, reachable=open_folder / "not used") == first
    with open_cluster(wanted, is_durable=False) as cluster:
        assert cluster.folder == first.path


@only_root
def test_as_root_data_that_became_unreachable_are_not_made_anew(copied_folder: Path) -> None:
    copied_folder.parent.chmod(0o700)
    with pytest.raises(DatabaseError, match=r"who cannot get to .* Allow passing through the folders above it"):
        open_cluster(copied_folder)


@only_root
def test_as_root_without_a_user_for_the_server_the_remedy_is_named(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.cluster_folder._SERVER_USERS", ("nobody-of-that-name",))
    with pytest.raises(DatabaseError, match="adduser --system --group --no-create-home postgres"):
        open_cluster(open_folder / "database")


@only_root
def test_an_ordinary_user_has_a_cluster_as_well_and_root_may_join(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    program = "import os; os.umask(0o077)\n" + OPEN_AND_WAIT
    nobody = pwd.getpwnam("nobody")
    command = [_python_for(nobody.pw_uid), "-c", program, str(open_folder / "database")]
    user = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"
    with open_cluster(open_folder / "database", is_durable=False) as cluster:
        assert query(cluster, "select 1") == [(1,)]
        process = Path(f"/proc/{server_process(open_folder / 'database')}")
        assert process.stat().st_uid == nobody.pw_uid
    end_user(user)
    assert is_stopped(open_folder / "database")


def _python_for(user_id: int) -> str:
    """A Python of this version that the user may run: ours may lie in root's home."""
    for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        try:
            if subprocess.run([python, "-V"], user=user_id, cwd="/", capture_output=True, check=False).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python of this version that an ordinary user may run")
