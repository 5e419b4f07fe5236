"""What a language model is given, read as a conversation of caller, Sophie and tools."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

_NEVER = datetime(2001, 1, 1, 9, tzinfo=UTC)
"""Stands in where a request says no time; only words that need no calendar are then understood."""

_FACTS = re.compile(r"<call_facts>\n(.*?)\n</call_facts>", re.DOTALL)
_NOW = re.compile(r"\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_NOT_RUN = "interrupted"
Outbound = Literal["", "reminder", "followup"]
"""Why the shop rings; empty where it is rung."""

_WE_RING: tuple[tuple[str, Outbound], ...] = (
    ("You are calling to remind", "reminder"),
    ("You are calling after a visit", "followup"),
)
"""How the prompts of such calls begin."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The `<call_facts>` of a request: pairs in their order, a key may come more than once."""

    pairs: tuple[tuple[str, str], ...] = ()

    def all(self, key: str) -> list[str]:
        """Every value of a key."""
        return [value for name, value in self.pairs if name == key]

    def one(self, key: str) -> str:
        """The last value of a key; empty if it is not there."""
        return next(reversed(self.all(key)), "")

    @property
    def now(self) -> datetime:
        """The wall clock of the shop."""
        found = _NOW.search(self.one("now"))
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else _NEVER

    @property
    def verified(self) -> bool:
        """Whether the caller has proved who they are."""
        return self.one("access") == "verified"

    @property
    def withheld(self) -> bool:
        """Whether the caller's number is unknown."""
        return self.one("caller_number") in ("", "withheld")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller said, and what Sophie had said before it."""

    index: int
    asked: str
    said: str

    @property
    def question(self) -> str:
        """The last question in it; empty if there was none."""
        return last_question(self.asked)


@dataclass(frozen=True, slots=True)
class Result:
    """A tool call and its answer, in the caller's turn it was made for."""

    turn: int
    name: str
    args: dict[str, Any]
    ok: bool
    error: str
    message: str
    data: dict[str, Any]

    @property
    def held(self) -> bool:
        """Whether it was read back to the caller instead of being done."""
        return self.error == "awaiting_assent"

    def text(self, key: str) -> str:
        """A value of the data, as text; empty if it is not there."""
        value = self.data.get(key)
        return "" if value is None else str(value)

    def rows(self, key: str) -> list[dict[str, Any]]:
        """A list of objects in the data; empty if it is not there."""
        value = self.data.get(key)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Request:
    """All a model knows when it is asked."""

    task: str
    facts: Facts
    turns: tuple[Turn, ...]
    results: tuple[Result, ...]
    tools: frozenset[str]
    outbound: Outbound = ""

    @property
    def turn(self) -> Turn:
        """The caller's last turn."""
        return self.turns[-1]

    @property
    def fresh(self) -> list[Result]:
        """What tools have answered since the caller last spoke."""
        return [result for result in self.results if result.turn == self.turn.index]

    @property
    def last(self) -> Result | None:
        """The newest of the fresh results."""
        return next(reversed(self.fresh), None)

    def newest(self, *names: str, ok: bool | None = None, since: int = -1) -> Result | None:
        """The newest result of some tools, made after turn `since`."""
        for result in reversed(self.results):
            if result.name in names and result.turn > since and ok in (None, result.ok):
                return result
        return None

    def after(self, *names: str) -> int:
        """The turn in which one of these tools last succeeded; -1 if none has."""
        done = self.newest(*names, ok=True)
        return done.turn if done else -1


def last_question(text: str) -> str:
    """The last sentence that ends in a question mark; empty if there is none."""
    sentences = [s.strip() for s in _SENTENCE.findall(text)]
    return next((s for s in reversed(sentences) if s.endswith("?")), "")


def read(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Request:
    """Read a request. Any list of messages can be read; what makes no sense is left out."""
    facts, task = _facts(messages)
    turns: list[Turn] = []
    results: list[Result] = []
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    said: list[str] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append(Turn(len(turns), " ".join(said), str(message.text)))
            said = []
        elif isinstance(message, AIMessage):
            said += [str(message.text)] if message.text else []
            asked |= {c["id"] or "": (c["name"], c["args"]) for c in message.tool_calls}
        elif isinstance(message, ToolMessage):
            name, args = asked.get(message.tool_call_id, (message.name or "", {}))
            # A tool that was agreed to is written down with every argument, given or not.
            args = {key: value for key, value in args.items() if value is not None}
            results += _result(message, name, args, len(turns) - 1)
    turns = turns or [Turn(0, "", "")]
    standing = " ".join(str(m.text) for m in messages if isinstance(m, SystemMessage))
    ringing = (why for begins, why in _WE_RING if begins in standing)
    return Request(task, facts, tuple(turns), tuple(results), tools, next(ringing, ""))


def _facts(messages: Sequence[BaseMessage]) -> tuple[Facts, str]:
    for message in reversed(messages):
        if isinstance(message, SystemMessage) and (block := _FACTS.search(str(message.text))):
            lines = (line.partition(": ") for line in block[1].splitlines())
            facts = Facts(tuple((key, value) for key, _, value in lines))
            return facts, facts.one("task")
    return Facts(), ""


def _result(message: ToolMessage, name: str, args: dict[str, Any], turn: int) -> list[Result]:
    try:
        envelope = orjson.loads(str(message.text))
    except orjson.JSONDecodeError:
        return []
    if not isinstance(envelope, dict) or envelope.get("error") == _NOT_RUN:
        return []
    data = envelope.get("data")
    return [
        Result(
            turn=max(turn, 0),
            name=name,
            args=args,
            ok=envelope.get("success") is True,
            error=str(envelope.get("error") or ""),
            message=str(envelope.get("message") or ""),
            data=data if isinstance(data, dict) else {},
        )
    ]
