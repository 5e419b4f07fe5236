"""What a conversation has yet to remember; it is written down together with the next words.

One write, and no model ever sees more than the caller did.
"""

from dataclasses import dataclass, field
from uuid import uuid4

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.history import as_heard, turn_of
from graph.state import CallState, Unfinished
from shop.words.redact import cleaned, redacted


@dataclass(frozen=True, slots=True)
class _Heard:
    """How much of a reply the caller heard.

    Attributes:
        of: The id of the caller's words it answers.
    """

    of: str | None
    text: str
    estimated: bool


@dataclass(slots=True)
class Pending:
    """One call's notes for its next turn.

    Attributes:
        greeting: What the call began with; remembered with the first words.
        earlier: What an earlier call had come to; likewise.
    """

    call_sid: str
    greeting: str
    earlier: Unfinished | None = None
    _answering: str | None = None
    _asides: list[AIMessage] = field(default_factory=list)
    _waiting: list[str] = field(default_factory=list)
    _heard: _Heard | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What a turn that is begun now takes for given; another key, another turn."""
        return (self._heard, *self._waiting, *(message.id for message in self._asides))

    def words(self, text: str) -> None:
        """The caller said this; it waits until it can be answered."""
        self._waiting.append(text)

    def aside(self, text: str) -> None:
        """Sophie said this in between."""
        self._asides.append(AIMessage(text, id=f"aside-{uuid4().hex}"))

    def heard(self, text: str, *, estimated: bool) -> None:
        """The caller heard only this much of the last reply."""
        self._heard = _Heard(self._answering, text, estimated)

    def messages(self, state: CallState) -> list[AnyMessage]:
        """The conversation so far, the greeting included."""
        return state["messages"] or [AIMessage(self.greeting, id=f"{self.call_sid}-greeting")]

    def turn(self, state: CallState, text: str = "") -> CallState:
        """The caller's words, with everything that is to be remembered before them."""
        messages = self.messages(state)
        opening = [] if state["messages"] else messages
        turns = sum(isinstance(message, HumanMessage) for message in messages)
        text = " ".join([*self._waiting, text]).strip()
        said = HumanMessage(redacted(cleaned(text)), id=f"{self.call_sid}-u{turns + 1}")
        asked: CallState = {
            "messages": [*opening, *self._corrections(messages), *self._asides, said]
        }
        if opening and self.earlier is not None:
            asked["unfinished"] = self.earlier
        return asked

    def written(self, asked: CallState) -> None:
        """The turn is under way: what it wrote down is not written again."""
        self._answering = asked["messages"][-1].id
        self._heard = None
        self._waiting.clear()
        self._asides.clear()

    def last(self, state: CallState) -> list[AnyMessage]:
        """What is still to be remembered when there will be no next turn."""
        messages = self.messages(state)
        if self._waiting:
            last = self.turn(state)["messages"]
        else:
            last = [*([] if state["messages"] else messages), *self._corrections(messages)]
        self._heard = None
        self._waiting.clear()
        return last

    def _corrections(self, messages: list[AnyMessage]) -> list[AIMessage]:
        """The last turn's messages as they were heard, if the caller cut it short.

        A turn that failed left no message behind; what was heard of it is then nobody's.
        """
        heard = self._heard
        spoken_to = [m.id for m in messages if isinstance(m, HumanMessage)]
        if heard is None or heard.of != (spoken_to[-1] if spoken_to else None):
            return []
        return as_heard(turn_of(messages), heard.text, estimated=heard.estimated)
