"""What the shop can refuse, and why.

ShopError
├── NotFound
├── NotAllowed
├── BadValue              one field is wrong
│   └── UnknownService
├── TimeRefused           a time cannot be had; carries the nearest that can
│   ├── SlotTaken
│   ├── OutsideHours
│   ├── InThePast
│   ├── TooSoon
│   └── BeyondHorizon
├── TooMany
├── WrongState            the record is past the point where this can be done
├── CallElsewhere         another process has taken the call up; nothing was written
└── Unavailable           a part behind the shop does not answer
    ├── RecordsUnavailable
    ├── VehicleDataUnavailable
    └── RecallsUnavailable
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.schedule.slots import Slot


class ShopError(Exception):
    """A refusal whose text may be spoken to the caller.

    Attributes:
        code: Stable name of the refusal; the wording is not stable.
    """

    code = "refused"


class NotFound(ShopError):
    """No such record."""

    code = "not_found"


class NotAllowed(ShopError):
    """The caller may not see or change this record."""

    code = "not_allowed"


class BadValue(ShopError):
    """Something stated cannot be right. `field` names what."""

    code = "bad_value"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownService(BadValue):
    """The shop has no such service. The text says what there is."""

    code = "unknown_service"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="service_type")


class TimeRefused(ShopError):
    """That time cannot be booked. `alternatives` are free times near it, soonest first."""

    code = "time_refused"

    def __init__(self, message: str, *, alternatives: "tuple[Slot, ...]" = ()) -> None:
        super().__init__(message)
        self.alternatives = alternatives


class SlotTaken(TimeRefused):
    """Every bay that could do it is busy then."""

    code = "slot_taken"


class OutsideHours(TimeRefused):
    """The shop takes no cars at that time."""

    code = "outside_hours"


class InThePast(TimeRefused):
    """That time has gone."""

    code = "in_the_past"


class TooSoon(TimeRefused):
    """The shop needs more notice."""

    code = "too_soon"


class BeyondHorizon(TimeRefused):
    """The schedule is not open that far ahead."""

    code = "beyond_horizon"


class TooMany(ShopError):
    """A cap is reached."""

    code = "too_many"


class WrongState(ShopError):
    """It has already been done, cancelled or finished."""

    code = "wrong_state"


class CallElsewhere(ShopError):
    """Another process has taken the call up, and nothing is written from here."""

    code = "call_elsewhere"


class Unavailable(ShopError):
    """Nothing is wrong with the request; a part behind the shop does not answer."""

    code = "unavailable"


class RecordsUnavailable(Unavailable):
    """The database does not answer, or not in time."""

    code = "records_unavailable"


class VehicleDataUnavailable(Unavailable):
    """The registry of vehicle identification numbers does not answer properly."""

    code = "vehicle_data_unavailable"


class RecallsUnavailable(Unavailable):
    """The list of recalls does not answer properly, or not for that model."""

    code = "recalls_unavailable"
