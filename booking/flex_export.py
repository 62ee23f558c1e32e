"""A district's service as GTFS-Flex: who may ride from where to where, when, and how a ride is booked.

What residents may book is what the feed says: within an area, and between an area and its hubs. In the feed an area is
a route; its stops are a group, or its border a zone; each way of riding is a trip on each kind of day. That the rules
refuse a ride where a line goes, and what a ride costs, GTFS-Flex cannot say; the former stands in the rule's text.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from booking.district import Area, District, HolidayKind, Stop
from booking.flex_days import ServiceDays, calendar_row, exception_rows, list_service_days
from booking.flex_texts import booking_text, hubs_text, language_of
from booking.model import Channel
from booking.rulebook import RideRules, Rules
from booking.rules import area_pairs
from gtfs.feed_files import REQUIRED
from gtfs.flex_fitting import fit_for_consumers
from gtfs.flex_model import (
    Boarding,
    BookingRule,
    BookingType,
    FlexCall,
    FlexServices,
    FlexTrip,
    Place,
    PlaceKind,
    RideTime,
    StopGroup,
    Window,
    Zone,
)
from gtfs.flex_reading import FlexFeed
from gtfs.flex_writing import Rows, text_table

ON_DEMAND_ROUTE = 715
"""The extended route type of buses on demand."""
_EVERYWHERE = "everywhere"
"""The route and the group of a district whose rules let one ride from any area to any other."""


class Places(StrEnum):
    """How an area is written: as its stops, or as its border."""

    STOPS = "stops"
    ZONES = "zones"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What an export is to hold.

    Parameters
    ----------
    first_on, last_on
        Both days belong to it.
    agency_url
        The operator's page; GTFS needs one.
    booking_url
        Where residents book; "" if they cannot do it online.
    """

    first_on: date
    last_on: date
    agency_url: str
    booking_url: str = ""
    places: Places = Places.STOPS


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of riding: aboard at one place, off at another."""

    id: str
    route_id: str
    headsign: str
    from_place: Place
    to_place: Place
    direction_id: int = -1


def make_flex_feed(district: District, options: ExportOptions) -> FlexFeed:
    """The district's service from one day to another."""
    days = list_service_days(district, options.first_on, options.last_on)
    services = fit_for_consumers(_services(district, days, options))
    rows = _tables(district, services, days, options)
    return FlexFeed(services, {file: text_table(listed, REQUIRED.get(file, ())) for file, listed in rows.items()})


def list_export_notes(district: District, options: ExportOptions) -> list[str]:
    """What is no mistake, but whoever publishes the feed should know."""
    notes = []
    if not options.booking_url:
        notes.append("The feed names no page to book on, only the phone; give it with --url.")
    holidays = [holiday.last_on for holiday in district.holidays if holiday.kind is HolidayKind.PUBLIC]
    if not holidays or max(holidays).year < options.last_on.year:
        known = f"end on {max(holidays)}" if holidays else "are none"
        notes.append(f"The public holidays in holidays.csv {known}: others are written as ordinary days.")
    pairs = area_pairs(district, district.rulebook.rules_on(options.first_on))
    unserved = [stop.name for stop in district.stops if not pairs.is_served(stop.id)]
    if unserved:
        notes.append(f"{len(unserved)} stops lie in no area and are no hub of one; they are not in the feed.")
    return notes


def _services(district: District, days: tuple[ServiceDays, ...], options: ExportOptions) -> FlexServices:
    areas = [area for area in district.areas if _stops_in(district, area)]
    is_zones = options.places is Places.ZONES
    groups = [_hubs_group(district, area) for area in areas]
    if not is_zones:
        groups += [StopGroup(_area_place(area, options).id, area.name, _stops_in(district, area)) for area in areas]
    if any(of_kind.rules.allows_area_to_area for of_kind in days):
        groups.append(_everywhere(district, areas, options))
    trips = [
        _trip(district, way, of_kind) for of_kind in days for way in _list_ways(district, areas, of_kind.rules, options)
    ]
    used = {call.place.id for trip in trips for call in trip.calls}
    versions = {of_kind.rules.version: of_kind.rules for of_kind in days}
    return FlexServices(
        zones=tuple(_zone(area, options) for area in areas) if is_zones and trips else (),
        groups=tuple(group for group in groups if group.id in used),
        rules=tuple(_booking_rule(district, rules, options) for rules in versions.values()),
        trips=tuple(trips),
    )


