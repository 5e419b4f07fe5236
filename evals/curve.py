"""What noise costs: the same calls at several word error rates and with several ways to speak.

The invariant: noise may cost a call-back, never a wrong row. Each noisy call is held against the
same call on a quiet line:

    right          it leaves the same records
    less           nothing that the quiet call did not write, or a call-back instead
    not the same   it differs in what no rule reads back: a name's spelling, a note, a model
    agreed         a telephone number, plate, VIN, day, time or service is wrong, but was read back
                   as it was written, and the caller did not say no
    WRONG          one of them is wrong and nobody asked; this breaks the invariant
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from evals.checks.run import OnFile, Run
from evals.checks.speech import in_figures
from evals.checks.told import squeezed, tells
from evals.records import Difference
from evals.scenario import Scenario
from graph.expect import expectation
from shop.profile.shop import Shop

Cost = Literal["right", "less", "not the same", "agreed", "WRONG"]
COSTS: tuple[Cost, ...] = ("right", "less", "not the same", "agreed", "WRONG")

_KEY: Mapping[tuple[str, str], str] = {
    ("customers", "phone"): "phone",
    ("vehicles", "license_plate"): "plate",
    ("vehicles", "vin"): "VIN",
    ("appointments", "scheduled_at"): "appointment",
    ("appointments", "service_type"): "words",
    ("appointments", "vehicle_id"): "words",
    ("waitlist", "service_type"): "words",
    ("callbacks", "phone"): "phone",
    ("tow_requests", "phone"): "phone",
}
"""What must be read back before it is written, and how it is recognised in speech."""

_WHICH = "scheduled_at"
"""By what an appointment that is to be changed is told from others."""

_FREE = frozenset(("customer_concerns", "topic", "summary", "reason"))
"""What is written down as it was said, so noise and hesitation belong in it."""

_MINOR = frozenset(("callbacks",))
"""Rows that cost a call-back and harm nobody, as long as the number in them is right."""


@dataclass(frozen=True, slots=True)
class Noisy:
    """One call on a bad line.

    Attributes:
        condition: Such as "10 % of words" or "filler".
        why: What was written otherwise than on a quiet line.
    """

    scenario: str
    condition: str
    cost: Cost
    why: tuple[str, ...]
    run: Run


@dataclass(frozen=True, slots=True)
class Curve:
    """All noisy calls, by condition."""

    calls: tuple[Noisy, ...]

    @property
    def holds(self) -> bool:
        """Whether no call left a wrong row."""
        return not self.broken

    @property
    def broken(self) -> list[Noisy]:
        """The calls that left a row nobody agreed to."""
        return [one for one in self.calls if one.cost == "WRONG"]

    def rows(self) -> Iterator[tuple[str, Counter[Cost]]]:
        """Of each condition, how many calls cost what."""
        for condition in dict.fromkeys(one.condition for one in self.calls):
            yield condition, Counter(o.cost for o in self.calls if o.condition == condition)


def cost(scenario: Scenario, quiet: Run, noisy: Run, shop: Shop) -> tuple[Cost, tuple[str, ...]]:
    """What noise has done to a call, and in words how the records differ from the quiet ones."""
    # Nobody has to read back the number that the line itself tells.
    given = {scenario.caller.number, None, *_said(quiet)}
    left = list(quiet.differences)
    wrong: list[tuple[Cost, str]] = []
    for one in noisy.differences:
        match = _nearest(one, left)
        if match is None:
            wrong.append((_extra(one, noisy, given, shop), f"more: {one}"))
            continue
        left.remove(match)
        wrong += _differs(match, one, noisy, shop)
    if wrong:
        return max((c for c, _ in wrong), key=COSTS.index), tuple(why for _, why in wrong)
    return ("less", tuple(f"missing: {one}" for one in left)) if left else ("right", ())


def _said(quiet: Run) -> set[Any]:
    """Values that are right, since they are written on a quiet line too."""
    rows = [one.after or {} for one in quiet.differences]
    return {row[column] for row in rows for _, column in _KEY if column in row}


def _nearest(one: Difference, others: Sequence[Difference]) -> Difference | None:
    same = [o for o in others if o.table == one.table and _kind(o) == _kind(one)]
    return max(same, key=lambda other: _alike(one, other), default=None)


def _kind(one: Difference) -> tuple[bool, bool]:
    return one.before is None, one.after is None


def _alike(one: Difference, other: Difference) -> int:
    now, then = one.after or one.before or {}, other.after or other.before or {}
    return sum(then.get(column) == value for column, value in now.items())


def _extra(one: Difference, noisy: Run, given: Set[Any], shop: Shop) -> Cost:
    """A row that the quiet call has not: harmless if it is a call-back, or if all was agreed to."""
    row = one.after or {}
    if one.before is None:
        written = {column for column, value in row.items() if value not in given}
    else:
        written = {*one.columns, _WHICH}
    keys = [
        (column, row[column]) for column in row if column in written and (one.table, column) in _KEY
    ]
    if one.table in _MINOR:
        return "less"
    asked = all(_agreed(_KEY[one.table, column], value, noisy, shop) for column, value in keys)
    if one.table in ("customers", "vehicles"):
        return "not the same" if asked else "WRONG"
    return "agreed" if keys and asked else "WRONG"


def _differs(
    then: Difference, now: Difference, noisy: Run, shop: Shop
) -> Iterator[tuple[Cost, str]]:
    was, row = then.after or {}, now.after or {}
    if then.before != now.before:
        yield "WRONG", f"{now.table}: another record: {now}"
    for column, value in row.items():
        if value == was.get(column) or column in _FREE:
            continue
        why = f"{now.table}.{column}: {value!r} instead of {was.get(column)!r}"
        kind = _KEY.get((now.table, column))
        if kind is None or value is None:
            yield "not the same", why
        else:
            yield ("agreed" if _agreed(kind, value, noisy, shop) else "WRONG"), why


def _agreed(kind: str, value: Any, noisy: Run, shop: Shop) -> bool:
    """Whether it was read back as it was written, in a question that was not answered with no."""
    if value is None:
        return True
    for said, answer in zip(noisy.lines, noisy.lines[1:], strict=False):
        if said.who != "sophie" or expectation(said.text) != "yes_no":
            continue
        if _holds(kind, value, said.text, shop) and not answer.meant.startswith("No"):
            return True
    return False


def _holds(kind: Any, value: Any, speech: str, shop: Shop) -> bool:
    if kind == "words":
        name = next((s.name for s in shop.catalog.services if s.key == value), str(value))
        return squeezed(in_figures(name)) in squeezed(in_figures(speech))
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return tells(OnFile(kind, text), speech, shop)
