"""Adds up what vendors' models took today, and says when that is enough."""

from dataclasses import dataclass, field
from datetime import date, tzinfo

from graph.models.usage import Usage
from shop.clock import Clock


@dataclass(slots=True)
class Meter:
    """The tokens of the shop's day over all calls.

    Attributes:
        zone: Where a day begins at midnight.
        most: Tokens a day at most; None: no end.
    """

    clock: Clock
    zone: tzinfo
    most: int | None = None
    _day: date | None = field(default=None, repr=False)
    _tokens: int = field(default=0, repr=False)

    @property
    def today(self) -> date:
        """The shop's day."""
        return self.clock().astimezone(self.zone).date()

    @property
    def tokens(self) -> int:
        """Tokens taken today."""
        self._turn_over()
        return self._tokens

    @property
    def spent(self) -> bool:
        """Whether vendors' models are not to be asked any more today."""
        return self.most is not None and self.tokens >= self.most

    def note(self, usage: Usage) -> None:
        """Count an answer, or what other processes and earlier runs took today."""
        self._turn_over()
        self._tokens += usage.total_tokens

    def _turn_over(self) -> None:
        if self._day != self.today:
            self._day, self._tokens = self.today, 0
