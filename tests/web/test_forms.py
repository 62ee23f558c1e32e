"""Reading the enquiry form against the real search of places."""

from dataclasses import dataclass

from booking.district import District
from booking.enquiry_search import Network
from booking.gazetteer import Hit
from web.forms import EnquiryForm, read_enquiry


@dataclass
class Places:
    """The part of an operation that the form needs."""

    network: Network

    @property
    def district(self) -> District:
        return self.network.district

    def search_places(self, text: str, *, limit: int = 8) -> tuple[Hit, ...]:
        return self.network.artefacts.gazetteer.search(text, limit=limit)


def form(origin: str) -> EnquiryForm:
    return EnquiryForm(origin=origin, destination="Lübzow, Markt", day="2026-03-03", hour="10", minute="00")


def test_a_name_written_out_needs_no_second_question_whatever_its_commas_and_umlauts(tiny: Network) -> None:
    for typed in ("Brüelow, Markt", "brueelow markt", "BRÜELOW MARKT"):
        read = read_enquiry(form(typed), Places(tiny))  # type: ignore[arg-type]  # a part of an operation
        assert read.enquiry is not None, typed
        assert read.enquiry.origin.stop_id == "brueelow-markt"


def test_half_a_name_is_asked_about(tiny: Network) -> None:
    read = read_enquiry(form("Brüel"), Places(tiny))  # type: ignore[arg-type]  # a part of an operation
    assert read.enquiry is None
    assert {hit.place for hit in read.questions["origin"]} == {"Brüelow"}
