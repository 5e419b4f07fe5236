"""Pictures of a call by voice, as inline SVG. Every number in them is in a title as well."""

from collections.abc import Iterator, Sequence

from evals.report.markup import tag, text
from evals.voice.observed import Observed, Part, PartKind, Spell, Turn, joined

WHO = (
    ("less", "the caller"),
    ("right", "Sophie"),
    ("wrong", "a sound over her"),
    ("other", "wait: end of turn"),
    ("talk", "wait: the model"),
    ("tool", "wait: the voice"),
    ("agreed", "wait: our own part"),
)
"""What the colours mean."""

_COLOURS: dict[PartKind, str] = {
    "ending": "other", "model": "talk", "voice": "tool", "own": "agreed",
}  # fmt: skip
_NAMES: dict[PartKind, str] = {
    "ending": "the end of the turn", "model": "the model", "voice": "the voice",
    "own": "our own part",
}  # fmt: skip
_WIDTH, _LABEL, _LANE, _GAP = 720.0, 60.0, 18.0, 6.0
_ROW, _SAID = 20.0, 250.0
_MOST_LETTERS = 34


def strip(seen: Observed) -> str:
    """Both sides of a call on one time line, with what was waited for between them."""
    whole = max(seen.ended_ms, 1.0)
    scale = (_WIDTH - _LABEL) / whole
    sophie, caller = _LANE + _GAP, 0.0
    drawn = [_name("caller", caller), _name("Sophie", sophie)]
    drawn += [_spell(one, scale, caller, "less", "the caller") for one in joined(seen.caller)]
    drawn += [_spell(one, scale, sophie, "right", "Sophie") for one in joined(seen.sophie)]
    for turn in seen.turns:
        drawn += [_part(part, scale, sophie) for part in parts(turn)]
    for one in seen.intrusions:
        x = _LABEL + one.noticed_ms * scale
        told = f"{one.kind} at {one.noticed_ms / 1000:.2f} s"
        drawn.append(_box("wrong", x, 0, 2, 2 * _LANE + _GAP, told))
    drawn += _seconds(whole, scale, sophie + _LANE)
    height = sophie + _LANE + 18
    label = (
        f"{len(seen.turns)} turns in {whole / 1000:.0f} s; the longest silence of both sides is "
    )
    label += f"{seen.dead_air_ms / 1000:.1f} s"
    return tag("div", _svg(drawn, height, label), class_="chart")


def waits(turns: Sequence[Turn]) -> str:
    """A bar for each turn, from when the caller fell silent to the first sound of Sophie."""
    longest = max((turn.response_ms or 0.0 for turn in turns), default=0.0)
    scale = (_WIDTH - _SAID - 70) / max(longest, 1.0)
    drawn = []
    for at, turn in enumerate(turns):
        y = at * (_ROW + _GAP)
        drawn.append(_words(_shortened(f"{turn.number} {turn.said}"), 0, y + 14, "start"))
        end = _SAID
        for part in parts(turn):
            x = _SAID + (part.start_ms - turn.stopped_ms) * scale
            wide = (part.end_ms - part.start_ms) * scale
            end = x + wide
            drawn.append(_box(_COLOURS[part.kind], x, y, wide, _ROW, _told(part)))
        told = "not answered" if turn.response_ms is None else f"{turn.response_ms:.0f} ms"
        drawn.append(_words(told, end + 6, y + 14, "start"))
    label = "Waits: " + "; ".join(
        f"turn {t.number} {t.kind}, " + ", ".join(_told(part) for part in parts(t)) for t in turns
    )
    return tag("div", _svg(drawn, len(turns) * (_ROW + _GAP), label), class_="chart")


def parts(turn: Turn) -> Iterator[Part]:
    """What a turn's caller waited for, the end of the turn first."""
    if turn.answered_ms is None:
        return
    told = turn.parts[0].start_ms if turn.parts else turn.answered_ms
    if told > turn.stopped_ms:
        yield Part("ending", turn.stopped_ms, told)
    yield from turn.parts


def _told(part: Part) -> str:
    return f"{_NAMES[part.kind]} {part.end_ms - part.start_ms:.0f} ms"


def _part(part: Part, scale: float, y: float) -> str:
    x, wide = _LABEL + part.start_ms * scale, (part.end_ms - part.start_ms) * scale
    return _box(_COLOURS[part.kind], x, y + _LANE * 0.3, wide, _LANE * 0.4, _told(part))


def _spell(one: Spell, scale: float, y: float, class_: str, who: str) -> str:
    told = f"{who} from {one.start_ms / 1000:.2f} to {one.end_ms / 1000:.2f} s"
    x, wide = _LABEL + one.start_ms * scale, (one.end_ms - one.start_ms) * scale
    return _box(class_, x, y, wide, _LANE, told)


def _box(class_: str, x: float, y: float, wide: float, high: float, told: str) -> str:
    return tag(
        "rect", tag("title", text(told)), class_=class_, x=f"{x:.1f}", y=f"{y:.1f}",
        width=f"{max(wide, 0.8):.1f}", height=f"{high:.1f}", rx="2",
    )  # fmt: skip


def _seconds(whole_ms: float, scale: float, y: float) -> Iterator[str]:
    for second in range(0, int(whole_ms / 1000) + 1, 5):
        yield _words(f"{second} s", _LABEL + second * 1000 * scale, y + 14, "middle")


def _name(said: str, y: float) -> str:
    return _words(said, 0, y + 14, "start")


def _shortened(said: str) -> str:
    return said if len(said) <= _MOST_LETTERS else f"{said[: _MOST_LETTERS - 1].rstrip()}…"


def _words(said: str, x: float, y: float, anchor: str) -> str:
    return tag("text", text(said), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_="word")


def _svg(drawn: Sequence[str], height: float, label: str) -> str:
    box = f"0 0 {_WIDTH:.0f} {height:.0f}"
    return tag("svg", "".join(drawn), viewBox=box, role="img", aria_label=label)
