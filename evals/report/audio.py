"""The page of the audio matrix: how much of what callers say is lost under each condition."""

from collections.abc import Iterator

from evals.compare import ALPHA
from evals.report.markup import fold, grid, tag, text
from evals.report.page import document, tile
from evals.voice.audio_telling import HEAD, AudioRun, cells
from evals.voice.matrix import Row

_WIDTH, _LABEL, _ROW, _GAP = 720.0, 170.0, 20.0, 10.0


def audio_page(run: AudioRun) -> str:
    """The whole document."""
    quiet = (
        f"{run.when:%Y-%m-%d %H:%M} UTC · heard by {run.recogniser}, spoken by {run.voice} · "
        f"seed {run.seed} · {run.seconds:.0f} s"
    )
    body = tag("h1", "How well are callers understood?") + tag("p", text(quiet), class_="quiet")
    body += tag("ul", "".join(_tiles(run)), class_="tiles")
    body += tag("section", tag("h2", "Words wrong, by condition") + _chart(run))
    rows = [tuple(text(cell) for cell in cells(row)) for row in run.rows]
    body += tag("section", tag("h2", "The numbers") + grid(HEAD, rows, "Each by itself"))
    body += tag("section", tag("h2", "What was heard") + "".join(_heard(run)))
    return document(tag("main", body), "Sophie: audio matrix")


def _tiles(run: AudioRun) -> Iterator[str]:
    clean = run.rows[0]
    yield tile(f"{clean.errors.rate:.1%}", "of words wrong on a clean line")
    worst = max(run.rows, key=lambda row: row.errors.rate)
    yield tile(f"{worst.errors.rate:.1%}", f"at worst: {worst.condition}")
    found = sum(row.p is not None and row.p < ALPHA for row in run.rows)
    yield tile(f"{found}", f"of {len(run.rows) - 1} conditions differ from a clean line")


def _chart(run: AudioRun) -> str:
    most = max(max(row.errors.rate for row in run.rows), 0.01)
    drawn = [_bar(at * (_ROW + _GAP), row, most) for at, row in enumerate(run.rows)]
    label = "; ".join(f"{row.condition}: {row.errors.rate:.1%}" for row in run.rows)
    box = f"0 0 {_WIDTH:.0f} {len(run.rows) * (_ROW + _GAP):.0f}"
    picture = tag("svg", "".join(drawn), viewBox=box, role="img", aria_label=label)
    return tag("div", picture, class_="chart")


def _bar(y: float, row: Row, most: float) -> str:
    wide = max(1.0, (_WIDTH - _LABEL - 70) * row.errors.rate / most)
    title = tag("title", text(f"{row.condition}: {row.errors.wrong} of {row.errors.words} words"))
    box = tag(
        "rect", title, class_="less", x=f"{_LABEL:.0f}", y=f"{y:.1f}", width=f"{wide:.1f}",
        height=f"{_ROW:.0f}", rx="3",
    )  # fmt: skip
    name = tag("text", text(row.condition), x="0", y=f"{y + 14:.1f}", class_="word")
    share = tag(
        "text", text(f"{row.errors.rate:.1%}"), x=f"{_LABEL + wide + 6:.1f}", y=f"{y + 14:.1f}",
        class_="word",
    )  # fmt: skip
    return name + box + share


def _heard(run: AudioRun) -> Iterator[str]:
    """Per condition the sentences that did not arrive as they were said."""
    for row in run.rows:
        wrong = [one for one in run.heard if one.condition == row.condition and one.errors.wrong]
        lines = [(text(one.sentence.said), text(one.heard or "(nothing)")) for one in wrong]
        inner = grid(("said", "heard"), lines, f"{len(wrong)} of {row.sentences} sentences")
        yield fold(text(row.condition), inner, opened=False, class_="case")
