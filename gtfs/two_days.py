"""A service day and the one after it on one clock: for journeys that begin late and end tomorrow."""

import numpy as np

from gtfs.patterns import DayCalls
from gtfs.timetable_model import DayTimetable

_KEY = "with the following day"


def with_following(day: DayTimetable) -> DayTimetable:
    """The trips of a day and those of the next one, which have day offset 1; on the clock of the day."""
    found = day.kept.get(_KEY)
    if not isinstance(found, DayTimetable):
        day.kept[_KEY] = found = DayTimetable(day.timetable, day.service_day, _joined_calls(day))
    return found


def _joined_calls(day: DayTimetable) -> DayCalls:
    following = day.timetable.day(day.service_day.following())
    # 24 hours, but 23 or 25 when the clocks change.
    shift_s = day.service_day.seconds(following.service_day.start_at)
    calls, later = day.calls, following.calls
    begin = int((later.day_offset < 0).sum())
    begin_call = int(later.first_call[begin])
    first_call = later.first_call[begin + 1 :] - begin_call + calls.first_call[-1]
    return DayCalls(
        trip=np.concatenate([calls.trip, later.trip[begin:]]),
        day_offset=np.concatenate([calls.day_offset, later.day_offset[begin:] + np.int8(1)]),
        sign=np.concatenate([calls.sign, later.sign[begin:]]),
        first_call=np.concatenate([calls.first_call, first_call]),
        stop=np.concatenate([calls.stop, later.stop[begin_call:]]),
        arrival_s=np.concatenate([calls.arrival_s, later.arrival_s[begin_call:] + np.int32(shift_s)]),
        departure_s=np.concatenate([calls.departure_s, later.departure_s[begin_call:] + np.int32(shift_s)]),
        can_board=np.concatenate([calls.can_board, later.can_board[begin_call:]]),
        can_alight=np.concatenate([calls.can_alight, later.can_alight[begin_call:]]),
    )
