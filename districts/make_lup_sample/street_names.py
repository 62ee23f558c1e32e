"""Street names as one finds them in northern German villages; none is taken from a real register."""

import itertools

import numpy as np

_FIRST = (
    "Linden Birken Eichen Ahorn Kastanien Erlen Buchen Kiefern Tannen Weiden Ulmen Eschen Flieder Rosen Tulpen Nelken "
    "Holunder Schlehen Hasel Kirschen Apfel Birnen Amsel Drossel Finken Lerchen Meisen Schwalben Storchen Kranich "
    "Reiher Fasanen Mühlen Schul Kirch Pfarr Garten Wiesen Feld Wald See Teich Bach Graben Heide Moor Sand Kies Stein "
    "Ziegelei Schmiede Bauern Handwerker Bleicher Gerber Müller Bäcker Tischler Töpfer Weber Fischer Jäger Förster "
    "Schäfer Imker Sonnen Nord Süd Ost West Mittel Neue_ Alte_ Lange_ Kurze_"
).split()
_SECOND = {"straße": 5, "weg": 5, "ring": 1, "gasse": 1, "allee": 1, "winkel": 1, "steig": 1}
_WHOLE = (
    "Am Sportplatz;Am Friedhof;Am Park;Am Dorfteich;Am Gutshof;Am Speicher;Am Mühlenberg;Am Waldrand;"
    "Am Wasserturm;Am Hang;Am Anger;Am Feuerwehrhaus;Am alten Bahndamm;An der Kirche;An den Eichen;"
    "An der Koppel;An der Schäferei;An der Molkerei;Zum See;Zum Gutshaus;Zur Mühle;Zur Heide;Zum Moor;"
    "Zur Alten Schmiede;Zum Sägewerk;Hinter den Höfen;Im Winkel;Im Grund;Ausbau;Siedlung;Koppelweg;"
    "Triftweg;Büdnerweg;Hofstraße;Gutsstraße;Wendeplatz;Katenweg"
).split(";")
_VILLAGE_SHARE = 0.5


def road_to(name: str) -> str:
    """The street that leads towards a place: ``Parchimer Straße``, or ``Chaussee nach …`` where that is easier."""
    irregular = {
        "Neustadt-Glewe": "Neustädter Straße",
        "Plau am See": "Plauer Straße",
        "Zarrentin am Schaalsee": "Zarrentiner Straße",
        "Boizenburg/Elbe": "Boizenburger Straße",
        "Krakow am See": "Krakower Straße",
    }
    if name in irregular:
        return irregular[name]
    if (
        " " in name
        or "-" in name
        or not name.endswith(("in", "ow", "en", "tz", "z", "st", "urg", "erg", "im", "el", "te"))
    ):
        return f"Chaussee nach {name}"
    if name.endswith("en") and len(name) > 6:
        return f"{name[:-2]}ener Straße"
    return f"{name.removesuffix('e')}er Straße"


def street_names(count: int, rng: np.random.Generator) -> list[str]:
    """That many different names, the rural ones first more often than not."""
    composed = [
        _compose(first, second)
        for first, second in itertools.product(_FIRST, _SECOND)
        if not (first.endswith("_") and second in {"allee", "winkel", "steig", "ring"})
    ]
    weights = np.array(
        [
            _SECOND[second]
            for first, second in itertools.product(_FIRST, _SECOND)
            if not (first.endswith("_") and second in {"allee", "winkel", "steig", "ring"})
        ],
        dtype=float,
    )
    order = rng.choice(len(composed), size=len(composed), replace=False, p=weights / weights.sum())
    town_like = iter([composed[i] for i in order])
    rural = iter([_WHOLE[i] for i in rng.permutation(len(_WHOLE))])
    names: list[str] = []
    while len(names) < count:
        source = rural if rng.random() < _VILLAGE_SHARE else town_like
        name = next(source, None) or next(town_like)
        names.append(name)
    return names


def _compose(first: str, second: str) -> str:
    if not first.endswith("_"):
        return first + second
    adjective = first.removesuffix("_")
    if second == "weg":
        return f"{adjective}r Weg"
    return f"{adjective} {second.capitalize()}"
