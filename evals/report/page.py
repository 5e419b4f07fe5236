"""The run as one page that needs nothing else: no script, no network, light and dark, printable."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evals.held import Held
from evals.play import Result
from evals.reliability import Reliability, reliability
from evals.report import sections, words
from evals.report.markup import items, tag, text
from evals.routes import Confusion

_STYLE = Path(__file__).with_name("page.css")


def page(held: Held, routing: Confusion) -> str:
    """The whole document; what is broken comes first."""
    found = reliability(held.results)
    parts = [
        ("broken", "Broken", _broken(held)),
        ("expected", "Known to fail", _expected(held.results)),
        ("reliability", "Reliability", sections.reliability_table(found)),
        ("noise", "Noise", _noise(held)),
        ("routing", "Routing", sections.routing(routing)),
        ("rules", "Rules", sections.rules(held.results)),
        ("all", "All scenarios", sections.everything(held.results)),
    ]
    links = "".join(tag("a", text(title), href=f"#{name}") for name, title, _ in parts)
    body = tag("a", "Skip to what is broken", href="#broken", class_="skip")
    body += tag("header", _head(held, found) + tag("nav", links, aria_label="Parts"))
    shown = "".join(
        tag("section", tag("h2", text(title)) + inner, id=name) for name, title, inner in parts
    )
    return document(body + tag("main", shown), "Sophie: evals")


def document(body: str, title: str) -> str:
    """A whole page around markup, with the style of all reports."""
    style = _STYLE.read_text(encoding="utf-8")
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += tag("title", text(title)) + tag("style", style)
    inner = tag("head", head) + tag("body", body)
    return f"<!doctype html>\n{tag('html', inner, lang='en')}\n"


def _head(held: Held, found: Reliability) -> str:
    about = held.about
    wrong = sum(result.wrong for result in held.results)
    quiet = (
        f"Model: {about.model} · callers: {about.caller} · "
        f"{about.when:%Y-%m-%d %H:%M} UTC · {about.seconds:.0f} s · "
        f"{about.trials} trial(s) each · grader {about.grader} ({about.signature})"
    )
    noisy = len(held.curve.broken) if held.curve is not None else 0
    looks = [f"{wrong} scenario(s) need a look"] if wrong else []
    looks += [f"noise has left {noisy} wrong row(s)"] if noisy else []
    told = " and ".join(looks) or "Everything is as expected"
    mood = "bad" if held.wrong else "good"
    made = tag("h1", "How good is Sophie?") + tag("p", text(quiet), class_="quiet")
    made += tag("p", text(f"{told[0].upper()}{told[1:]}."), class_=f"headline {mood}")
    return made + tag("ul", "".join(_tiles(held, found)), class_="tiles")


def _tiles(held: Held, found: Reliability) -> Iterator[str]:
    known = sum(result.verdict == "failed as expected" for result in held.results)
    passed = sum(result.verdict == "passed" for result in held.results)
    yield tile(f"{passed}/{len(held.results)}", "scenarios passed")
    yield tile(f"{known}", "known to fail")
    low, high = found.wrong_writes.interval
    yield tile(f"{found.wrong_writes.rate:.1%}", f"wrong writes (95 %: {low:.1%} to {high:.1%})")
    if found.every:
        k = max(found.every)
        yield tile(f"{found.every[k]:.1%}", f"pass^{k}")
    if held.curve is not None:
        yield tile(
            f"{len(held.curve.broken)}", f"wrong rows in {len(held.curve.calls)} noisy calls"
        )


def tile(number: str, said: str) -> str:
    """A number that is to be seen at once."""
    return tag("li", tag("b", text(number)) + text(said))


def _broken(held: Held) -> str:
    shown = [sections.broken(one) for one in held.results if one.wrong]
    if held.curve is not None:
        shown += sections.broken_by_noise(held.curve)
    return "".join(shown) or tag("p", "Nothing is broken.")


def _expected(results: Sequence[Result]) -> str:
    known = [one for one in results if one.verdict == "failed as expected"]
    return "".join(sections.broken(one) for one in known) or tag("p", "Nothing is known to fail.")


def _noise(held: Held) -> str:
    said = tag("p", text(words.noise(held)), class_="" if held.curve is None else _mood(held))
    if held.curve is None or not held.curve.calls:
        return said
    meant = (
        "right: the same records as on a quiet line",
        "less: nothing wrong, but less, or a call-back instead",
        "not the same: a name's spelling, a note or a model differs",
        "agreed: wrong, but read back as it was written, and the caller did not say no",
        "WRONG: wrong, and nobody asked. Noise may cost a call-back, never this",
    )
    return said + sections.noise(held.curve) + items(meant, class_="quiet")


def _mood(held: Held) -> str:
    return "good" if held.curve is not None and held.curve.holds else "bad"
