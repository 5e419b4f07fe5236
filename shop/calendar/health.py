"""How the calendar is doing, as far as the records know."""

from dataclasses import dataclass, field
from datetime import datetime

from shop.calendar.connected import Connected
from shop.calendar.outbox import Backlog, Outbox


@dataclass(frozen=True, slots=True)
class Seen:
    """What all processes together have done.

    Attributes:
        backlog: What the calendar has yet to be told.
        read_at: When the calendar was last read.
        notified_until: Until when its changes are notified; None if they are not.
    """

    backlog: Backlog
    read_at: datetime | None
    notified_until: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """What one process can say.

    Attributes:
        connected: Whether Google does what it is asked.
        reads: Whether this process is the one that reads.
        faults: What Google does not do for it, by the stable name of the error.
        seen: What the records say; None if they do not answer.
    """

    connected: bool
    reads: bool
    faults: dict[str, str] = field(default_factory=dict)
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class HealthDesk(Connected):
    """Asks the records."""

    async def see(self) -> Seen:
        """What all processes together have done.

        Raises:
            RecordsUnavailable: The records cannot be reached.
        """
        async with self._records() as conn:
            backlog = await Outbox(conn).backlog(self._now)
            rows = await conn.execute(
                """
                SELECT (SELECT max(read_at) FROM calendar_reading),
                       (SELECT max(expires_at) FROM calendar_channels
                         WHERE resource_id <> '' AND expires_at > %s)
                """,
                [self._now],
            )
            row = await rows.fetchone()
        assert row is not None
        return Seen(backlog, row[0], row[1])
