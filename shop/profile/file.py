"""The keys of a shop's TOML file. `docs/shop-file.md` is made of the descriptions here."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shop.profile.catalog import Category, Visit
from shop.profile.values import (
    Date,
    Dates,
    Name,
    Number,
    Price,
    Span,
    Times,
    Truth,
    Whole,
    Words,
    Zone,
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Names of the days as the file spells them, in the order of `date.weekday`."""

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Part(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class WeekPart(Part):
    """From and until on each day; a day that is not named is closed."""

    monday: Times | None = Field(
        None, description="From and until on Mondays.", examples=[["08:00", "18:00"]]
    )
    tuesday: Times | None = Field(None, description="On Tuesdays.", examples=[["08:00", "18:00"]])
    wednesday: Times | None = Field(
        None, description="On Wednesdays.", examples=[["08:00", "18:00"]]
    )
    thursday: Times | None = Field(None, description="On Thursdays.", examples=[["08:00", "18:00"]])
    friday: Times | None = Field(None, description="On Fridays.", examples=[["08:00", "18:00"]])
    saturday: Times | None = Field(None, description="On Saturdays.", examples=[["09:00", "15:00"]])
    sunday: Times | None = Field(None, description="On Sundays.", examples=[["10:00", "14:00"]])

    def days(self) -> tuple[Span | None, ...]:
        """One entry for each of `DAYS`."""
        return tuple(getattr(self, day) for day in DAYS)


class BookablePart(WeekPart):
    """When cars may be in a bay by appointment."""

    lunch: Times | None = Field(
        None,
        description="When nobody works on cars, on every day. No appointment reaches into it.",
        examples=[["12:00", "13:00"]],
    )


class HolidayPart(Part):
    """A day of every year, or one date."""

    name: Name = Field(description='As in "we\'re closed for ...".', examples=["Labor Day"])
    date: Date | None = Field(None, description="One date.", examples=[dt.date(2026, 12, 31)])
    month: Annotated[Whole, Field(ge=1, le=12)] | None = Field(
        None, description="The month, 1 to 12, with either `day` or `weekday`.", examples=[9]
    )
    day: Annotated[Whole, Field(ge=1, le=31)] | None = Field(
        None, description="The day of the month.", examples=[25]
    )
    weekday: Day | None = Field(
        None, description="The day of the week, with `nth`.", examples=["monday"]
    )
    nth: Annotated[Whole, Field(ge=-5, le=5)] | None = Field(
        None, description="Which one of the month: 1 to 4, or -1 for the last.", examples=[1]
    )


class ClosurePart(Part):
    """Days on which the shop is closed once."""

    name: Name = Field(description="Why, as it is said to callers.", examples=["stocktaking"])
    kind: Literal["weather", "other"] = Field(
        "other",
        description='`"weather"` is said as "on account of ...", `"other"` as "for ...".',
        examples=["other"],
    )
    date: Date | None = Field(None, description="One day.", examples=[dt.date(2026, 12, 31)])
    first: Date | None = Field(
        None,
        alias="from",
        description="The first of several days, with `until`.",
        examples=[dt.date(2026, 7, 27)],
    )
    last: Date | None = Field(
        None,
        alias="until",
        description="The last of them; a year after the first at most.",
        examples=[dt.date(2026, 7, 31)],
    )


class ServicePart(Part):
    """One line of the catalogue. The table's name is the key by which bays and people name it."""

    name: Name = Field(description="As it is said inside a sentence.", examples=["oil change"])
    aliases: tuple[Words, ...] = Field(
        (),
        description="What else callers say for it. Case, hyphens and articles are free.",
        examples=[["oil", "lube"]],
    )
    minutes: Annotated[Whole, Field(ge=5, le=600)] = Field(
        description="How long it takes, 5 to 600 minutes.", examples=[30]
    )
    price: Price | None = Field(
        None,
        description="The usual range in whole dollars. Without it no price is said before"
        " inspection.",
        examples=[[40, 80]],
    )
    category: Category = Field(
        description='One of `"maintenance"`, `"repair"`, `"inspection"`, `"recall"`.',
        examples=["maintenance"],
    )
    booking: Literal["auto_book", "request_only"] = Field(
        "auto_book",
        description='`"auto_book"`: a booking stands at once. `"request_only"`: it is a request'
        " until somebody of the shop confirms it.",
        examples=["request_only"],
    )
    visit: Visit = Field(
        "either",
        description='`"wait"`: done while the caller waits. `"drop_off"`: the car is left.'
        ' `"either"`: as the caller likes.',
        examples=["drop_off"],
    )
    mentioned: Truth = Field(
        True,
        description="Whether it is named when a caller asks what the shop does.",
        examples=[False],
    )


class TechnicianPart(Part):
    """Somebody who works on cars."""

    services: Annotated[tuple[Words, ...], Field(min_length=1)] = Field(
        description="The keys of the services they can do.", examples=[["oil_change"]]
    )
    calendar: Words | None = Field(
        None,
        description="The id of a Google calendar. Its busy times are theirs.",
        examples=["kevin@example.com"],
    )
    away: tuple[Dates, ...] = Field(
        (),
        description="First and last day of each absence.",
        examples=[[[dt.date(2026, 8, 3), dt.date(2026, 8, 14)]]],
    )


class TransferPart(Part):
    """Somebody a call can be put through to. The one named `service_advisor` is the one used."""

    name: Name = Field(description="As it is said inside a sentence.", examples=["an advisor"])
    number: Number = Field(
        description="Their number, with + and country code; not the shop's own.",
        examples=["+12175550101"],
    )
    hours: WeekPart = Field(description="When they answer, day by day like `hours`.")


class EscalationPart(Part):
    """What else needs a person, beside what always does."""

    words: tuple[Annotated[Words, Field(max_length=60)], ...] = Field(
        (),
        description="Words or short phrases, at most 60 characters each. A caller who says one is"
        " put through to a person.",
        examples=[["lemon law", "custom paint"]],
    )


class ShopFile(Part):
    """The whole file."""

    name: Name = Field(description="The shop's name, as it is said.", examples=["Bart's Garage"])
    address: Words = Field(
        description="As it is said to callers.", examples=["123 Main Street, Springfield, IL 62701"]
    )
    phone: Number = Field(
        description="The shop's own number, with + and country code.", examples=["+12175550100"]
    )
    zone: Zone = Field(
        description="The time zone of every time in this file, by its IANA name.",
        examples=["America/Chicago"],
    )
    horizon_days: Annotated[Whole, Field(ge=1, le=365)] = Field(
        description="How many days ahead the schedule is open, 1 to 365.", examples=[60]
    )
    lead_minutes: Annotated[Whole, Field(ge=0, le=10_080)] = Field(
        description="How much notice a booking needs, 0 to 10080 minutes (a week).", examples=[60]
    )
    grid_minutes: Annotated[Whole, Field(ge=5, le=240)] = Field(
        description="Distance between possible starts, 5 to 240 minutes, counted from the start of"
        " the day and from the end of lunch.",
        examples=[30],
    )
    buffer_minutes: Annotated[Whole, Field(ge=0, le=120)] = Field(
        0,
        description="How long a bay and a technician stay free between two cars, 0 to 120 minutes.",
        examples=[10],
    )
    hold_minutes: Annotated[Whole, Field(ge=1, le=30)] = Field(
        5,
        description="How long a time that was offered is kept for the caller who heard it, 1 to 30"
        " minutes.",
        examples=[5],
    )
    undo_hours: Annotated[Whole, Field(ge=0, le=168)] = Field(
        24,
        description="For how long a cancelled appointment can be brought back, 0 to 168 hours.",
        examples=[24],
    )
    offer_minutes: Annotated[Whole, Field(ge=10, le=1440)] = Field(
        120,
        description="How long a freed time is kept for somebody on the waiting list, 10 to 1440"
        " minutes.",
        examples=[120],
    )
    payment_note: Words = Field(
        description="What is said when a caller asks how to pay.",
        examples=["You pay when you pick the car up."],
    )
    towing_note: Words = Field(
        description="What is said when a caller asks for a tow truck.",
        examples=["We can arrange a tow truck to bring the car here."],
    )
    advisors: tuple[Name, ...] = Field(
        (), description="The names of the service advisors.", examples=[["Mike Johnson"]]
    )
    hours: WeekPart = Field(description="When somebody is there, day by day.")
    bookable: BookablePart = Field(
        description="When cars may be in a bay by appointment, day by day, within `hours`."
    )
    holidays: tuple[HolidayPart, ...] = Field(
        (), description="Days of every year on which the shop is closed."
    )
    closures: tuple[ClosurePart, ...] = Field(
        (), description="Days on which it is closed once, known in advance."
    )
    bays: Annotated[dict[str, tuple[Words, ...]], Field(min_length=1)] = Field(
        description="The name of each bay with the keys of the services it can do, in the order the"
        " bays are filled.",
    )
    technicians: dict[str, TechnicianPart] = Field(
        {},
        description="Who works on cars. A booking needs a free bay and a free technician; without"
        " technicians, only a bay. Of those who are free, whoever can do the fewest services gets"
        " the work; of equals, the first in the file.",
    )
    services: Annotated[dict[str, ServicePart], Field(min_length=1)] = Field(
        description="What the shop does, in the order it is named to callers."
    )
    transfer: dict[str, TransferPart] = Field({}, description="Whom a call can be put through to.")
    escalation: EscalationPart | None = Field(
        None, description="What else needs a person, beside what always does."
    )
