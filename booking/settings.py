"""What differs from one installation to the next, read once from the environment.

What differs from one *district* to the next is no setting: it stands in the district's folder.
"""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from booking.errors import BookingError

_SECRET_FILE = "secret"  # noqa: S105 - the name of the file, not the secret
_SECRET_MIN_LENGTH = 32
_DEFAULT_STATE_FOLDER = Path("var")
_POSTGRES_DRIVERS = {"postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgis"}


class SettingsError(BookingError):
    """A setting has a value that cannot be used; the text names it and never repeats a secret."""


class Settings(BaseSettings):
    """The settings of one installation, valid from birth.

    Values come from arguments, then from environment variables ``RUFNETZ_…``, then from the defaults below. The
    secret, when nobody gave one, is made once and kept in the state folder. docs/operating.md explains every one.
    """

    model_config = SettingsConfigDict(
        env_prefix="RUFNETZ_",
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    state_folder: Path = _DEFAULT_STATE_FOLDER
    """Folder for all that the program makes and keeps: artefacts, private database cluster, secret."""

    database_url: str | None = Field(
        default=None, repr=False, validation_alias=AliasChoices("RUFNETZ_DATABASE_URL", "DATABASE_URL")
    )
    """A PostgreSQL database with PostGIS, in SQLAlchemy's form for psycopg; None means the private cluster."""

    secret: SecretStr
    """Signs offers and sessions. Whoever changes it makes every open offer invalid."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: int = Field(default=8000, ge=1, le=65535)
    """The port to listen on."""

    public_url: str = Field(default_factory=lambda known: f"http://{known.get('host')}:{known.get('port')}")
    """The address residents see, without a slash at its end: for links in messages and in the API."""

    smtp_url: SecretStr | None = None
    """The mail server for notices: ``smtp://[user:password@]host[:port]``, or ``smtps://``; None sends no mail."""

    api_needs_key: bool = False
    """Whether asking and booking by API need a key; places, stops and the service are shown to everybody."""

    api_per_min: int = Field(default=300, ge=0)
    """Calls per minute of each caller without a key, in each server process; 0 is no limit."""

    api_key_per_min: int = Field(default=1200, ge=0)
    """Calls per minute of each API key that has no limit of its own, and of each login; 0 is no limit."""

    api_logins_per_min: int = Field(default=20, ge=0)
    """Attempts to log in per minute of each caller; 0 is no limit."""
    sms_url: SecretStr | None = None
    """The gateway for SMS: an address of Apprise with ``{to}`` for the number; None sends none."""

    voice_url: SecretStr | None = None
    """The gateway for calls that read a text aloud, in the same way; None calls nobody."""

    @field_validator("sms_url", "voice_url")
    @classmethod
    def _with_number(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and ("{to}" not in given.get_secret_value() or "://" not in given.get_secret_value()):
            message = "must be an address with {to} where the number belongs"
            raise ValueError(message)
        return given

    @field_validator("state_folder")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _for_psycopg(cls, given: str | None) -> str | None:
        return None if given is None else _psycopg_url(given)

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, given: SecretStr) -> SecretStr:
        if len(given.get_secret_value()) < _SECRET_MIN_LENGTH:
            message = f"needs at least {_SECRET_MIN_LENGTH} characters"
            raise ValueError(message)
        return given

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, given: str) -> str:
        if not given.startswith(("http://", "https://")):
            message = "must begin with http:// or https://"
            raise ValueError(message)
        return given.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings fixes the signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings fixes the signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, then the secret that was kept."""
        return init_settings, env_settings, _KeptSecret(settings_cls)


class _KeptSecret(PydanticBaseSettingsSource):
    """Supplies the secret from the state folder when no earlier source had one."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - fixed
        """Nothing: :meth:`__call__` answers for the whole source."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        if "secret" in self.current_state:
            return {}
        return {
            "secret": _kept_secret(Path(self.current_state.get("state_folder", _DEFAULT_STATE_FOLDER)).expanduser())
        }


def read_settings() -> Settings:
    """The settings as the environment gives them.

    Raises
    ------
    SettingsError
        A variable has a value that cannot be used, or the state folder cannot be written.
    """
    try:
        return Settings()
    except ValidationError as fault:
        problems = "; ".join(
            f"{_variable(error['loc'])} {error['msg'].removeprefix('Value error, ')}"
            for error in fault.errors(include_url=False, include_input=False, include_context=False)
            if error["type"] != "default_factory_not_called"  # follows from another problem
        )
        message = f"The settings cannot be used: {problems}. docs/operating.md lists every setting."
        raise SettingsError(message) from None


def _variable(loc: tuple[int | str, ...]) -> str:
    name = str(loc[0]) if loc else "RUFNETZ_"
    return name if name.isupper() else f"RUFNETZ_{name.upper()}"


def _psycopg_url(given: str) -> str:
    """Whatever spelling of a PostgreSQL address was given, as SQLAlchemy's address for psycopg."""
    # Half a second that commands without a database do not spend.
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(given.strip())
    except (ArgumentError, ValueError):
        message = "is no database address; it looks like postgresql://user:password@host:5432/name"
        raise ValueError(message) from None
    if url.drivername not in _POSTGRES_DRIVERS:
        message = f"names a {url.drivername} database; Rufnetz needs PostgreSQL with PostGIS"
        raise ValueError(message)
    if not url.database:
        message = "names no database; it looks like postgresql://user:password@host:5432/name"
        raise ValueError(message)
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _kept_secret(state_folder: Path) -> str:
    """The secret of the state folder, made now if there is none."""
    path = state_folder / _SECRET_FILE
    try:
        if not path.exists():
            _keep_new_secret(path)
        secret = path.read_text(encoding="ascii").strip()
    except OSError as fault:
        message = (
            f"The secret in {path} can be neither read nor made: {fault.strerror}. Run as the user the folder belongs "
            "to, name another folder in RUFNETZ_STATE_FOLDER, or give RUFNETZ_SECRET."
        )
        raise SettingsError(message) from None
    if not secret:
        message = f"The secret in {path} is empty. Delete the file to have a new one made; open offers become invalid."
        raise SettingsError(message)
    return secret


def _keep_new_secret(path: Path) -> None:
    """Write a new secret; of two processes that do so at once, the first wins and both read its secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
