"""What a conversation has yet to remember: nothing is lost, nothing is written twice."""

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.pending import Pending
from graph.state import CallState

GREETING = "Bart's Automotive, how can I help?"


def _state(*messages: AnyMessage) -> CallState:
    return CallState(messages=list(messages))


def _pending() -> Pending:
    return Pending("CA1", GREETING)


def _answered() -> tuple[Pending, CallState]:
    """A call of one turn, and its answer."""
    pending = _pending()
    asked = pending.turn(_state(), "Are you open on Saturday?")
    pending.written(asked)
    answer = AIMessage("We are. From nine to one.", id="a1")
    return pending, _state(*asked["messages"], answer)


def _texts(messages: list[AnyMessage]) -> list[str]:
    return [str(message.text) for message in messages]


def test_the_first_words_bring_the_greeting_and_what_an_earlier_call_had_come_to() -> None:
    pending = _pending()
    pending.earlier = {"name": "Maria Lopez", "service_type": "oil_change", "vehicle": None}
    asked = pending.turn(_state(), "Hello?")
    assert _texts(asked["messages"]) == [GREETING, "Hello?"]
    assert asked["unfinished"] is pending.earlier


def test_what_was_heard_rewrites_the_reply_under_its_own_id() -> None:
    pending, state = _answered()
    pending.heard("We are.", estimated=False)
    corrected, said = pending.turn(state, "And on Sunday?")["messages"]
    assert (corrected.id, corrected.text) == ("a1", "We are.")
    assert said.text == "And on Sunday?"


def test_what_was_heard_of_a_turn_that_failed_is_nobodys() -> None:
    pending, state = _answered()
    pending.written(pending.turn(state, "And on Sunday?"))
    pending.heard("Sorry, something went", estimated=True)
    assert _texts(pending.turn(state, "Hello?")["messages"]) == ["Hello?"]


def test_words_that_could_not_be_asked_come_with_the_next() -> None:
    pending, state = _answered()
    pending.words("And on Sunday?")
    assert _texts(pending.turn(state, "Hello?")["messages"]) == ["And on Sunday? Hello?"]


def test_what_is_written_is_not_written_again() -> None:
    pending, state = _answered()
    pending.aside("Take your time.")
    pending.words("Well.")
    asked = pending.turn(state)
    pending.written(asked)
    then = _state(*state["messages"], *asked["messages"])
    assert _texts(pending.turn(then, "Hello?")["messages"]) == ["Hello?"]
    assert pending.last(then) == []


def test_a_turn_begun_ahead_is_told_from_one_that_answers_something_else() -> None:
    pending, _ = _answered()
    before = pending.key
    assert pending.key == before
    pending.aside("Take your time.")
    assert pending.key != before


def test_a_call_that_ends_in_its_greeting_remembers_what_was_heard_of_it() -> None:
    pending = _pending()
    pending.heard("Bart's Automotive,", estimated=False)
    assert _texts(pending.last(_state()))[-1] == "Bart's Automotive,"


def test_a_call_that_ends_unanswered_remembers_the_question() -> None:
    pending, state = _answered()
    pending.words("And on Sunday?")
    assert [m.text for m in pending.last(state) if isinstance(m, HumanMessage)] == [
        "And on Sunday?"
    ]


def test_a_card_number_is_never_remembered() -> None:
    said = _pending().turn(_state(), "My card is 4111 1111 1111 1111")["messages"][-1]
    assert "1111" not in str(said.text)
