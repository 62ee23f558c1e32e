"""What the endpoints share: reading an enquiry, writing an answer, who may."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from booking.api.schemas import AnswerOut, EnquiryIn, OfferOut
from booking.model import Answer, Enquiry, Offer


@dataclass(frozen=True)
class Tools:
    """Shared by the routers.

    Parameters
    ----------
    staff
        The dependency that lets nobody in but staff, and gives who it is.
    asks, books
        The dependencies of what everybody may do, unless the settings ask for a key.
    """

    enquiry: Callable[[EnquiryIn], Enquiry]
    answer: Callable[[Answer], AnswerOut]
    offer: Callable[[Offer], OfferOut]
    staff: Any
    asks: Any
    books: Any
