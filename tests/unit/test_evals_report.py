"""The page shows what broke first, escapes what callers say and needs nothing from elsewhere."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from evals.checks.run import Finding, Line, Run
from evals.curve import Cost, Curve, Noisy
from evals.held import About, Held
from evals.play import Result, Trial
from evals.records import Difference
from evals.report.page import page
from evals.report.words import markdown
from evals.routes import confusion
from evals.scenario import Scenario, load_scenarios

GOOD, BAD, KNOWN = load_scenarios()[:3]
ROUTES = confusion()
_NEVER_CLOSED = ("meta",)


def run(said: str = "hello") -> Run:
    """A call in which little happened."""
    return Run(
        lines=(
            Line("sophie", "How can I help?"),
            Line("caller", said, meant="something else"),
            Line("sophie", "You're booked.", ("book_appointment",), 0.2),
        ),
        differences=(Difference("customers", None, {"first_name": "Mallory"}),),
        columns={}, logs=(), proofs=(), transferred_to=None, texts=(),
        failed_turns=0, prompt_tokens=1, completion_tokens=1,
    )  # fmt: skip


def result(scenario: Scenario, *why: str, said: str = "hello") -> Result:
    """One trial that failed for these reasons, or passed."""
    findings = (Finding("records", why), Finding("turns", ()))
    return Result(scenario, (Trial(scenario, 1, run(said), findings, 0.5),))


def held(cost: Cost = "right", said: str = "hello") -> Held:
    """A run with one scenario of each kind and one noisy call."""
    known = KNOWN.model_copy(update={"expected_to_fail": "nobody has built it"})
    results = [
        result(GOOD),
        result(BAD, "unexpected: customers: added {first_name 'Mallory'}", said=said),
        result(known, "customers: should have added {first_name 'Ann'}"),
    ]
    noisy = Noisy(GOOD.id, "10 % of words", cost, ("another day",), run())
    about = About("rulebook", datetime(2026, 11, 17, tzinfo=UTC), 3.0, 1, 2, "abc")
    return Held(about, results, Curve((noisy,)))


class Structure(HTMLParser):
    """Fails where tags are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _NEVER_CLOSED:
            self.opened.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def test_the_page_is_whole_and_loads_nothing() -> None:
    made = page(held(), ROUTES)
    structure = Structure()
    structure.feed(made)
    assert structure.opened == []
    assert all(link.startswith("#") for link in structure.loaded)
    assert "<script" not in made
    assert "url(" not in made
    ids = re.findall(r' id="([^"]+)"', made)
    assert {link[1:] for link in structure.loaded} <= set(ids)
    assert len(ids) == len(set(ids))


def test_what_broke_comes_first_with_its_reason_records_and_call() -> None:
    made = page(held(), ROUTES)
    assert made.index(f'id="s-{BAD.id}"') < made.index(f'id="s-{KNOWN.id}"')
    case = made[made.index(f'id="s-{BAD.id}"') : made.index("</details>")]
    for part in ("unexpected: customers", "How can I help?", "book_appointment", "200 ms"):
        assert part in case
    assert "1 scenario(s) need a look" in made
    assert "nobody has built it" in made


def test_words_of_a_call_are_never_markup() -> None:
    made = page(held(said="<script>alert('x')</script> & more"), ROUTES)
    assert "<script" not in made
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; more" in made


def test_a_wrong_row_by_noise_is_broken() -> None:
    assert not Held(held().about, [], held().curve).wrong
    wrong = held("WRONG")
    assert Held(wrong.about, [], wrong.curve).wrong
    made = page(wrong, ROUTES)
    assert "1 wrong row(s)" in made
    assert made.index("another day") < made.index('id="expected"')
    assert "Noise has left 1 wrong row(s)" in markdown(wrong)


def test_a_missing_row_is_no_wrong_write() -> None:
    told = markdown(held())
    assert "Trials with a wrong write: 33.3% (1 of 3;" in told
    assert f"| {GOOD.id} | passed | 1/1 |" in told
