"""The timetable of a district: all its feeds in compact arrays, and the trips of one service day."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gtfs.calendar import Calendar
from gtfs.feed import Feed
from gtfs.footpaths import Footpaths
from gtfs.itinerary import FixedStopId, RouteId, TripId
from gtfs.patterns import DayTrip, Patterns, arrange
from gtfs.service_day import ServiceDay

_DAYS_KEPT = 8
"""So many service days stay arranged in memory; an enquiry is mostly about today or tomorrow."""
