"""Groups of stops: location_groups.txt with location_group_stops.txt, or what drafts have in their stead."""

from collections.abc import Collection
from dataclasses import replace

from gtfs.feed_flex import FlexTables
from gtfs.findings import Fault
from gtfs.flex_cells import Cells, RowFaults, rows_of
from gtfs.flex_model import StopGroup

_TAKEN = Fault("duplicate_key", "{} is there already")
_NO_ID = Fault("missing_required_field", "the id is missing")
_UNKNOWN_GROUP = Fault("foreign_key_violation", "there is no group {}")
_UNKNOWN_MEMBER = Fault("foreign_key_violation", "{} is neither a stop nor a zone of the feed")


def has_areas(flex: FlexTables) -> bool:
    """Whether groups are areas, as in the draft; areas are also what fares are made of."""
    return "area_id" in flex.location_groups.columns


def read_groups(
    flex: FlexTables, stop_ids: Collection[str], zone_ids: Collection[str], faults: RowFaults
) -> tuple[StopGroup, ...]:
    """The groups of a feed with the members that exist."""
    groups = _Groups(stop_ids, zone_ids)
    kind = "area" if has_areas(flex) else "location_group"
    files = ("areas.txt", "stop_areas.txt") if has_areas(flex) else ("location_groups.txt", "location_group_stops.txt")
    for cells in rows_of(files[0], flex.location_groups, faults):
        groups.add(cells, f"{kind}_id", f"{kind}_name")
    for cells in rows_of(files[1], flex.location_group_stops, faults):
        groups.add_member(cells, f"{kind}_id", "stop_id")
    return groups.as_tuple()


class _Groups:
    def __init__(self, stop_ids: Collection[str], zone_ids: Collection[str]) -> None:
        self._stop_ids = stop_ids
        self._zone_ids = zone_ids
        self._groups: dict[str, StopGroup] = {}

    def add(self, cells: Cells, id_field: str, name_field: str) -> None:
        """A row is a group; in an early draft it is a group and one of its members."""
        group_id, has_member = cells.text(id_field), cells.text("location_id") != ""
        if not group_id:
            cells.add_fault(id_field, _NO_ID)
            return
        if group_id in self._groups and not has_member:
            cells.add_fault(id_field, _TAKEN)
        self._groups.setdefault(group_id, StopGroup(group_id, cells.text(name_field)))
        if has_member:
            self.add_member(cells, id_field, "location_id")

    def add_member(self, cells: Cells, id_field: str, member_field: str) -> None:
        """A row is a member of a group."""
        group, member = self._groups.get(cells.text(id_field)), cells.text(member_field)
        if group is None:
            cells.add_fault(id_field, _UNKNOWN_GROUP)
        elif member in {*group.stop_ids, *group.zone_ids}:
            cells.add_fault(member_field, _TAKEN)
        elif member in self._stop_ids:
            self._groups[group.id] = replace(group, stop_ids=(*group.stop_ids, member))
        elif member in self._zone_ids:
            self._groups[group.id] = replace(group, zone_ids=(*group.zone_ids, member))
        else:
            cells.add_fault(member_field, _UNKNOWN_MEMBER)

    def as_tuple(self) -> tuple[StopGroup, ...]:
        """The groups in the order of the file."""
        return tuple(self._groups.values())
