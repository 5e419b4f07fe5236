"""How words leave a run of the graph while it is still running.

Tokens go straight from the node to whoever carries the call: a stream mode of the graph would hold
each of them up. The carrier lives in a context variable, not in the graph's context, because that
one must stay JSON-able; where nobody set one (Studio, tests of a node), words go nowhere.
"""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Words:
    """Some of the reply, as the model produced it."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool was called; `arguments` is JSON."""

    name: str
    arguments: str
    call_id: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool answered; `result` is the JSON envelope the model reads."""

    result: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A part failed; `message` is fit to be shown to the caller."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The turn is over. Tokens are those of this turn alone."""

    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


AgentEvent = Words | ToolStarted | ToolEnded | Failed | Finished


@dataclass(slots=True)
class Mouth:
    """One turn's way out. Once shut, nothing more is said, but what has begun is finished.

    Attributes:
        running: The tools at work, by call id: name, and since when by the loop's clock.
    """

    events: asyncio.Queue[AgentEvent | None] = field(default_factory=asyncio.Queue)
    shut: asyncio.Event = field(default_factory=asyncio.Event)
    running: dict[str, tuple[str, float]] = field(default_factory=dict)

    def emit(self, event: AgentEvent) -> None:
        """Pass an event on, unless the caller has cut in."""
        if isinstance(event, ToolStarted):
            self.running[event.call_id] = event.name, asyncio.get_running_loop().time()
        elif isinstance(event, ToolEnded):
            self.running.pop(event.call_id, None)
        if not self.shut.is_set():
            self.events.put_nowait(event)

    def say(self, text: str) -> None:
        """Pass words on."""
        if text:
            self.emit(Words(text))


_mouth: ContextVar[Mouth | None] = ContextVar("mouth", default=None)


def open_mouth(mouth: Mouth) -> None:
    """Let the runs started from this task speak through `mouth`."""
    _mouth.set(mouth)


def mouth() -> Mouth:
    """The mouth of the current run; a mute one where nobody is listening."""
    current = _mouth.get()
    return current if current is not None else Mouth()
