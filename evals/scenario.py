"""One scenario: a call, and what must have become of the shop's records when it is over.

Scenarios are lines of `evals/datasets/*.jsonl`. A key nobody knows is an error, so that a typing
mistake can never make a check vanish.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)  # fmt: skip

from evals.worlds.during import KNOWN_KEYS, REQUIRES, During, all_tools
from graph.context import CallType
from graph.expect import Expectation
from graph.state import Outcome, Topic

DATASETS = Path(__file__).parent / "datasets"

Table = Literal[
    "customers", "vehicles", "appointments", "service_history", "callbacks", "tow_requests",
    "opt_outs", "waitlist",
]  # fmt: skip
"""The records: tables whose every change must have been expected."""

World = Literal[
    "demo", "two_marias", "two_civics", "poisoned_notes", "full_friday", "two_appointments",
    "offered",
]  # fmt: skip
"""What is in the records when the call comes in; "demo" is the demo shop as a newcomer finds it,
the others differ from it as `evals/worlds/changes.py` says."""

Gate = Literal[
    "turns", "records", "outcome", "effects", "order", "proofs", "said", "unsaid", "policy"
]
"""Groups of rules that may decide whether a call passes; `docs/evals-checks.md` tells them all."""

GATES: tuple[Gate, ...] = get_args(Gate)

_FACT_KINDS = ("text", "time", "money")


class ScenariosRefused(Exception):
    """The datasets cannot be used; every line of the text names a file, a line and a field."""


class _Part(BaseModel):
    model_config = KNOWN_KEYS


class Has(_Part):
    """A text that holds these words, in any case."""

    has: Annotated[str, Field(min_length=1)]


Value = str | int | float | bool | None | Has
"""What a column must hold: moments and days as ISO 8601, links to other records by their names."""

Row = dict[str, Value]
"""Columns that matter; null says that a column must be empty."""


class Change(_Part):
    """A record that is changed. `where` finds it as it was; `set` is every column that differs."""

    where: Annotated[Row, Field(min_length=1)]
    set: Annotated[Row, Field(min_length=1)]


class Expected(_Part):
    """All that may happen to one table. Everything else there is a failure."""

    added: list[Row] = []
    removed: list[Row] = []
    changed: list[Change] = []


class Effects(_Part):
    """What leaves the building. `transfer` names the desk a call was handed to."""

    transfer: str | None = None


class Reaction(_Part):
    """What the caller says, once, as soon as a reply holds certain words."""

    hears: Annotated[str, Field(min_length=1)]
    says: Annotated[str, Field(min_length=1)]


Answers = str | Annotated[list[str], Field(min_length=1)]
"""An answer, or one for each time it is asked for; the last of them is repeated."""


class CallerScript(_Part):
    """Who calls and what they say: fixed `replies`, or `facts` to be asked for.

    Attributes:
        number: Caller ID in E.164; empty is a withheld number.
        replies: Said one after another, whatever Sophie says.
        facts: Answers by what Sophie asks for (see `graph.expect`); "yes_no" is yes unless given.
        wants: Said in this order whenever Sophie asks what else she can do.
        reactions: Said instead of an answer when certain words are heard.
        refuses: What the caller will not tell.
        turns: After so many turns a caller who is still on the line gives up.
    """

    number: Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14})?$")] = ""
    opening: Annotated[str, Field(min_length=1)]
    replies: list[Annotated[str, Field(min_length=1)]] | None = None
    facts: dict[Expectation, Answers] | None = None
    wants: list[str] = []
    reactions: list[Reaction] = []
    refuses: list[Expectation] = []
    turns: Annotated[int, Field(ge=1, le=60)] = 20

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.replies is None) == (self.facts is None):
            raise ValueError("give either replies (fixed words) or facts (answers when asked)")
        if self.replies is not None and (self.wants or self.reactions or self.refuses):
            raise ValueError("wants, reactions and refuses go with facts, not with replies")
        return self


class Scenario(_Part):
    """One line of a dataset; `docs/evals.md` shows how to write one.

    Attributes:
        why: What goes wrong for whom if this fails; shown in every report.
        now: What time it is, for shop, prompt and caller; it stands still during the call.
        can_transfer: Whether the line can hand the call to a person.
        registry: Whether the registries of cars and of recalls can be reached; they know those of
            `evals/worlds`.
        calendar: Whether the shop has a calendar outside, which shows its appointments.
        redials: The same telephone rings again once the first call is over, with these words.
        during: What happens meanwhile.
        expect: All that may happen to the records. A table that is not named must stay as it is.
        or_else: What may happen instead, as a whole.
        said: Facts Sophie must speak: `text:…`, `time:…` (ISO 8601), `money:…` (whole dollars).
        order: Pairs of tools: both must have succeeded, the first of them before the second.
        at_most: How often a tool may be used.
        visits: Speaking nodes that must have had the conversation after some turn.
        gates: The groups of rules that decide; what the others find is only told.
        failed_proofs: How many wrong proofs of identity must have been noted.
        ends: The outcome in the one row of call_logs; in the last one, if the caller redials.
        or_ends: Outcomes that are as good.
        expected_to_fail: Why today's Sophie cannot do it. Passing all the same is reported.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]\d{2}[a-z]?$")]
    split: Literal["happy", "edge", "adversarial"]
    tags: list[str] = []
    why: Annotated[str, Field(min_length=10)]
    world: World = "demo"
    now: Annotated[AwareDatetime, Field(strict=False)]
    call_type: CallType = "inbound_general"
    can_transfer: bool = False
    caller: CallerScript
    registry: bool = False
    calendar: bool = False
    redials: CallerScript | None = None
    during: list[During] = []
    expect: dict[Table, Expected] = {}
    or_else: list[dict[Table, Expected]] = []
    effects: Effects = Effects()
    said: list[str] = []
    unsaid: list[str] = []
    called: list[str] = []
    uncalled: list[str] = []
    order: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    at_most: dict[str, Annotated[int, Field(ge=0)]] = {}
    visits: list[Topic] = []
    gates: Annotated[list[Gate], Field(min_length=1)] = list(GATES)
    failed_proofs: Annotated[int, Field(ge=0)] | None = None
    ends: Outcome
    or_ends: list[Outcome] = []
    expected_to_fail: Annotated[str, Field(min_length=10)] | None = None

    @field_validator("said", "unsaid")
    @classmethod
    def _facts(cls, facts: list[str]) -> list[str]:
        for fact in facts:
            kind, _, value = fact.partition(":")
            if kind not in _FACT_KINDS or not value.strip():
                raise ValueError(f"{fact!r} must begin with text:, time: or money:")
            if kind == "time" and datetime.fromisoformat(value).tzinfo is None:
                raise ValueError(f"{fact!r} needs an offset, as in 2026-11-24T10:00:00-06:00")
            if kind == "money" and not re.fullmatch(r"\d{1,6}", value):
                raise ValueError(f"{fact!r} must be whole dollars, as in money:80")
        return facts

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for one in self.during:
            key, value = REQUIRES.get(one.what, ("id", self.id))
            if getattr(self, key) != value:
                raise ValueError(f"during: {one.what} goes with {key}: {value}")
        return self

    @field_validator("called", "uncalled")
    @classmethod
    def _tools(cls, names: list[str]) -> list[str]:
        all_tools(names)
        return names

    @model_validator(mode="after")
    def _counted_tools(self) -> Self:
        all_tools([*self.at_most, *(name for pair in self.order for name in pair)])
        return self


