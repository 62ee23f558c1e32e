"""What the API takes and gives about returns, groups, changes, standing orders, the waiting list and no-shows."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel as Model
from pydantic import ConfigDict, Field, StrictBool, model_validator

from booking.api.alternatives import A_RULE, ONE_STAY
from booking.api.schemas import (
    AnswerOut,
    BookerIn,
    BookingOut,
    CodeIn,
    EnquiryIn,
    LanguageCode,
    OfferOut,
    PartyIn,
    PlaceIn,
    Strict,
)
from booking.api.texts import NUMBER, Email, Id, Lines, Moment, Name, Phone, ServiceDate, Token
from booking.model import Booker, Contact
from booking.no_shows import Fault
from booking.people import People
from booking.series_dates import HolidayRule, SeriesRule
from booking.series_store import Series
from booking.waiting_store import Wish

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2\d):[0-5]\d$", examples=["08:30"])]
"""A time of the service day; ``24:40`` is twenty to one in the night that follows."""
Minutes = Annotated[int, Field(ge=0, le=720), NUMBER]


def seconds_of(clock: str) -> int:
    """``08:30`` in seconds of the service day."""
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


class PeopleIn(Strict):
    """Who travels; and who ordered it, where that is somebody else."""

    name: Name
    phone: Phone = ""
    email: Email = ""
    language: LanguageCode = "de"
    """In which they want to be told about it."""
    address: Lines = ""
    """Where letters go, for whom nothing else reaches: street and town, in lines."""
    booker: BookerIn | None = None

    def contact(self) -> Contact:
        """Who travels."""
        return Contact(self.name, self.phone, self.email, self.address, self.language)

    def ordered_by(self) -> Booker | None:
        """Who ordered it for somebody else."""
        return None if self.booker is None else self.booker.value()

    def people(self) -> People:
        """Both."""
        return People(self.contact(), self.ordered_by())


class StayIn(Strict):
    """When to go home: after so many minutes at the destination, or at a time. Give one of them at most."""

    model_config = ConfigDict(json_schema_extra=ONE_STAY)

    stay_min: Annotated[int, Field(ge=0, le=40_320), NUMBER] | None = None
    back_at: Moment | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.stay_min is not None and self.back_at is not None:
            msg = "give stay_min or back_at, not both"
            raise ValueError(msg)
        return self

    def stay(self) -> timedelta | None:
        """The stay, if it is given."""
        return None if self.stay_min is None else timedelta(minutes=self.stay_min)


class ReturnEnquiryIn(StayIn):
    """A way out, and when to go home."""

    enquiry: EnquiryIn


class BackIn(StayIn):
    """An offer for the way out, and when to go home."""

    out_token: Token


class RoundTripOut(Model):
    """A way out with the ways back there would be if it were booked."""

    out: OfferOut
    back: AnswerOut


class ReturnAnswerOut(Model):
    """The answer for the way out, and the ways back for its best offers."""

    answer: AnswerOut
    round_trips: list[RoundTripOut]


class ReturnIn(PeopleIn):
    """Both offers, and who travels."""

    out_token: Token
    back_token: Token
    allow_duplicate: StrictBool = False


class ReturnOut(Model):
    """Both bookings; each has a code of its own and knows the other's."""

    out: BookingOut
    back: BookingOut


class GroupAnswerOut(Model):
    """One answer for each part of the group; one part is the whole group."""

    parts: list[AnswerOut]


class GroupIn(PeopleIn):
    """An offer for each part of the group, and who to speak with."""

    tokens: Annotated[list[Token], Field(min_length=1, max_length=20)]


class BookingsOut(Model):
    """Bookings that were made in one step."""

    bookings: list[BookingOut]


class ChangeEnquiryIn(CodeIn):
    """A booking, and what is wished instead."""

    enquiry: EnquiryIn


class ChangeIn(CodeIn):
    """A booking, and the offer that is to take its place."""

    token: Token
    allow_duplicate: StrictBool = False


class CancelIn(CodeIn):
    """A booking to cancel, alone or with those made in one step with it (the way back, the other vehicles)."""

    with_linked: StrictBool = False


class WaitIn(PeopleIn):
    """A wish that cannot be met now, and how much earlier or later would still do."""

    enquiry: EnquiryIn
    earlier_min: Minutes = 0
    later_min: Minutes = 0


