"""The nine languages of the pages: which there are, which one a reader gets, and their catalogs.

The source strings (msgids) are German. Catalogs are gettext files under ``web/locale``; they are compiled in memory
when a language is first used, so that no compiled file can be out of date.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel import negotiate_locale
from babel.support import NullTranslations
from starlette.requests import Request

from booking import languages
from booking.catalogs import read_catalogs

LOCALE_FOLDER = Path(__file__).parent / "locale"
SOURCE = languages.SOURCE


@dataclass(frozen=True, slots=True)
class Language(languages.Language):
    """A language of the pages, with their texts."""

    def gettext(self, message: str) -> str:
        """A German string in this language."""
        return str(_catalog(self.code).ugettext(message))

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The form of a German string that belongs to a count."""
        return str(_catalog(self.code).ungettext(singular, plural, count))


LANGUAGES = {
    code: Language(known.code, known.html_lang, known.locale, known.endonym, known.unit_length)
    for code, known in languages.LANGUAGES.items()
}
STAFF_LANGUAGES = ("de", "en")


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a string for the catalogs without translating it here."""
    return message


_SAME_AS = {"prs": "fa"}
"""Tags that browsers send for a language we have under another code: Dari."""


def negotiate(accept_language: str, codes: Iterable[str] = tuple(LANGUAGES)) -> Language:
    """The language a reader most likely wants; German where nothing fits.

    Parameters
    ----------
    accept_language
        The ``Accept-Language`` header: tags with weights, as RFC 9110 section 12.5.4 has it.
    codes
        The languages to choose from.
    """
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.lower()))
        except ValueError:
            continue
    weighted.sort(key=lambda pair: -pair[0])
    preferred = [
        code for weight, tag in weighted if weight > 0 for code in (tag, _SAME_AS.get(tag.split("-")[0], ""), tag[:2])
    ]
    found = negotiate_locale([code for code in preferred if code], list(codes), sep="-")
    return LANGUAGES[found or SOURCE]


def language_of(request: Request) -> Language:
    """The language of a page: its path says so; staff pages and unknown paths go by the browser."""
    first = request.url.path.split("/", 2)[1]
    if first in LANGUAGES:
        return LANGUAGES[first]
    codes = STAFF_LANGUAGES if first == "staff" else tuple(LANGUAGES)
    return negotiate(request.headers.get("accept-language", ""), codes)


def catalog_files(code: str) -> list[Path]:
    """The catalogs of a language: residents' pages (``messages.po``) and, in English, staff pages (``staff.po``)."""
    return sorted((LOCALE_FOLDER / code / "LC_MESSAGES").glob("*.po"))


@lru_cache
def _catalog(code: str) -> NullTranslations:
    return read_catalogs(catalog_files(code), LANGUAGES[code].locale)
