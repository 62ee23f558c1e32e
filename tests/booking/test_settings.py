import re
import stat
from pathlib import Path

import pytest

from booking.settings import Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*(f"RUFNETZ_{field.upper()}" for field in Settings.model_fields), "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUFNETZ_STATE_FOLDER", str(tmp_path / "state"))
    return tmp_path / "state"


def test_without_any_variable_there_are_sensible_values(state_folder: Path) -> None:
    settings = read_settings()
    assert settings.state_folder == state_folder
    assert settings.database_url is None
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(state_folder: Path) -> None:
    first = read_settings().secret.get_secret_value()
    assert len(first) >= 64
    assert read_settings().secret.get_secret_value() == first
    assert stat.S_IMODE((state_folder / "secret").stat().st_mode) == 0o600
    assert [path.name for path in state_folder.iterdir()] == ["secret"]


def test_a_secret_that_is_given_is_used_and_none_is_made(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFNETZ_SECRET", "w" * 32)
    assert read_settings().secret.get_secret_value() == "w" * 32
    assert not state_folder.exists()


@pytest.mark.usefixtures("state_folder")
def test_no_secret_and_no_password_is_ever_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFNETZ_SECRET", "walnussbaum" * 4)
    monkeypatch.setenv("DATABASE_URL", "postgresql://rufnetz:pusteblume@db/rufnetz")
    shown = repr(read_settings()) + str(read_settings())
    assert "walnuss" not in shown
    assert "pusteblume" not in shown


@pytest.mark.usefixtures("state_folder")
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_spelling_of_a_postgresql_address_works(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://rufnetz:a%40b@db:5433/rufnetz?sslmode=require")
    expected = "postgresql+psycopg://rufnetz:a%40b@db:5433/rufnetz?sslmode=require"
    assert read_settings().database_url == expected


@pytest.mark.usefixtures("state_folder")
def test_our_own_name_for_the_database_address_wins_over_the_general_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///everybody")
    monkeypatch.setenv("RUFNETZ_DATABASE_URL", "postgresql:///ours")
    assert read_settings().database_url == "postgresql+psycopg:///ours"


@pytest.mark.usefixtures("state_folder")
def test_an_empty_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("RUFNETZ_PORT", "")
    settings = read_settings()
    assert (settings.database_url, settings.port) == (None, 8000)


def test_the_public_address_has_no_slash_at_its_end(state_folder: Path) -> None:
    assert (
        Settings(state_folder=state_folder, public_url="https://rufbus.example/").public_url == "https://rufbus.example"
    )


@pytest.mark.usefixtures("state_folder")
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("RUFNETZ_PORT", "achtzig", "RUFNETZ_PORT Input should be a valid integer"),
        ("RUFNETZ_PORT", "70000", "RUFNETZ_PORT Input should be less than or equal to 65535"),
        ("RUFNETZ_PUBLIC_URL", "rufbus.example", "RUFNETZ_PUBLIC_URL must begin with http:// or https://"),
        ("DATABASE_URL", "sqlite:///rufnetz.db", "names a sqlite database; Rufnetz needs PostgreSQL with PostGIS"),
        ("DATABASE_URL", "pusteblume", "is no database address; it looks like postgresql://"),
        ("DATABASE_URL", "postgresql://db.example", "names no database"),
        ("RUFNETZ_SECRET", "pusteblume", "RUFNETZ_SECRET needs at least 32 characters"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_but_not_repeated(
    variable: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert says in str(caught.value)
    assert "pusteblume" not in str(caught.value)
    assert "docs/operating.md" in str(caught.value)


def test_a_state_folder_that_cannot_be_made_is_a_sentence_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RUFNETZ_STATE_FOLDER", str(tmp_path / "file" / "state"))
    monkeypatch.delenv("RUFNETZ_SECRET", raising=False)
    with pytest.raises(SettingsError, match="name another folder in RUFNETZ_STATE_FOLDER"):
        read_settings()


def test_the_handbook_explains_every_setting_and_no_other() -> None:
    handbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `((?:RUFNETZ_|DATABASE_)\w+)`", handbook, flags=re.MULTILINE))
    known = {f"RUFNETZ_{field.upper()}" for field in Settings.model_fields} - {"RUFNETZ_DATABASE_URL"}
    assert rows == known | {"DATABASE_URL"}
