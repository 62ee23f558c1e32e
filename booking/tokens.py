"""Signed offers: what a resident holds between looking and confirming. The server keeps nothing meanwhile."""

import hashlib
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import TypeAdapter

from booking.errors import OfferExpiredError, OfferInvalidError
from booking.model import Offer

OFFERS: TypeAdapter[Offer] = TypeAdapter(Offer)


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="rufnetz.offer.1", signer_kwargs={"digest_method": hashlib.sha256})


def sign_offer(offer: Offer, secret: str) -> str:
    """The offer as URL-safe text that only we can have written."""
    return _serializer(secret).dumps(OFFERS.dump_python(offer, mode="json"))


def read_offer(token: str, secret: str, now: datetime) -> Offer:
    """The offer behind a token.

    Raises
    ------
    OfferInvalidError
        The token was not signed by us, or was changed.
    OfferExpiredError
        The offer's time is over.
    """
    try:
        offer = OFFERS.validate_python(_serializer(secret).loads(token))
    except (BadSignature, ValueError) as fault:
        msg = "This offer was not made by us or was changed on the way. Please search for your ride again."
        raise OfferInvalidError(msg) from fault
    if now >= offer.expires_at:
        msg = "This offer has expired. Please search for your ride again."
        raise OfferExpiredError(msg)
    return offer
