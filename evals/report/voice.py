"""The page of a run of the voice evals: the measures, and each call as it was to be heard."""

from collections.abc import Iterator, Sequence

from evals.checks.run import Step
from evals.report.markup import fold, grid, items, tag, text
from evals.report.page import document, tile
from evals.report.voice_charts import WHO, strip, waits
from evals.voice.hold import HeldCall
from evals.voice.run import VoiceRun
from evals.voice.telling import summary, table

_TITLE = "How does Sophie sound?"


def voice_page(run: VoiceRun) -> str:
    """The whole document; what is broken comes first."""
    parts = [
        ("broken", "Broken", _broken(run)),
        ("measures", "Measures", _measures(run)),
        ("calls", "Calls", _calls(run)),
    ]
    links = "".join(tag("a", text(title), href=f"#{name}") for name, title, _ in parts)
    body = tag("a", "Skip to what is broken", href="#broken", class_="skip")
    body += tag("header", _head(run) + tag("nav", links, aria_label="Parts"))
    shown = "".join(
        tag("section", tag("h2", text(title)) + inner, id=name) for name, title, inner in parts
    )
    return document(body + tag("main", shown), "Sophie: voice evals")


def _head(run: VoiceRun) -> str:
    quiet = f"{run.when:%Y-%m-%d %H:%M} UTC · seed {run.seed} · {summary(run)}"
    broken = len(run.broken)
    told = "Something is broken." if broken else "Every budget that decides is kept."
    made = tag("h1", _TITLE) + tag("p", text(quiet), class_="quiet")
    made += tag("p", text(told), class_=f"headline {'bad' if broken else 'good'}")
    return made + tag("ul", "".join(_tiles(run)), class_="tiles")


def _tiles(run: VoiceRun) -> Iterator[str]:
    right = sum(not call.observed.wrong for call in run.calls)
    yield tile(f"{right}/{len(run.calls)}", "calls by voice left the right records")
    longest = max((call.observed.dead_air_ms for call in run.calls), default=0.0)
    yield tile(f"{longest / 1000:.1f} s", "the longest silence of both sides (4 s)")
    cuts = [cut for one in run.virtual.drills for cut in one.cuts]
    off = max((abs(cut.played - cut.kept) for cut in cuts), default=0)
    yield tile(f"{off}", f"words off at most, in {len(cuts)} replies cut short (1)")
    once = run.virtual.effects
    yield tile(f"{once.once}/{once.tried}", "interrupted bookings done exactly once")


def _broken(run: VoiceRun) -> str:
    return items(run.broken, class_="rows bad") or tag("p", "Nothing is broken.")


def _measures(run: VoiceRun) -> str:
    rows = [tuple(_marked(cell) for cell in row) for row in table(run)]
    said = (
        "Virtual time: the voice loop with a clock that jumps, the same on every machine, so every "
        "budget decides. Whole service: the calls below through sockets, as fast as this machine "
        "is, so times are only told. There is no score over all of them."
    )
    head = ("measure", "virtual time", "whole service", "budget")
    return tag("p", text(said), class_="quiet") + grid(head, rows, "Each measure by itself")


def _marked(cell: str) -> str:
    if "✗" in cell:
        return tag("span", text(cell), class_="bad" if "BROKEN" in cell else "known")
    return tag("span", text(cell), class_="good" if cell.endswith("✓") else "")


def _calls(run: VoiceRun) -> str:
    legend = "".join(
        tag("span", tag("i", "", class_=class_) + text(said), class_="key") for class_, said in WHO
    )
    return tag("p", legend, class_="legend") + "".join(_call(call) for call in run.calls)


def _call(call: HeldCall) -> str:
    seen = call.observed
    head = tag("b", text(seen.name))
    state = ("bad", "wrong") if seen.wrong else ("good", "right")
    head += tag("span", state[1], class_=state[0])
    head += tag("span", text(call.chosen.scenario.why), class_="why")
    inner = ""
    if seen.wrong:
        inner += tag("div", tag("h4", "wrong") + items(seen.wrong), class_="finding")
    inner += tag("h3", "Who was to be heard when") + strip(seen)
    inner += items(_happened(call), class_="rows quiet")
    if seen.turns:
        inner += tag("h3", "What the caller waited for") + waits(seen.turns)
    inner += fold("The conversation as it is remembered", _said(call.steps), opened=False)
    return fold(head, inner, opened=bool(seen.wrong) or call.chosen.plan.scenario == "H01",
                class_="case")  # fmt: skip


def _happened(call: HeldCall) -> Iterator[str]:
    for one in call.observed.intrusions:
        went = "gave the floor for good" if one.gave_up else f"went on after {one.paused_ms:.0f} ms"
        silent = "not silent" if one.silent_ms is None else f"silent after {one.silent_ms:.1f} ms"
        yield f"at {one.noticed_ms / 1000:.1f} s the caller {_DOES[one.kind]}: {silent}, {went}"
    for cut in call.observed.cuts:
        yield f"of a reply cut short {cut.played} words were played and {cut.kept} are remembered"


_DOES = {
    "cuts in": "cuts in",
    "back-channel": "says that they listen",
    "cough": "coughs",
    "side talk": "is heard talking to somebody else",
}


def _said(steps: Sequence[Step]) -> str:
    lines = [
        tag(
            "li",
            tag("span", text(step.tool or step.who), class_="who")
            + tag("span", text(step.text), class_="said"),
            class_=step.who,
        )
        for step in steps
        if step.who != "tool"
    ]
    return tag("ol", "".join(lines), class_="call")