def _list_ways(district: District, areas: list[Area], rules: Rules, options: ExportOptions) -> list[_Way]:
    """The ways of riding that the rules allow; consumers ride in the order of calls, so each direction is one."""
    ways = []
    if rules.allows_area_to_area:
        everywhere = Place(PlaceKind.GROUP, _EVERYWHERE)
        ways.append(_Way(_EVERYWHERE, _EVERYWHERE, district.name, everywhere, everywhere))
    for area in areas:
        inside, hubs = _area_place(area, options), _hubs_group(district, area)
        if not rules.allows_area_to_area:
            ways.append(_Way(f"{area.id}-inside", area.id, area.name, inside, inside))
        # From area to area, hubs that lie in one are reached already.
        is_reached = rules.allows_area_to_area and all(district.areas_of_stop[hub] for hub in area.hubs)
        if hubs.stop_ids and not is_reached:
            at_hubs = Place(PlaceKind.GROUP, hubs.id)
            ways.append(_Way(f"{area.id}-to-hubs", area.id, hubs.name, inside, at_hubs, direction_id=0))
            ways.append(_Way(f"{area.id}-from-hubs", area.id, area.name, at_hubs, inside, direction_id=1))
    return ways


def _trip(district: District, way: _Way, days: ServiceDays) -> FlexTrip:
    window = Window(days.hours.from_s, days.hours.to_s)
    rule_id = _rule_id(days.rules)
    # A way that stays in one place becomes two calls by fitting.
    ends = [(way.from_place, Boarding.BOOKED, Boarding.NONE), (way.to_place, Boarding.NONE, Boarding.BOOKED)]
    if way.from_place == way.to_place:
        ends = [(way.from_place, Boarding.BOOKED, Boarding.BOOKED)]
    calls = tuple(
        FlexCall(
            number,
            place,
            window,
            pickup=pickup,
            drop_off=drop_off,
            pickup_rule_id=rule_id if pickup is Boarding.BOOKED else "",
            drop_off_rule_id=rule_id if drop_off is Boarding.BOOKED else "",
        )
        for number, (place, pickup, drop_off) in enumerate(ends, start=1)
    )
    layouts = [layout for vehicle in district.vehicles for layout in vehicle.layouts]
    return FlexTrip(
        f"{way.id}-{days.id}",
        way.route_id,
        days.id,
        calls,
        headsign=way.headsign,
        direction_id=way.direction_id,
        wheelchair_accessible=1 if any(layout.wheelchair for layout in layouts) else 2,
        bikes_allowed=1 if any(layout.bike for layout in layouts) else 2,
        safe=RideTime(1.0, _longest_detour_s(days.rules.ride)),
    )


@cache
def _longest_detour_s(ride: RideRules) -> int:
    """By how much a ride may at most take longer than the direct one, whatever its length."""
    return max(ride.max_ride_time_s(direct_s) - direct_s for direct_s in range(ride.max_ride_s + 1))


def _booking_rule(district: District, rules: Rules, options: ExportOptions) -> BookingRule:
    channels = (Channel.WEB, Channel.PHONE) if options.booking_url else (Channel.PHONE,)
    notice_s = min(rules.lead_s[channel] for channel in channels)
    is_real_time = notice_s == 0
    return BookingRule(
        _rule_id(rules),
        BookingType.REAL_TIME if is_real_time else BookingType.SAME_DAY,
        min_notice_s=None if is_real_time else notice_s,
        max_notice_s=None if is_real_time else max(rules.horizon_days * 86_400, notice_s),
        message=booking_text(
            district, rules, is_online=bool(options.booking_url), at_stops=options.places is Places.STOPS
        ),
        phone_number=district.contact.phone,
        info_url=options.agency_url,
        booking_url=options.booking_url,
    )