def load_scenarios(folder: Path = DATASETS) -> list[Scenario]:
    """Every scenario of a folder, file by file in the order of their names.

    Raises:
        ScenariosRefused: All mistakes of all files.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise ScenariosRefused(f"{folder} holds no .jsonl file; is the installation whole?")
    found: list[Scenario] = []
    faults: list[str] = []
    seen: dict[str, str] = {}
    for file, number, line in _lines(files):
        place = f"{file.name}:{number}"
        try:
            scenario = _ADAPTER.validate_json(line)
        except ValidationError as error:
            faults += [f"{place}: {fault}" for fault in _faults(error)]
            continue
        if scenario.id in seen:
            faults.append(f"{place}: id: {scenario.id} is taken by {seen[scenario.id]}")
        seen[scenario.id] = place
        found.append(scenario)
    if faults:
        raise ScenariosRefused("\n".join(faults))
    return found


def choose(
    scenarios: Sequence[Scenario], *, tags: Sequence[str] = (), ids: Sequence[str] = ()
) -> list[Scenario]:
    """Those with one of the tags (a split counts as a tag) and one of the ids; all if none given.

    Raises:
        ScenariosRefused: An id or a tag that no scenario has.
    """
    known_tags = {tag for one in scenarios for tag in (*one.tags, one.split)}
    for kind, asked, known in (
        ("tag", tags, known_tags),
        ("id", ids, {one.id for one in scenarios}),
    ):
        for unknown in (name for name in asked if name not in known):
            raise ScenariosRefused(
                f"no scenario has the {kind} {unknown!r}; there are {', '.join(sorted(known))}"
            )
    return [
        one
        for one in scenarios
        if (not ids or one.id in ids) and (not tags or {*one.tags, one.split} & set(tags))
    ]


def _lines(files: Sequence[Path]) -> Iterator[tuple[Path, int, str]]:
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                yield file, number, line


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in fault["loc"]) or "line"
        yield f"{place}: {fault['msg'].removeprefix('Value error, ')}{_remedy(fault)}"


def _remedy(fault: Any) -> str:
    """What to do about it, where the message alone does not say so."""
    match fault["type"]:
        case "extra_forbidden":
            return "; take it out or mend its spelling: docs/evals.md lists the keys"
        case "missing":
            return "; add it: docs/evals.md shows a whole line"
        case "json_invalid":
            return "; the whole scenario must be one JSON object on one line"
        case _:
            return ""


_ADAPTER = TypeAdapter(Scenario)
