"""One call as this process knows it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from api.twilio.dialing import DialOutcome
from graph.agent import GraphAgent
from graph.context import CallContext
from graph.state import CallState, Outcome
from voice.timings import Timeline


@dataclass(slots=True)
class Transfer:
    """One attempt to put a caller through.

    Attributes:
        to: The key of who was to be rung.
        about: What staff should know, in at most sixty words.
        outcome: None while it rings.
        told: The caller came back and has heard how it ended.
    """

    to: str
    about: str
    outcome: DialOutcome | None = None
    told: bool = False


@dataclass(slots=True)
class Call:
    """One call under way or just over.

    Attributes:
        opened_at: When its first line was opened; a line that dropped does not begin it anew.
        turn: Serialises whoever speaks to it.
        before: How many messages there were when it was opened.
        line_at: When its line was opened, the zero of the timelines.
        voiceless: Its last line closed because nothing could be voiced any more.
        over: The conversation came to its own end, whatever the line does.
        transfers: Attempts to put the caller through, in order, over all lines of the call.
    """

    agent: GraphAgent
    opened_at: datetime
    touched_at: datetime
    resumed: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    timelines: list[Timeline] = field(default_factory=list)
    line_at: datetime | None = None
    before: int = 0
    outcome: Outcome | None = None
    over: bool = False
    voiceless: bool = False
    transfers: list[Transfer] = field(default_factory=list)

    @property
    def context(self) -> CallContext:
        """The facts the call began with."""
        return self.agent.context

    @property
    def state(self) -> CallState:
        """What the conversation remembers."""
        return self.agent.state
