"""The part of ``rules.toml`` about fares."""

from booking.district_rules_words import check_unique, optional_tables, read_whole, read_word, read_words
from booking.district_toml import TomlTable
from booking.model import AreaId
from booking.rulebook_fares import Concession, FareBand, FareBasis, FareRules, Payment, ZonePair

_DEAREST_CT = 100_000


def read_fare(table: TomlTable) -> FareRules:
    """The tariff of a version."""
    basis = read_word(table, "basis", FareBasis.DISTANCE, "no basis of a tariff")
    is_distance, is_zones = basis is FareBasis.DISTANCE, basis is FareBasis.ZONES
    concessions = optional_tables(table, "concession")
    fare = FareRules(
        base_ct=_read_ct(table, "base_ct", needed=is_distance),
        ct_per_km=_read_ct(table, "ct_per_km", needed=is_distance),
        max_ct=_read_ct(table, "max_ct", needed=not is_zones),
        basis=basis,
        bands=_read_bands(table),
        same_zone_ct=_read_ct(table, "same_zone_ct", needed=is_zones),
        other_zone_ct=_read_ct(table, "other_zone_ct", needed=is_zones),
        zone_pairs=tuple(_read_pair(part) for part in optional_tables(table, "zone_pair")),
        round_up_ct=read_whole(table, "round_up_ct", (1, 1000), 10),
        door_ct=_read_ct(table, "door_ct", needed=False),
        concessions=tuple(_read_concession(part) for part in concessions),
        payments=read_words(table, "payments", Payment, "no way to pay") or (Payment.CASH,),
    )
    table.finish()
    check_unique(concessions, "id", {i: concession.id for i, concession in enumerate(fare.concessions)})
    if basis is FareBasis.BANDS and not fare.bands:
        table.add_problem("basis", "there are no bands", "add them, each beginning with [[version.fare.band]]")
    return fare


def _read_ct(table: TomlTable, key: str, *, needed: bool) -> int:
    return table.whole(key, 0, _DEAREST_CT) if needed or table.has(key) else 0


def _read_bands(table: TomlTable) -> tuple[FareBand, ...]:
    bands: list[FareBand] = []
    for part in optional_tables(table, "band"):
        band = FareBand(round(part.number("up_to_km", 0, 1000) * 1000), part.whole("ct", 0, _DEAREST_CT))
        part.finish()
        if bands and band.up_to_m <= bands[-1].up_to_m:
            part.add_problem("up_to_km", "the band is no longer than the one above it", "order them, shortest first")
        bands.append(band)
    return tuple(bands)


def _read_pair(table: TomlTable) -> ZonePair:
    areas = frozenset(AreaId(area) for area in table.texts("areas"))
    pair = ZonePair(areas, table.whole("ct", 0, _DEAREST_CT))
    table.finish()
    if table.is_sound("areas") and len(areas) != 2:
        table.add_problem(
            "areas", f"a pair has two different areas, not {len(areas)}", 'write two, as ["west", "east"]'
        )
    return pair


def _read_concession(table: TomlTable) -> Concession:
    concession_id = table.text("id")
    concession = Concession(
        id=concession_id,
        name=table.text("name"),
        pays_percent=table.whole("pays_percent", 0, 100),
        pays_surcharge=table.yes_no("pays_surcharge", default=True),
        companions=read_whole(table, "companions", (0, 10), 0),
    )
    table.finish()
    return concession
