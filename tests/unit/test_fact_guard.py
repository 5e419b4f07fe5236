"""The spoken-fact guard: what passes, what is put right, and how long words are kept waiting."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from graph.state import CallState, Deed, OfferedSlot
from nodes.claims import checkable
from nodes.evidence import evidence, truths
from nodes.guard import FactGuard
from shop.profile.shop import load_shop

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/Chicago"))
"""A Monday."""

OFFERED = ["2026-11-24T09:00:00-06:00", "2026-11-24T10:30:00-06:00", "2026-11-24T14:00:00-06:00"]
ON_TUESDAY = "oil change for 2018 Honda Civic on Tuesday, November twenty-fourth at nine AM"
DONE = {
    "appointment_booked": ON_TUESDAY,
    "appointment_rescheduled": "moved oil change to Tuesday, November twenty-fourth at nine AM",
    "appointment_cancelled": "cancelled oil change on Tuesday, November twenty-fourth at nine AM",
}
FACTS = "Open Monday to Friday from eight AM to six PM and Saturday from nine AM to three PM."


def slots_result() -> ToolMessage:
    words = "On Tuesday, November twenty-fourth I have nine AM, ten thirty AM or two PM."
    data = {"slots": [{"start_time": start} for start in OFFERED]}
    content = orjson.dumps({"success": True, "data": data, "message": words}).decode()
    return ToolMessage(content, tool_call_id="1", name="get_available_slots")


def a_state(*, offered: bool = True, done: Iterable[str] = ()) -> CallState:
    messages: list[AnyMessage] = [HumanMessage("I need an oil change tomorrow at eleven")]
    if offered:
        call = {"name": "get_available_slots", "args": {}, "id": "1"}
        messages += [AIMessage("", tool_calls=[call]), slots_result()]
    state: CallState = {"messages": messages}
    if offered:
        state["offered"] = [
            OfferedSlot(service_type="oil_change", starts_at=start, minutes=30, bay="A1")
            for start in OFFERED
        ]
    state["deeds"] = [Deed(outcome=one, summary=DONE.get(one, "")) for one in done]  # type: ignore[typeddict-item]  # names of outcomes
    return state


def a_guard(state: CallState) -> FactGuard:
    return FactGuard(
        known=lambda: evidence(state, shop=SHOP, standing=FACTS, facts="", now=NOW),
        truth=lambda: truths(state, SHOP),
        now=NOW,
    )


def spoken(guard: FactGuard, text: str, size: int = 4) -> str:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return "".join(guard.feed(piece) for piece in pieces) + guard.close()


TRUE: list[tuple[str, dict[str, Any]]] = [
    ("Tomorrow I have nine, ten thirty or two. Which suits you?", {}),
    ("On Tuesday, November twenty-fourth I have nine AM or two PM.", {}),
    ("The earliest is nine AM, and the latest is two PM.", {}),
    ("We're open until six PM today.", {}),
    ("An oil change is usually forty to eighty dollars, and the exact price comes in writing.", {}),
    ("Brake work runs $200 to $600.", {}),
    ("You said eleven, is that right?", {}),
    ("Would you like me to book that?", {}),
    ("Once you're booked, you can just drop the car off.", {}),
    ("One moment please. What's the year, make and model?", {}),
    ("You're booked for Tuesday at nine AM.", {"done": ["appointment_booked"]}),
    ("I've cancelled it.", {"done": ["appointment_cancelled"]}),
    ("I've left a message for an advisor.", {"done": ["callback_requested"]}),
    ("A truck is on its way.", {"done": ["tow_requested"]}),
    ("It takes about thirty minutes.", {}),
    ("I can't text you, I'm afraid.", {}),
    ("A twenty nineteen Honda Civic, got it.", {}),
    ("I'm sorry, eleven is too late tomorrow.", {}),
    ("Eleven o'clock tomorrow won't work, but nine or two would.", {}),
    ("Let me check tomorrow at eleven for you.", {}),
    ("I can't give discounts, and nothing is guaranteed.", {}),
    ("Could you give me your date of birth or your license plate?", {}),
    ("There's no February thirtieth, I'm afraid.", {}),
    ("You're welcome, Maria, it's a pleasure.", {}),
    ("I've put you down as Maria Lopez.", {}),
]


@pytest.mark.parametrize(("words", "known"), TRUE, ids=[words for words, _ in TRUE])
def test_what_is_supported_passes_word_for_word(words: str, known: dict[str, Any]) -> None:
    guard = a_guard(a_state(**known))
    assert spoken(guard, words) == words
    assert guard.faults == []
    assert guard.said == words


FALSE: list[tuple[str, dict[str, Any], str]] = [
    ("Eleven is free tomorrow.", {}, "time"),
    ("Tomorrow I have nine or eleven AM.", {}, "time"),
    ("I have Tuesday at four PM.", {}, "time"),
    ("I can do noon on Wednesday.", {}, "time"),
    ("It opens at seven AM.", {}, "time"),
    ("Great, Tuesday the 25th at nine AM.", {}, "day"),
    ("An oil change is fifteen dollars.", {}, "price"),
    ("That'll be $1,200.", {}, "price"),
    ("You're booked for Tuesday at nine AM.", {}, "booked"),
    ("I've gone ahead and scheduled you.", {}, "booked"),
    ("I booked it.", {"done": ["callback_requested"]}, "booked"),
    ("Your appointment has been cancelled.", {}, "cancelled"),
    ("I've moved it to two PM.", {}, "moved"),
    ("A tow truck is on its way.", {}, "tow"),
    ("The driver will be there in twenty minutes.", {"done": ["tow_requested"]}, "eta"),
    ("I'll text you a confirmation.", {}, "text"),
    ("I've sent you an email.", {}, "text"),
    ("I've left a message for the manager.", {}, "callback"),
    ("Eleven is free tomorrow, shall I book it?", {}, "time"),
    ("Wednesday at nine AM is free.", {}, "time"),
    ("Nine is taken, but eleven is free tomorrow.", {}, "time"),
    ("See you tomorrow at nine!", {}, "booked"),
    ("Your oil change is booked.", {}, "booked"),
    ("I've put in your request.", {}, "requested"),
    ("You're on our waiting list.", {}, "waiting"),
    ("Inspections are free of charge.", {}, "price"),
    ("There's no charge for that.", {}, "price"),
    ("It's on the house.", {}, "price"),
    ("The price is guaranteed.", {}, "price"),
    ("I can waive the fee.", {}, "price"),
    ("You get ten percent off.", {}, "price"),
    ("I can give you a 10% discount.", {}, "price"),
    ("I've approved the repair.", {}, "approved"),
    ("It's your alternator.", {}, "diagnosis"),
    ("Your plate is seven A B C, one two three.", {}, "plate"),
    ("I have 7ABC123 as your plate.", {}, "plate"),
]


@pytest.mark.parametrize(
    ("words", "known", "kind"), FALSE, ids=[f"{kind}: {words}" for words, _, kind in FALSE]
)
def test_what_nothing_supports_is_put_right(words: str, known: dict[str, Any], kind: str) -> None:
    guard = a_guard(a_state(**known))
    out = spoken(guard, f"{words} Anything else?")
    assert guard.faults == [kind]
    assert words not in out
    assert out.endswith(" Anything else?")
    assert guard.said == out


def test_a_time_nobody_offered_is_replaced_by_those_that_were() -> None:
    guard = a_guard(a_state())
    out = spoken(guard, "Sure. Eleven is free tomorrow. Shall I?")
    assert out == (
        "Sure. On Tuesday, November twenty-fourth I have nine AM, ten thirty AM or two PM. Shall I?"
    )


def test_words_said_before_the_fault_lead_into_the_truth() -> None:
    guard = a_guard(a_state(offered=False))
    out = spoken(guard, "That would work nicely and it costs twelve dollars.")
    assert out.startswith("That would work nicely — sorry, let me be exact: you get the price")


def test_words_that_claim_nothing_do_not_wait() -> None:
    guard = a_guard(a_state())
    assert guard.feed("Well, that needs looking ") == "Well, that needs looking"
    assert guard.feed("into properly ") == " into properly"


def test_the_end_of_a_sentence_does_not_wait_for_what_follows() -> None:
    guard = a_guard(a_state())
    assert guard.feed("Tomorrow I have nine AM or two PM.") == "Tomorrow I have nine AM or two PM."
    assert guard.feed(" What's the car?") == " What's the car?"
    assert guard.feed(" Well,") == " Well,"


@pytest.mark.parametrize(
    "words", ["That is at nine a.", "That is at nine a.m", "It's $1,", "It's $40.", "At 10:", "Mr."]
)
def test_what_may_go_on_is_waited_for(words: str) -> None:
    guard = a_guard(a_state())
    assert not guard.feed(words).endswith(words.split()[-1])


def test_a_list_of_true_times_is_said_comma_by_comma() -> None:
    guard = a_guard(a_state())
    assert guard.feed("Tomorrow I have nine AM, ") == "Tomorrow I have nine AM,"
    assert guard.feed("two PM ") == ""


def test_a_sentence_is_not_broken_off_in_a_word_that_needs_the_next() -> None:
    guard = a_guard(a_state())
    assert guard.feed("We looked at the ") == "We looked"


BROKEN = (
    ("You're down for Tuesday at nine.", "I haven't booked anything yet."),
    (
        "I'm sorry, you're booked for four.",
        "I'm sorry, let me be exact: I haven't booked anything yet.",
    ),
    (
        "We looked into it and it's eleven dollars.",
        "We looked into — sorry, let me be exact: you get the price in writing after we've"
        " inspected the car.",
    ),
    (
        "Thanks, I have 7ABC123 as your plate.",
        "Thanks, sorry, could you tell me the plate once more?",
    ),
)


@pytest.mark.parametrize(("words", "out"), BROKEN, ids=[words for words, _ in BROKEN])
def test_what_is_put_right_reads_as_a_person_would_say_it(words: str, out: str) -> None:
    assert spoken(a_guard(a_state()), words) == out


HARMLESS = [words for words, known in TRUE if not known]
UNTRUE = [words for words, known, _ in FALSE if not known]
REPLIES = st.lists(st.sampled_from([*HARMLESS, *UNTRUE]), min_size=1, max_size=4)


@given(REPLIES, st.data())
def test_how_the_words_are_cut_changes_nothing(replies: list[str], data: st.DataObject) -> None:
    text = " ".join(replies)
    whole = a_guard(a_state())
    whole.feed(text)
    whole.close()
    guard = a_guard(a_state())
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)))
    for start, end in pairwise([0, *cuts, len(text)]):
        guard.feed(text[start:end])
    guard.close()
    assert (guard.said, guard.faults) == (whole.said, whole.faults)


@given(REPLIES)
def test_a_reply_is_put_right_once_for_each_untrue_sentence(replies: list[str]) -> None:
    guard = a_guard(a_state())
    spoken(guard, " ".join(replies))
    assert len(guard.faults) == sum(one in UNTRUE for one in replies)


@given(st.text(alphabet="abcdefgh ,.?!\n", max_size=200), st.integers(1, 9))
def test_nothing_is_lost_doubled_or_reordered(text: str, size: int) -> None:
    guard = a_guard(a_state())
    assert spoken(guard, text, size) == text


def test_the_caller_proves_nothing() -> None:
    state = a_state(offered=False)
    guard = a_guard(state)
    spoken(guard, "Tomorrow at eleven is available.")
    assert guard.faults == ["time"]


def test_what_may_claim_is_told_from_what_cannot() -> None:
    assert checkable("at nine")
    assert checkable("you're booked")
    assert not checkable("what does the car need")
