"""Letters said on the telephone, so that nobody takes an M for an N."""

WORDS = {
    **{"A": "Aachen", "B": "Berlin", "C": "Chemnitz", "D": "Düsseldorf", "E": "Essen", "F": "Frankfurt", "G": "Goslar"},
    **{"H": "Hamburg", "I": "Ingelheim", "J": "Jena", "K": "Köln", "L": "Leipzig", "M": "München", "N": "Nürnberg"},
    **{"O": "Offenbach", "P": "Potsdam", "Q": "Quickborn", "R": "Rostock", "S": "Salzwedel", "T": "Tübingen"},
    **{"U": "Unna", "V": "Völklingen", "W": "Wuppertal", "X": "Xanten", "Y": "Ypsilon", "Z": "Zwickau"},
}
"""The German spelling table by names of towns (DIN 5009:2022-06)."""


def spelled(code: str) -> str:
    """A code to be read out: ``7, K (Köln), 2``."""
    return ", ".join(f"{sign} ({WORDS[sign]})" if sign in WORDS else sign for sign in code.upper() if sign.isalnum())
