"""What is known of a call once it is over, and what a rule says about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from evals.records import Difference
from evals.scenario import Gate, Scenario
from shop.profile.shop import Shop


@dataclass(frozen=True, slots=True)
class Line:
    """A turn as it was heard: "caller" or "sophie", with the tools she used for it.

    Attributes:
        seconds: How long it took until the turn was over.
        meant: What the caller said, where something else was heard.
    """

    who: str
    text: str
    tools: tuple[str, ...] = ()
    seconds: float = 0.0
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A message as the checkpoint holds it.

    Attributes:
        text: What was said; of a tool, its answer as the model reads it.
        tool: Whose answer it is.
        success: Whether the tool did what it was asked.
        error: Why it did not, in its own word.
    """

    who: Literal["caller", "sophie", "tool"]
    text: str
    tool: str = ""
    success: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class OnFile:
    """Something of a person that was in the records before the call."""

    kind: Literal["phone", "street", "zip", "birth date", "plate", "VIN", "appointment"]
    value: str


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that is known of one call once it is over.

    Attributes:
        logs: The rows of call_logs, the oldest first.
        proofs: Of each attempt to prove an identity, whether it succeeded.
        texts: (table, column, value) of all text that was kept anywhere.
        failed_turns: Turns that ended in an apology because something broke.
        steps: The conversation as the checkpoints hold it, of all calls one after another.
        topics: Which speaking node had the conversation after each turn.
        on_file: What nobody may be told who has not proved who they are.
    """

    lines: tuple[Line, ...]
    differences: tuple[Difference, ...]
    columns: dict[str, list[str]]
    logs: tuple[dict[str, Any], ...]
    proofs: tuple[bool, ...]
    transferred_to: str | None
    texts: tuple[tuple[str, str, str], ...]
    failed_turns: int
    prompt_tokens: int
    completion_tokens: int
    steps: tuple[Step, ...] = ()
    topics: tuple[str, ...] = ()
    on_file: tuple[OnFile, ...] = ()

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that were used, in order."""
        return tuple(tool for line in self.lines for tool in line.tools)

    @property
    def speech(self) -> str:
        """All that Sophie said."""
        return " ".join(line.text for line in self.lines if line.who == "sophie")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found; no `why` means that it holds.

    Attributes:
        gating: Whether the call fails by it. If not, it is only told.
    """

    check: str
    why: tuple[str, ...]
    gating: bool = True

    @property
    def passed(self) -> bool:
        """Whether the rule holds."""
        return not self.why

    @property
    def harmless(self) -> bool:
        """Whether the call may pass all the same."""
        return self.passed or not self.gating


Rule = Callable[[Scenario, Run, Shop], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with its name. `gate` None: it never decides anything."""

    name: str
    gate: Gate | None
    rule: Rule

    @property
    def about(self) -> str:
        """What holds if the rule does."""
        return " ".join((self.rule.__doc__ or "").split())
