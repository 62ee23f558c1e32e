"""The nine languages of the pages: which there are, which one a reader gets, and their catalogs.

The source strings (msgids) are German. Catalogs are gettext files under ``web/locale``; they are compiled in memory
when a language is first used, so that no compiled file can be out of date.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.requests import Request

LOCALE_FOLDER = Path(__file__).parent / "locale"
SOURCE = "de"
"""The language of the msgids; it needs no catalog."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages.

    Parameters
    ----------
    code
        First part of the path, and the folder of the catalog.
    html_lang
        What the pages say they are written in (BCP 47).
    locale
        Where dates, plurals and prices come from (CLDR).
    endonym
        Its name in itself.
    unit_length
        ``short`` where the word for minutes would have to follow the grammatical case of a sentence, or where CLDR
        has no long one.
    """

    code: str
    html_lang: str
    locale: str
    endonym: str
    unit_length: Literal["long", "short"] = "long"

    @property
    def cldr(self) -> Locale:
        """The CLDR data."""
        return Locale.parse(self.locale)

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return self.cldr.text_direction

    def gettext(self, message: str) -> str:
        """A German string in this language."""
        return str(_catalog(self.code).ugettext(message))

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The form of a German string that belongs to a count."""
        return str(_catalog(self.code).ungettext(singular, plural, count))


LANGUAGES = {
    language.code: language
    for language in (
        Language("de", "de", "de_DE", "Deutsch"),
        Language("de-simple", "de-simple", "de_DE", "Einfache Sprache"),
        Language("en", "en", "en_GB", "English"),
        Language("uk", "uk", "uk_UA", "Українська", "short"),
        Language("ru", "ru", "ru_RU", "Русский", "short"),
        Language("ar", "ar", "ar_SY", "العربية"),
        Language("fa", "fa", "fa_AF", "فارسی / دری", "short"),
        Language("pl", "pl", "pl_PL", "Polski", "short"),
        Language("tr", "tr", "tr_TR", "Türkçe"),
    )
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
    merged: NullTranslations = NullTranslations()
    for path in catalog_files(code):
        with path.open("rb") as file:
            # the locale must be given when reading: set later, Babel cuts the plurals to two forms
            catalog = read_po(file, locale=LANGUAGES[code].locale)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        translations = Translations(compiled)
        merged = translations.merge(merged) if isinstance(merged, Translations) else translations
    return merged
