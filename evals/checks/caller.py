"""Whether the caller did their part; if not, the trial says nothing about Sophie."""

import re
from collections.abc import Iterator

from evals.checks.run import Run
from evals.checks.speech import in_figures
from evals.scenario import CallerScript, Scenario

_NUMBER = re.compile(r"\d[\d -]{2,}\d")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
"""Telephone numbers, plates, ZIP codes, years, e-mails: what a caller must not make up."""


def misbehaved(scenario: Scenario, run: Run) -> Iterator[str]:
    """Numbers and addresses that no line of the caller's script holds, and nobody spoke before."""
    scripts = [one for one in (scenario.caller, scenario.redials) if one is not None]
    known = _squeezed(" ".join([scenario.now.isoformat(), *(_all_words(one) for one in scripts)]))
    for line in run.lines:
        said = line.meant or line.text
        words = in_figures(said)
        if line.who == "caller":
            for found in (*_NUMBER.findall(words), *_MAIL.findall(said)):
                if _squeezed(found) not in known:
                    yield f"the caller made up {found.strip()!r}: {line.text!r}"
        known += _squeezed(f"{said} {words}")


def _all_words(script: CallerScript) -> str:
    facts = [
        one
        for answer in (script.facts or {}).values()
        for one in ([answer] if isinstance(answer, str) else answer)
    ]
    words = [script.number, script.opening, *(script.replies or []), *facts, *script.wants]
    words += [reaction.says for reaction in script.reactions]
    return " ".join(f"{one} {in_figures(one)}" for one in words)


def _squeezed(text: str) -> str:
    return re.sub(r"[^\w@.]|_", "", text.lower())
