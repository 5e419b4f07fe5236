"""What happens to a call while it lasts, as a line of a dataset says it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from tools.registry import TOOLS

What = Literal[
    "slot_taken", "staff_moves", "staff_cancels", "locked_out", "offer_passes", "records_locked",
    "records_gone", "records_cut", "registry_fails", "calendar_fails", "model_fails",
    "not_put_through", "cuts_in", "hangs_up",
]  # fmt: skip

_MORE: Mapping[str, frozenset[str]] = {
    "slot_taken": frozenset({"at"}),
    "staff_moves": frozenset({"whose", "at"}),
    "staff_cancels": frozenset({"whose"}),
    "locked_out": frozenset({"whose"}),
    "records_cut": frozenset({"tool", "how"}),
    "registry_fails": frozenset({"how"}),
    "calendar_fails": frozenset({"how"}),
    "model_fails": frozenset({"how"}),
    "not_put_through": frozenset({"how"}),
    "cuts_in": frozenset({"tool"}),
    "hangs_up": frozenset({"tool"}),
}
"""Which further keys an event needs; it has no others."""

HOW: Mapping[str, tuple[str, ...]] = {
    "records_cut": ("before", "after"),
    "registry_fails": ("refuses", "stalls", "garbage", "empty"),
    "calendar_fails": ("refuses", "stalls", "gone"),
    "model_fails": ("unreachable", "overloaded", "refuses", "stalls", "breaks_off"),
    "not_put_through": ("busy", "no_answer", "voicemail", "declined", "failed", "caller_left"),
}
"""The ways in which a machine outside fails."""

REQUIRES: Mapping[str, tuple[str, object]] = {
    "registry_fails": ("registry", True),
    "calendar_fails": ("calendar", True),
    "not_put_through": ("can_transfer", True),
    "offer_passes": ("world", "offered"),
}
"""What else a scenario must say, else the event could not happen."""

_LASTING = (
    "records_locked", "records_gone", "registry_fails", "calendar_fails", "model_fails",
)  # fmt: skip


KNOWN_KEYS = ConfigDict(extra="forbid", frozen=True, strict=True)
"""Of every part of a line: a key that nobody knows is an error."""


class During(BaseModel):
    """Something that happens while the call lasts.

    Attributes:
        what: "slot_taken": staff fill every bay at `at`. "staff_moves", "staff_cancels": the next
            appointment of `whose`, to `at`; by hand in the calendar, where there is one.
            "locked_out": somebody else has tried too often to prove that they are `whose`.
            "offer_passes": what was held for somebody on the waiting list goes to the next.
            "records_locked": nobody gets at the appointments. "records_gone": the database is not
            there. "records_cut": the line to it is cut when `tool` has written, before or after it
            hears that this is to stand. "registry_fails", "calendar_fails", "model_fails": in the
            way of `how`. "not_put_through": ringing a person ends as `how`. "cuts_in",
            "hangs_up": the caller stops listening as soon as `tool` has begun; in the second case
            they are gone.
        turn: Which of the caller's turns it happens in, the opening being the first.
        until: The last turn of something that lasts; `turn` itself unless given.
    """

    model_config = KNOWN_KEYS

    what: What
    turn: Annotated[int, Field(ge=1)]
    until: Annotated[int, Field(ge=1)] | None = None
    at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    tool: str | None = None
    how: str | None = None
    whose: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = {name for name in ("at", "tool", "how", "whose") if getattr(self, name) is not None}
        needs = _MORE.get(self.what, frozenset())
        if given != needs:
            also = f"needs {' and '.join(sorted(needs))}" if needs else "needs no further key"
            has = f"has {' and '.join(sorted(given))}" if given else "has none"
            raise ValueError(f"{self.what} {also}, and {has}")
        all_tools([] if self.tool is None else [self.tool])
        ways = HOW.get(self.what, ())
        if self.how is not None and self.how not in ways:
            raise ValueError(f"{self.what} has no how {self.how!r}; there are {', '.join(ways)}")
        if self.until is not None and (self.what not in _LASTING or self.until < self.turn):
            raise ValueError(f"until is a later turn, and goes with {', '.join(_LASTING)}")
        return self

    def happens_in(self, turn: int) -> bool:
        """Whether it happens, or still lasts, in a turn."""
        return self.turn <= turn <= (self.until or self.turn)


def all_tools(names: Sequence[str]) -> None:
    """Refuse names that no tool has.

    Raises:
        ValueError: With those there are.
    """
    for name in names:
        if name not in TOOLS:
            raise ValueError(f"there is no tool {name!r}; there are {', '.join(TOOLS)}")
