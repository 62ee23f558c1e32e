"""The catalogs against the strings that stand in code and templates now."""
# ruff: noqa: RUF001 - Cyrillic words are what is compared

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from web.i18n import LANGUAGES, LOCALE_FOLDER, SOURCE, catalog_files

PROJECT = Path(__file__).parents[2]
TRANSLATED = [code for code in LANGUAGES if code != SOURCE]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def read_catalog(path: Path, code: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[code].locale)


def _key(message_id: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return message_id if isinstance(message_id, str) else tuple(message_id)


def extracted(mapping: str, folder: Path) -> set[str | tuple[str, ...]]:
    target = folder / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-F",
        f"web/locale/{mapping}",
        "-k",
        "N_",
    ]
    subprocess.run([*command, "-o", str(target), "."], cwd=PROJECT, check=True)
    with target.open("rb") as file:
        return {_key(message.id) for message in read_po(file) if message.id}


@pytest.fixture(scope="module")
def resident_strings(tmp_path_factory: pytest.TempPathFactory) -> set[str | tuple[str, ...]]:
    return extracted("babel.cfg", tmp_path_factory.mktemp("pot"))


def residents_catalog(code: str) -> Catalog:
    return read_catalog(LOCALE_FOLDER / code / "LC_MESSAGES" / "messages.po", code)


def translations(catalog: Catalog) -> list[tuple[Message, list[str]]]:
    return [
        (message, list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)])
        for message in catalog
        if message.id
    ]


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_string_of_residents_pages_is_in_every_catalog_and_nothing_else(
    code: str, resident_strings: set[str | tuple[str, ...]]
) -> None:
    assert {_key(message.id) for message in residents_catalog(code) if message.id} == resident_strings


def test_every_string_of_staff_pages_is_in_the_english_catalog(tmp_path: Path) -> None:
    wanted = extracted("babel_staff.cfg", tmp_path)
    known = {_key(message.id) for path in catalog_files("en") for message in read_catalog(path, "en") if message.id}
    assert wanted <= known


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_left_untranslated_or_fuzzy_or_with_blanks_at_its_edges(code: str) -> None:
    for message, strings in translations(residents_catalog(code)):
        assert not message.fuzzy
        assert all(text and text == text.strip() for text in strings), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_their_placeholders(code: str) -> None:
    for message, strings in translations(residents_catalog(code)):
        source = message.id if isinstance(message.id, str) else message.id[0]
        wanted = set(PLACEHOLDER.findall(source))
        for text in strings:
            # "one passenger" needs no figure; everything else that is said has to be said
            allowed = [wanted] if isinstance(message.id, str) else [wanted, set()]
            assert set(PLACEHOLDER.findall(text)) in allowed, message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_counted_strings_have_every_plural_form_of_their_language(code: str) -> None:
    catalog = residents_catalog(code)
    counted = [strings for message, strings in translations(catalog) if not isinstance(message.id, str)]
    assert counted
    assert all(len(strings) == catalog.num_plurals for strings in counted)


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_bring_no_markup_of_their_own(code: str) -> None:
    for _message, strings in translations(residents_catalog(code)):
        assert not any(sign in text for text in strings for sign in "<>&")


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_catalog_says_who_has_read_it(code: str) -> None:
    header = (LOCALE_FOLDER / code / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    assert "X-Reviewed-By: " in header


@pytest.mark.parametrize(
    ("code", "count", "text"),
    [
        ("uk", 1, "особа"),
        ("uk", 3, "особи"),
        ("uk", 5, "осіб"),
        ("ru", 2, "человека"),
        ("ru", 11, "человек"),
        ("pl", 4, "osoby"),
        ("pl", 5, "osób"),
        ("ar", 2, "راكبان"),
        ("ar", 4, "ركاب"),
        ("ar", 12, "راكبًا"),
        ("tr", 7, "kişi"),
        ("de", 1, "Person"),
        ("de", 2, "Personen"),
    ],
)
def test_counts_take_the_form_of_their_language(code: str, count: int, text: str) -> None:
    said = LANGUAGES[code].ngettext("%(num)s Person", "%(num)s Personen", count)
    assert said.replace("%(num)s", "").replace("(", "").replace(")", "").strip() == text