class WishOut(Model):
    """A wish on the waiting list. Its code becomes the code of the booking."""

    code: str
    service_on: date
    state: Literal["waiting", "held", "booked", "withdrawn", "expired"]
    ahead: int
    expires_at: datetime
    held_until: datetime | None

    @classmethod
    def of(cls, wish: Wish) -> Self:
        """From a wish."""
        return cls(
            code=wish.code,
            service_on=wish.service_on,
            state=wish.state.value,
            ahead=wish.ahead,
            expires_at=wish.expires_at,
            held_until=wish.held_until,
        )


class SeriesRuleIn(Strict):
    """Where, who and when, again and again. Give exactly one of ``depart_after`` and ``arrive_by``."""

    model_config = ConfigDict(json_schema_extra=A_RULE)

    origin: PlaceIn
    destination: PlaceIn
    party: PartyIn = Field(default_factory=PartyIn)
    depart_after: Clock | None = None
    arrive_by: Clock | None = None
    back_after: Clock | None = None
    first_on: ServiceDate
    last_on: ServiceDate | None = None
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = Field(default_factory=list)
    dates: Annotated[list[ServiceDate], Field(max_length=366)] = Field(default_factory=list)
    public_holidays: HolidayRule = HolidayRule.SKIP
    school_holidays: HolidayRule = HolidayRule.RIDE
    earlier_min: Minutes = 0
    later_min: Minutes = 0

    @model_validator(mode="after")
    def _is_a_rule(self) -> Self:
        if (self.depart_after is None) == (self.arrive_by is None):
            msg = "give exactly one of depart_after and arrive_by"
            raise ValueError(msg)
        self.rule()
        return self

    def rule(self) -> SeriesRule:
        """The rule of the dates."""
        return SeriesRule(
            first_on=self.first_on,
            wished_s=seconds_of(self.depart_after or self.arrive_by or "00:00"),
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.weekdays),
            single_dates=frozenset(self.dates),
            last_on=self.last_on,
            public_holidays=self.public_holidays,
            school_holidays=self.school_holidays,
            back_s=None if self.back_after is None else seconds_of(self.back_after),
            earlier_s=self.earlier_min * 60,
            later_s=self.later_min * 60,
        )


class SeriesIn(PeopleIn):
    """A standing order, and for whom."""

    rule: SeriesRuleIn


class SeriesChangeIn(CodeIn):
    """A standing order, and what holds instead from a date on."""

    from_on: ServiceDate
    rule: SeriesRuleIn


class SeriesDateIn(CodeIn):
    """A standing order and a date."""

    on: ServiceDate


class SeriesPauseIn(CodeIn):
    """A standing order and a pause, both ends inclusive; without ``to_on`` until it is resumed."""

    from_on: ServiceDate
    to_on: ServiceDate | None = None


class SeriesDateOut(Model):
    """What became of a date. An open one says why, and is asked for again whenever the day changes."""

    on: date
    state: Literal["booked", "open", "skipped"]
    reason: str
    code: str | None
    booking_state: str | None


class SeriesOut(Model):
    """A standing order with the dates decided so far."""

    code: str
    first_on: date
    last_on: date | None
    weekdays: list[Weekday]
    suspended_from: date | None
    suspended_to: date | None
    dates: list[SeriesDateOut]

    @classmethod
    def of(cls, series: Series) -> Self:
        """From a standing order."""
        rule = series.rule
        return cls(
            code=series.code,
            first_on=rule.first_on,
            last_on=rule.last_on,
            weekdays=[WEEKDAYS[day] for day in sorted(rule.weekdays)],
            suspended_from=rule.suspended_from,
            suspended_to=rule.suspended_to,
            dates=[
                SeriesDateOut(
                    on=one.on,
                    state=one.state,
                    reason=one.reason,
                    code=one.code,
                    booking_state=None if one.booking_state is None else one.booking_state.value,
                )
                for one in series.dates
            ],
        )


class NoShowIn(Strict):
    """Rider and vehicle did not meet, and through whose fault. Recorded again, it is a correction."""

    booking_id: Id
    fault: Fault


class StandingIn(Strict):
    """Whose no-shows are asked for. In the body: a number is personal."""

    phone: Phone = ""
    email: Email = ""


class StandingOut(Model):
    """How often somebody did not come lately by their own fault, and whether to speak with them before booking."""

    count: int
    must_call: bool
