"""What the caller wishes and what the schedule answered."""

from dataclasses import dataclass
from datetime import time

from graph.models.rulebook.moments import as_moment
from graph.models.rulebook.request import Result
from shop.words import dates


@dataclass(frozen=True, slots=True)
class Wish:
    """A day or time the caller named, in the turn they did."""

    turn: int
    text: str
    when: dates.When


@dataclass(frozen=True, slots=True)
class Offers:
    """What the schedule answered last."""

    result: Result

    @property
    def day(self) -> str:
        """The day asked for, YYYY-MM-DD; empty where single times of several days came back."""
        return self.result.text("date")

    @property
    def starts(self) -> list[str]:
        """The start times, as the tool wrote them."""
        return [str(row["start_time"]) for row in self.result.rows("slots") if "start_time" in row]

    @property
    def other_days(self) -> list[str]:
        """Days with room, where this one has none."""
        return [str(row["date"]) for row in self.result.rows("other_days") if "date" in row]

    def starting(self, wished: time | None) -> str | None:
        """The start at a time of day."""
        at = (s for s in self.starts if (moment := as_moment(s)) and moment.time() == wished)
        return next(at, None)


def closed(offers: Offers) -> str:
    """The tool's sentence with one question at its end."""
    message = offers.result.message.strip()
    if message.endswith("?"):
        return message
    if not offers.starts:
        return f"{message} Which other day would suit you?"
    ending = "Would that work?" if len(offers.starts) == 1 else "Which would you like?"
    return f"{message} {ending}".strip()