def _rule_id(rules: Rules) -> str:
    return f"booking-{rules.version}"


def _area_place(area: Area, options: ExportOptions) -> Place:
    return Place(PlaceKind.ZONE if options.places is Places.ZONES else PlaceKind.GROUP, f"area-{area.id}")


def _stops_in(district: District, area: Area) -> tuple[str, ...]:
    return tuple(stop.id for stop in district.stops if area.id in district.areas_of_stop[stop.id])


def _hubs_group(district: District, area: Area) -> StopGroup:
    """The hubs of an area that do not lie in it: to those that do one rides within the area."""
    hubs = tuple(hub for hub in area.hubs if area.id not in district.areas_of_stop[hub])
    return StopGroup(f"hubs-{area.id}", hubs_text(district, [district.stop_by_id[hub].name for hub in hubs]), hubs)


def _everywhere(district: District, areas: list[Area], options: ExportOptions) -> StopGroup:
    if options.places is Places.ZONES:
        return StopGroup(_EVERYWHERE, district.name, zone_ids=tuple(_area_place(area, options).id for area in areas))
    stops = tuple(stop.id for stop in district.stops if district.areas_of_stop[stop.id])
    return StopGroup(_EVERYWHERE, district.name, stops)


def _zone(area: Area, options: ExportOptions) -> Zone:
    rings = (area.polygon.exterior, *area.polygon.interiors)
    polygon = tuple(tuple((float(lon), float(lat)) for lon, lat in ring.coords) for ring in rings)
    return Zone(_area_place(area, options).id, (polygon,), name=area.name)


def _tables(
    district: District, services: FlexServices, days: tuple[ServiceDays, ...], options: ExportOptions
) -> dict[str, Rows]:
    language = language_of(district)
    route_ids = {trip.route_id for trip in services.trips}
    names = {area.id: f"{district.name}, {area.name}" for area in district.areas} | {_EVERYWHERE: district.name}
    stop_ids = {stop_id for group in services.groups for stop_id in group.stop_ids}
    publisher = {"url": options.agency_url, "lang": language}
    return {
        "agency.txt": [
            {
                "agency_id": district.id,
                "agency_name": district.contact.operator,
                **{f"agency_{key}": value for key, value in publisher.items()},
                "agency_timezone": district.zone.key,
                "agency_phone": district.contact.phone,
                "agency_email": district.contact.email,
            }
        ],
        "stops.txt": [_stop_row(stop) for stop in district.stops if stop.id in stop_ids],
        "routes.txt": [
            {
                "route_id": route_id,
                "agency_id": district.id,
                "route_long_name": name,
                "route_type": str(ON_DEMAND_ROUTE),
            }
            for route_id, name in names.items()
            if route_id in route_ids
        ],
        "calendar.txt": [calendar_row(of_kind) for of_kind in days],
        "calendar_dates.txt": [row for of_kind in days for row in exception_rows(of_kind, district)],
        "feed_info.txt": [
            {
                "feed_publisher_name": district.contact.operator,
                "feed_publisher_url": options.agency_url,
                "feed_lang": language,
                "feed_start_date": f"{options.first_on:%Y%m%d}",
                "feed_end_date": f"{options.last_on:%Y%m%d}",
                "feed_version": " ".join(dict.fromkeys(of_kind.rules.version for of_kind in days)),
                "feed_contact_email": district.contact.email,
            }
        ],
    }


def _stop_row(stop: Stop) -> dict[str, str]:
    return {
        "stop_id": stop.id,
        "stop_name": stop.name,
        "stop_lat": f"{stop.lat:.7f}",
        "stop_lon": f"{stop.lon:.7f}",
        "wheelchair_boarding": "1" if stop.is_accessible else "2",
    }
