"""A line of a dataset is either wholly understood or refused by file, line and field."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from evals.scenario import ScenariosRefused, choose, load_scenarios
from evals.worlds.during import HOW, During, What

GOOD: dict[str, Any] = {
    "id": "H99",
    "split": "happy",
    "tags": ["smoke"],
    "why": "somebody would be hurt",
    "now": "2026-11-16T09:00:00-06:00",
    "caller": {"opening": "hello", "replies": ["bye"]},
    "ends": "abandoned",
}


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "booking.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_scenarios_are_valid() -> None:
    scenarios = load_scenarios()
    assert len(scenarios) >= 20
    assert {one.split for one in scenarios} == {"happy", "edge", "adversarial"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"whyy": "x"}, "whyy: Extra inputs are not permitted; take it out or mend its spelling"),
        ({"why": ""}, "why: String should have at least 10 characters"),
        ({"id": "h1"}, "id: String should match pattern"),
        ({"now": "2026-11-16T09:00:00"}, "now: Input should have timezone info"),
        ({"ends": "done"}, "ends: Input should be"),
        ({"caller": {"opening": "x", "replies": [], "name": "y"}}, "caller.name: Extra inputs"),
        ({"caller": {"opening": "x"}}, "caller: give either replies (fixed words) or facts"),
        ({"caller": {"opening": "x", "replies": [], "facts": {}}}, "caller: give either replies"),
        ({"caller": {"opening": "x", "replies": [], "wants": ["y"]}}, "go with facts"),
        ({"caller": {"opening": "x", "facts": {"hobby": "y"}}}, "caller.facts.hobby"),
        ({"caller": {"number": "217", "opening": "x", "facts": {}}}, "caller.number: String"),
        ({"expect": {"customer": {}}}, "expect.customer"),
        ({"expect": {"customers": {"new": []}}}, "expect.customers.new: Extra inputs"),
        ({"expect": {"customers": {"changed": [{"where": {}, "set": {"x": 1}}]}}}, "where: Dict"),
        ({"said": ["ten AM"]}, "said: 'ten AM' must begin with text:, time: or money:"),
        ({"said": ["time:2026-11-16T09:00"]}, "needs an offset"),
        ({"unsaid": ["money:80 dollars"]}, "must be whole dollars"),
        ({"called": ["book"]}, "called: there is no tool 'book'; there are lookup_customer"),
        ({"expected_to_fail": ""}, "expected_to_fail: String should have"),
        ({"during": [{"what": "flood", "turn": 1}]}, "during.0.what: Input should be"),
        ({"during": [{"what": "hangs_up", "turn": 1}]}, "needs tool, and has none"),
        (
            {"during": [{"what": "staff_moves", "turn": 1, "whose": "Maria Lopez"}]},
            "during.0: staff_moves needs at and whose, and has whose",
        ),
        (
            {"during": [{"what": "records_gone", "turn": 1, "how": "slowly"}]},
            "during.0: records_gone needs no further key, and has how",
        ),
        (
            {"during": [{"what": "model_fails", "turn": 1, "how": "sulks"}]},
            "model_fails has no how 'sulks'; there are unreachable, overloaded, refuses, stalls",
        ),
        (
            {"during": [{"what": "cuts_in", "turn": 1, "tool": "book"}]},
            "there is no tool 'book'; there are lookup_customer",
        ),
        (
            {"during": [{"what": "offer_passes", "turn": 1, "until": 2}]},
            "until is a later turn, and goes with records_locked, records_gone",
        ),
        (
            {"during": [{"what": "records_gone", "turn": 3, "until": 2}]},
            "until is a later turn, and goes with",
        ),
        (
            {"during": [{"what": "registry_fails", "turn": 1, "how": "stalls"}]},
            "during: registry_fails goes with registry: True",
        ),
        (
            {"during": [{"what": "calendar_fails", "turn": 1, "how": "gone"}]},
            "during: calendar_fails goes with calendar: True",
        ),
        (
            {"during": [{"what": "not_put_through", "turn": 1, "how": "busy"}]},
            "during: not_put_through goes with can_transfer: True",
        ),
        (
            {"during": [{"what": "offer_passes", "turn": 1}]},
            "during: offer_passes goes with world: offered",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScenariosRefused) as refused:
        load_scenarios(written(tmp_path, GOOD, {**GOOD, "id": "H98", **change}))
    assert "booking.jsonl:2: " in str(refused.value)
    assert said in str(refused.value)


def test_what_lasts_lasts_until_its_last_turn() -> None:
    gone = During(what="records_gone", turn=2, until=3)
    assert [turn for turn in range(1, 6) if gone.happens_in(turn)] == [2, 3]
    taken = During(what="offer_passes", turn=2)
    assert [turn for turn in range(1, 6) if taken.happens_in(turn)] == [2]


def test_every_way_to_fail_is_tried_by_a_shipped_scenario() -> None:
    tried = {(one.what, one.how) for scenario in load_scenarios() for one in scenario.during}
    ways = {(what, how) for what in get_args(What) for how in HOW.get(what, (None,))}
    assert ways - tried == set()


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenariosRefused) as refused:
        load_scenarios(written(tmp_path, {**GOOD, "split": "x"}, {**GOOD, "ends": "x"}))
    assert [line.split(":")[1] for line in str(refused.value).splitlines()] == ["1", "2"]


def test_what_is_no_json_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n{oops\n", encoding="utf-8")
    with pytest.raises(ScenariosRefused, match=r"a\.jsonl:2: line: Invalid JSON"):
        load_scenarios(tmp_path)


def test_two_scenarios_cannot_share_an_id(tmp_path: Path) -> None:
    with pytest.raises(ScenariosRefused, match=r"id: H99 is taken by booking\.jsonl:1"):
        load_scenarios(written(tmp_path, GOOD, GOOD))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenariosRefused, match=r"holds no \.jsonl file"):
        load_scenarios(tmp_path)


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({}, ["H99", "H98"]),
        ({"ids": ["H98"]}, ["H98"]),
        ({"tags": ["smoke"]}, ["H99"]),
        ({"tags": ["edge"]}, ["H98"]),
        ({"tags": ["smoke", "edge"]}, ["H99", "H98"]),
        ({"tags": ["smoke"], "ids": ["H98"]}, []),
    ],
    ids=[
        "all without a wish",
        "one by its id",
        "some by a tag",
        "some by their split",
        "either of two tags",
        "both an id and a tag",
    ],
)
def test_scenarios_are_chosen(
    tmp_path: Path, asked: dict[str, list[str]], chosen: list[str]
) -> None:
    edge = {**GOOD, "id": "H98", "split": "edge", "tags": []}
    scenarios = load_scenarios(written(tmp_path, GOOD, edge))
    assert [one.id for one in choose(scenarios, **asked)] == chosen


@pytest.mark.parametrize("asked", [{"ids": ["H1"]}, {"tags": ["smok"]}], ids=["an id", "a tag"])
def test_a_wish_for_what_is_not_there_names_what_is(
    tmp_path: Path, asked: dict[str, list[str]]
) -> None:
    scenarios = load_scenarios(written(tmp_path, GOOD))
    with pytest.raises(ScenariosRefused, match=r"there are (H99|happy, smoke)"):
        choose(scenarios, **asked)
