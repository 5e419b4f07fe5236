"""Pictures as inline SVG. Every number in them stands in a table or a title as well."""

from collections import Counter
from collections.abc import Mapping, Sequence

from evals.checks.run import Line
from evals.curve import COSTS, Cost
from evals.report.markup import tag, text

_WIDTH, _ROW, _LABEL, _GAP = 720.0, 26.0, 150.0, 8.0
_STRIP = 700.0
_SHORTEST_S = 0.02
_CLASSES: Mapping[Cost, str] = {
    "right": "right", "less": "less", "not the same": "other", "agreed": "agreed", "WRONG": "wrong",
}  # fmt: skip


def noise_curve(rows: Sequence[tuple[str, Counter[Cost]]]) -> str:
    """A bar for each condition, parted by what the noise has cost."""
    height = len(rows) * (_ROW + _GAP)
    drawn = "".join(_bar(at * (_ROW + _GAP), *row) for at, row in enumerate(rows))
    label = "What noise costs: " + "; ".join(
        f"{name}: " + ", ".join(f"{n} {cost}" for cost, n in costs.items()) for name, costs in rows
    )
    legend = "".join(
        tag("span", tag("i", "", class_=_CLASSES[cost]) + text(cost), class_="key")
        for cost in COSTS
    )
    picture = tag(
        "svg", drawn, viewBox=f"0 0 {_WIDTH:.0f} {height:.0f}", role="img", aria_label=label
    )
    return tag("p", legend, class_="legend") + tag("div", picture, class_="chart")


def _bar(y: float, name: str, costs: Counter[Cost]) -> str:
    total, x = sum(costs.values()), _LABEL
    parts = [_words(name, _LABEL - 10, y + _ROW * 0.68, "end")]
    for cost in COSTS:
        wide = (_WIDTH - _LABEL) * costs[cost] / max(total, 1)
        if not costs[cost]:
            continue
        parts.append(
            tag(
                "rect", tag("title", text(f"{name}: {costs[cost]} of {total} {cost}")),
                class_=_CLASSES[cost], x=f"{x:.1f}", y=f"{y:.1f}",
                width=f"{max(wide - 2, 1):.1f}", height=f"{_ROW:.0f}", rx="3",
            )
        )  # fmt: skip
        if wide > _ROW:
            parts.append(_words(str(costs[cost]), x + wide / 2, y + _ROW * 0.68, "middle", "on"))
        x += wide
    return tag("g", "".join(parts))


def timeline(lines: Sequence[Line]) -> str:
    """Sophie's turns one after another, each as wide as it took; tools are named in titles."""
    turns = [line for line in lines if line.who == "sophie" and line.seconds > 0]
    if not turns:
        return ""
    whole = sum(max(line.seconds, _SHORTEST_S) for line in turns)
    drawn, x = [], 0.0
    for number, line in enumerate(turns, start=1):
        wide = _STRIP * max(line.seconds, _SHORTEST_S) / whole
        told = f"turn {number}: {line.seconds * 1000:.0f} ms"
        told += f", {', '.join(line.tools)}" if line.tools else ""
        drawn.append(
            tag(
                "rect", tag("title", text(told)), class_="tool" if line.tools else "talk",
                x=f"{x:.1f}", y="0", width=f"{max(wide - 2, 1):.1f}", height="20", rx="3",
            )
        )  # fmt: skip
        if wide > _ROW:
            drawn.append(_words(str(number), x + wide / 2, 14, "middle", "on"))
        x += wide
    picture = tag(
        "svg", "".join(drawn), viewBox=f"0 0 {_STRIP:.0f} 20", role="img",
        aria_label=f"{len(turns)} turns took {whole:.1f} s",
    )  # fmt: skip
    said = f"{len(turns)} turns took {whole:.1f} s of work; those with tools stand out."
    return tag("div", picture, class_="strip") + tag("p", text(said), class_="quiet")


def _words(said: str, x: float, y: float, anchor: str, class_: str = "word") -> str:
    return tag("text", text(said), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=class_)
