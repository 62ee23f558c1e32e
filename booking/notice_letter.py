"""Messages as letters: A4 after DIN 5008 form B, the address where the window of a DIN-long envelope is.

The address is always written from left to right, as the post reads it; the letter in the direction of its language.
"""

import os
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, TextMode, XPos, YPos

from booking.district import District
from booking.notice_parcel import Parcel

LEFT_MM, WIDTH_MM = 25.0, 165.0
SENDER_MM, ADDRESS_MM, INFO_MM, SUBJECT_MM = 57.5, 62.7, 50.0, 103.4
"""From the upper edge: return line, address zone, information block, subject."""
FOLDS_MM = (105.0, 210.0)
ADDRESS_LINES = 6
INFO_LEFT_MM = 125.0
FONTS = {
    "latin": ("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
    "arabic": ("fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf"),
}
BOLD_MM = 0.12
"""The outline that makes letters bold: cutting a bold font out of a variable one takes seconds."""


def write_letter(parcel: Parcel, district: District) -> bytes:
    """The PDF of a message."""
    pdf = _paper(parcel)
    _address(pdf, parcel, district)
    _information(pdf, parcel, district)
    is_rtl = parcel.text.language.direction == "rtl"
    own, other = ("arabic", "latin") if is_rtl else ("latin", "arabic")
    pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if is_rtl else "ltr")
    pdf.set_fallback_fonts([other], exact_match=False)
    pdf.set_xy(LEFT_MM, SUBJECT_MM)
    align = Align.R if is_rtl else Align.L
    pdf.set_font(own, size=12)
    with pdf.local_context(text_mode=TextMode.FILL_STROKE, line_width=BOLD_MM, draw_color=0):
        _write(pdf, parcel.text.subject, 6.5, align)
    for lines in parcel.text.paragraphs:
        pdf.set_y(pdf.get_y() + 3.5)
        for line in lines:
            _write(pdf, line, 6.5, align)
    return bytes(pdf.output())


def _paper(parcel: Parcel) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_creation_date(parcel.at)
    pdf.set_title(parcel.text.subject)
    pdf.set_lang(parcel.text.language.html_lang)
    pdf.set_margins(LEFT_MM, 20, 20)
    pdf.set_auto_page_break(auto=True, margin=20)
    for family, (package, name) in FONTS.items():
        with as_file(files(package) / "files" / name) as path:
            pdf.add_font(family, fname=path)
    pdf.set_text_shaping(use_shaping_engine=True, direction="ltr")
    pdf.set_fallback_fonts(["arabic"], exact_match=False)
    pdf.add_page()
    pdf.set_draw_color(120)
    for fold_mm in FOLDS_MM:
        pdf.line(5, fold_mm, 10, fold_mm)
    return pdf


def _address(pdf: FPDF, parcel: Parcel, district: District) -> None:
    pdf.set_font("latin", size=7)
    sender = " · ".join(part for part in (district.contact.operator, district.contact.address) if part)
    pdf.set_xy(LEFT_MM, SENDER_MM)
    pdf.cell(80, 3.5, sender, border="B")
    pdf.set_font("latin", size=11)
    lines = [parcel.to.name, *(line.strip() for line in parcel.to.address.splitlines() if line.strip())]
    for number, line in enumerate(lines[:ADDRESS_LINES]):
        pdf.set_xy(LEFT_MM, ADDRESS_MM + 4.6 * number)
        pdf.cell(80, 4.6, line)


def _information(pdf: FPDF, parcel: Parcel, district: District) -> None:
    contact = district.contact
    day = f"{parcel.at.astimezone(district.zone):%d.%m.%Y}"  # in figures, so that it has no direction
    pdf.set_font("latin", size=10)
    for number, line in enumerate((district.name, contact.operator, contact.phone, contact.email, "", day)):
        pdf.set_xy(INFO_LEFT_MM, INFO_MM + 5 * number)
        pdf.cell(65, 5, line)


def _write(pdf: FPDF, text: str, height_mm: float, align: Align) -> None:
    pdf.multi_cell(WIDTH_MM, height_mm, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


class LetterWriter:
    """Writes each letter as a file into a folder; the name of the file is no personal data."""

    def __init__(self, folder: Path, district: District) -> None:
        self._folder = folder
        self._district = district
        self.written: list[Path] = []

    def __call__(self, parcel: Parcel) -> None:
        """Write a letter whole or not at all, and let the disk have it before anybody notes that it was written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"letter-{parcel.key}.pdf"
        handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".letter-")
        with os.fdopen(handle, "wb") as file:
            file.write(write_letter(parcel, self._district))
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
        self.written.append(path)
