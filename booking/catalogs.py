"""Gettext catalogs, compiled in memory when they are first used: no compiled file can be out of date."""

from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from booking.languages import LANGUAGES, Language

LOCALE_FOLDER = Path(__file__).parent / "locale"


def read_catalogs(paths: Iterable[Path], locale: str) -> NullTranslations:
    """The catalogs of a language as one; of two that know a string, the later one counts."""
    merged: NullTranslations = NullTranslations()
    for path in paths:
        with path.open("rb") as file:
            # the locale must be given when reading: set later, Babel cuts the plurals to two forms
            catalog = read_po(file, locale=locale)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        translations = Translations(compiled)
        merged = translations.merge(merged) if isinstance(merged, Translations) else translations
    return merged


def say(message: str, language: Language) -> str:
    """A German string of notices in a language."""
    return str(_notices(language.code).ugettext(message))


def notices_file(code: str) -> Path:
    """The catalog of notices in a language."""
    return LOCALE_FOLDER / code / "LC_MESSAGES" / "notices.po"


@lru_cache
def _notices(code: str) -> NullTranslations:
    path = notices_file(code)
    return read_catalogs([path] if path.exists() else [], LANGUAGES[code].locale)
