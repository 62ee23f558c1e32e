"""Letters: one page, the address in the window, every language."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from booking.enquiry_search import Network
from booking.languages import LANGUAGES
from booking.model import Channel, Contact
from booking.notice_desk import Notices
from booking.notice_letter import write_letter
from booking.notice_letters import write_letters, write_letters_again
from booking.notice_parcel import Parcel
from booking.notice_rules import NoticeKind
from booking.notice_texts import render
from booking.operation import Operation
from tests.booking.kinds import offer_at
from tests.booking.notice_cases import CASES, ERIKA, booked
from tests.tiny_network import FakeClock, local

MM = 72 / 25.4


def letter(network: Network, language: str, kind: NoticeKind = NoticeKind.CONFIRMED) -> bytes:
    to = replace(ERIKA, language=language)
    params = next(params for known, params in CASES if known is kind)
    text = render(kind, params, booked(network, contact=to), to, network.district, "https://rufbus.example.org")
    return write_letter(Parcel("key", to, text, local("06:00")), network.district)


def text_in(page: pypdfium2.PdfPage, left: float, top: float, right: float, bottom: float) -> str:
    """What stands in a rectangle, in millimetres from the upper left corner."""
    height = page.get_height()
    found: str = page.get_textpage().get_text_bounded(left * MM, height - bottom * MM, right * MM, height - top * MM)
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_letter_is_one_page_with_the_address_in_the_window(tiny: Network, code: str) -> None:
    pdf = pypdfium2.PdfDocument(letter(tiny, code))
    try:
        assert len(pdf) == 1
        page = pdf[0]
        assert [round(side / MM) for side in (page.get_width(), page.get_height())] == [210, 297]
        window = text_in(page, 20, 62, 105, 90)
        assert window.split() == ["Erika", "Beispiel", "Dorfstr.", "1", "19370", "Cramnitz"]
        body = text_in(page, 20, 98, 200, 290)
        said = ["7KQM-2X9C", "10:00", "10:15"]
        if LANGUAGES[code].direction == "ltr":  # out of mixed directions words come back in another order
            said += ["Dößin, Markt", "RE 1", "+49 385 0000000"]
        assert [text for text in said if text not in body] == []
    finally:
        pdf.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_letter_has_a_sign_for_every_letter(tiny: Network, code: str, caplog: pytest.LogCaptureFixture) -> None:
    """fpdf2 warns of characters that no font has."""
    for kind in NoticeKind:
        letter(tiny, code, kind)
    assert not [r.getMessage() for r in caplog.records if "missing" in r.getMessage().lower()]


def test_arabic_stands_on_the_right(tiny: Network) -> None:
    pdf = pypdfium2.PdfDocument(letter(tiny, "ar"))
    try:
        image = pdf[0].render(scale=1).to_pil().convert("L")
        body = image.crop((0, round(98 * MM), image.width, image.height))
        left, _, right, _ = body.point(lambda grey: 255 * (grey < 128)).getbbox() or (0, 0, 0, 0)
        assert right > image.width - 25 * MM
        greeting = image.crop((round(20 * MM), round(108 * MM), round(105 * MM), round(118 * MM)))
        assert greeting.getextrema()[0] > 200, "its left half is empty"
        assert left >= 0
    finally:
        pdf.close()


def test_letters_that_wait_are_written_once_and_again_when_asked(
    operation: Operation, clock: FakeClock, tmp_path: Path
) -> None:
    operation.notices = Notices(operation, {})
    clock.at = local("2026-02-26 08:00")
    anna = Contact("Anna Muster", address="Dorfstr. 1\n19370 Parchim", language="pl")
    operation.confirm(operation.token(offer_at(operation)), anna, Channel.PHONE)
    assert write_letters(operation, tmp_path / "out", date(2026, 2, 25)) == []
    (path,) = write_letters(operation, tmp_path / "out", date(2026, 2, 26))
    assert "Anna" not in path.name
    assert path.read_bytes().startswith(b"%PDF")
    assert write_letters(operation, tmp_path / "out") == []
    again = write_letters_again(operation, tmp_path / "again", date(2026, 2, 26))
    assert [p.name for p in again] == [path.name]
    assert [view.state for view in operation.notices.list("sent")] == ["sent"]
