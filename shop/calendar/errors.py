"""What a calendar outside can answer instead of doing what it was asked.

CalendarError
├── Transient             try again later; `retry_after` says when, if the other side did
│   ├── RateLimited
│   ├── ServerTrouble
│   ├── Unreachable       not reached, not in time, or cut off: it may have been done all the same
│   └── CalendarGarbled   the answer cannot be understood: it may have been done all the same
├── Refused               trying again changes nothing; a person has to mend it
│   ├── NotAllowed
│   ├── BadRequest
│   └── Missing
├── Changed               read the event again, then decide anew
├── SyncTokenGone         read the whole calendar again
└── CalendarConflict      the event's id is taken by an event of somebody else
"""


class CalendarError(Exception):
    """Never holds the text of an answer, which may name people.

    Attributes:
        code: Stable name, fit to be stored and logged; the wording is not stable.
    """

    code = "calendar"


class Transient(CalendarError):
    """It may go well later.

    Attributes:
        retry_after: Seconds to wait at least, where the other side has said so.
        documented: Whether its documentation says to try again, rather than to wait for long.
    """

    code = "transient"

    def __init__(
        self, message: str, *, retry_after: float | None = None, documented: bool = True
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.documented = documented


class RateLimited(Transient):
    """Too many requests."""

    code = "rate_limited"


class ServerTrouble(Transient):
    """The other side has a fault."""

    code = "server_trouble"


class Unreachable(Transient):
    """No answer, or not in time. A write may have taken effect."""

    code = "unreachable"


class CalendarGarbled(Transient):
    """Half an answer, or something else than an answer. A write may have taken effect."""

    code = "garbled"

    def __init__(self, message: str) -> None:
        super().__init__(message, documented=False)


class Refused(CalendarError):
    """The request as it is will never be served."""

    code = "refused"


class NotAllowed(Refused):
    """The credentials are refused, or may not do this."""

    code = "not_allowed"


class BadRequest(Refused):
    """The request is malformed."""

    code = "bad_request"


class Missing(Refused):
    """No such calendar or event, or none that the credentials may see."""

    code = "missing"


class Changed(CalendarError):
    """The event is no longer the one that was read."""

    code = "changed"


class SyncTokenGone(CalendarError):
    """What has changed since then is not known any more."""

    code = "sync_token_gone"


class CalendarConflict(CalendarError):
    """Another event has this id, or another change got in between."""

    code = "conflict"
