"""Letters said on the telephone, so that nobody takes an M for an N."""

_TOWNS = (
    "Aachen Berlin Chemnitz Düsseldorf Essen Frankfurt Goslar Hamburg Ingelheim Jena Köln Leipzig München Nürnberg"
    " Offenbach Potsdam Quickborn Rostock Salzwedel Tübingen Unna Völklingen Wuppertal Xanten Ypsilon Zwickau"
)
WORDS = {town[0]: town for town in _TOWNS.split()}
"""The German spelling table by names of towns (DIN 5009:2022-06)."""


def spelled(code: str) -> str:
    """A code to be read out: ``7, K (Köln), 2``."""
    return ", ".join(f"{sign} ({WORDS[sign]})" if sign in WORDS else sign for sign in code.upper() if sign.isalnum())
