"""Sophie broken on purpose: the checks turn red, and only then. `make mutants` tries every way."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.mutants.copies import Outcome, attempt, verdict
from evals.mutants.defect import LIST, Defect, DefectsRefused, load_defects
from evals.scenario import load_scenarios

ROOT = Path(__file__).parents[2]
DEFECTS = load_defects()
QUICK = [defect for defect in DEFECTS if defect.quick]
BY_NAME = {defect.name: defect for defect in DEFECTS}

ENTRY = '[[defect]]\nname = "n"\nfile = "f"\nold = "a"\nnew = "b"\nwhy = "w"\n'


@pytest.mark.anyio
@pytest.mark.parametrize("defect", [pytest.param(defect, id=defect.name) for defect in QUICK])
async def test_a_planted_defect_is_seen(defect: Defect) -> None:
    assert verdict(defect, await attempt(defect, defect.scenarios, defect.tests)) == "seen"


@pytest.mark.anyio
async def test_sources_that_nobody_has_broken_are_seen_as_sound() -> None:
    scenarios = sorted({one for defect in QUICK for one in defect.scenarios})
    # The other tests run unbroken beside this one, and would each want a database server here.
    tests = sorted({t for defect in QUICK for t in defect.tests if t.startswith("tests/unit/")})
    assert await attempt(None, scenarios, tests) == Outcome(frozenset())


@pytest.mark.anyio
async def test_a_defect_that_only_stops_the_program_counts_as_broken_not_as_seen() -> None:
    crashing = replace(BY_NAME["recap skipped"], new="        return (", name="crash")
    found = verdict(crashing, await attempt(crashing, ["E03"], []))
    assert found.startswith("broke:")


@pytest.mark.parametrize("defect", [pytest.param(d, id=d.name) for d in DEFECTS])
def test_a_defect_fits_the_sources_and_names_checks_that_exist(
    defect: Defect, tmp_path: Path
) -> None:
    copied = tmp_path / defect.file
    copied.parent.mkdir(parents=True)
    copied.write_text((ROOT / defect.file).read_text(encoding="utf-8"), encoding="utf-8")
    defect.plant(tmp_path)
    assert defect.new in copied.read_text(encoding="utf-8")
    assert set(defect.scenarios) <= {scenario.id for scenario in load_scenarios()}
    for test in defect.tests:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("nothing of the kind", id="words that are not there"),
        pytest.param("if wrong: if wrong:", id="words that are there twice"),
    ],
)
def test_a_defect_that_fits_its_file_no_more_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "some.py").write_text(text, encoding="utf-8")
    defect = Defect("some defect", "some.py", "if wrong:", "if right:", "why", ("E03",))
    with pytest.raises(DefectsRefused, match=r"some\.py should have 'if wrong:' once"):
        defect.plant(tmp_path)
    assert (tmp_path / "some.py").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        pytest.param(ENTRY, "who sees it", id="nobody to see it"),
        pytest.param(f'{ENTRY}scenarios = ["E03"]\n' * 2, "there twice", id="one name twice"),
        pytest.param(f'{ENTRY}scenario = ["E03"]\n', "scenario", id="a key nobody knows"),
    ],
)
def test_a_list_that_proves_nothing_is_refused(
    tmp_path: Path, written: str, complaint: str
) -> None:
    path = tmp_path / LIST.name
    path.write_text(written, encoding="utf-8")
    with pytest.raises(DefectsRefused, match=complaint):
        load_defects(path)
