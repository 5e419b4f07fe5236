"""From a request to the next move: the task decides the rules, and nothing is tried forever."""

import re
from collections.abc import Callable

from graph.models.rulebook import (
    answer,
    booking,
    escalate,
    followup,
    modify,
    recalls,
    regret,
    reminder,
    triage,
    verify,
    waiting,
)
from graph.models.rulebook.courtesy import aside, courtesy, lost
from graph.models.rulebook.customer import foreign_phone
from graph.models.rulebook.errand import errand, taken_up
from graph.models.rulebook.further import further, questions, told_with
from graph.models.rulebook.moves import (
    ANYTHING_ELSE,
    CALL_BACK,
    QUESTIONS,
    Call,
    Move,
    Say,
    ask,
    was_asked,
)
from graph.models.rulebook.proofs import proof_in
from graph.models.rulebook.request import Request, Result
from graph.models.rulebook.services import service_in
from nodes.assent import assent

_TASKS: dict[str, Callable[[Request], Move]] = {
    "answer": answer.step,
    "booking": booking.step,
    "modify": modify.step,
    "verify": verify.step,
    "triage": triage.step,
    "escalate": escalate.step,
}
_FIRST = (reminder.step, followup.step, escalate.late, waiting.step, regret.step, recalls.step)
"""What a caller can want in the middle of any task but one: a car that may be unsafe."""
_WRITES = (
    "book_appointment",
    "reschedule_appointment",
    "cancel_appointment",
    "book_tow",
    "request_callback",
    "join_waitlist",
    "leave_waitlist",
    "undo_cancellation",
    "confirm_appointment",
)
_TRIES = 2
_HEARD = 0.6
"""The share of a confirmation that tells what was done."""

_IS_IT_DONE = re.compile(
    r"\b(?:hello|what|sorry|pardon|again|booked|set|done|work(?:ed)?|through|are you there)\b",
    re.IGNORECASE,
)


def think(request: Request) -> Move:
    """The next move. It always has words or a tool that may be called."""
    move = (
        _done(request)
        or _unheard(request)
        or _no_more(request)
        or escalate.answer_to_offer(request)
    )
    move = move or _foreign(request) or _anywhere(request) or _by_task(request)
    if isinstance(move, Call):
        return move if _may(request, move) else _instead(request, move)
    return move if move.text.strip() else lost(request)


def _done(request: Request) -> Say | None:
    """What was done is told in the tool's own words."""
    last = request.last
    if last is None or not last.ok or last.name not in _WRITES:
        return None
    return Say(f"{last.message} {further(request)}")


def _unheard(request: Request) -> Say | None:
    """What was done a turn ago and not heard, to a caller who says yes again or asks for it."""
    made = [result for result in request.results if result.turn == request.turn.index - 1]
    if request.last is not None or not made or not made[-1].ok or made[-1].name not in _WRITES:
        return None
    message, said = made[-1].message, request.turn.said
    heard = len(request.turn.asked.strip()) >= _HEARD * len(message)
    if heard or not (assent(said) == "yes" or _IS_IT_DONE.search(said)):
        return None
    return Say(f"{message} {further(request)}")


def _no_more(request: Request) -> Move | None:
    """The answer to "anything else?" where it is only a courtesy, whatever the task was."""
    if request.last is not None:
        return None
    if (held := _read_back(request)) is not None and (words := aside(request)) is not None:
        return Call(held.name, dict(held.args), words)
    if taken_up(request.turn) and assent(request.turn.said) == "no":
        return Say(f"Alright. {ANYTHING_ELSE}")
    return courtesy(request) if request.turn.question == ANYTHING_ELSE else None


def _read_back(request: Request) -> Result | None:
    """The wish that was read back right before the caller's words."""
    last = next(reversed(request.results), None)
    return last if last is not None and last.held and last.turn == request.turn.index - 1 else None


def _anywhere(request: Request) -> Move | None:
    """What has rules of its own, whatever the task is."""
    if request.task == "triage":
        return None
    if _proves(request):
        return verify.step(request)
    moves = (rule(request) for rule in _FIRST)
    return next((move for move in moves if move is not None), None)


def _by_task(request: Request) -> Move:
    """What the task's rules say; a question asked in the same breath is answered first."""
    if answer.asks_for_another_price(request):
        topic = service_in(request.turn.said)
        return (
            Call("get_service_info", {"topic": topic})
            if request.last is None
            else answer.step(request)
        )
    if request.task in ("booking", "modify", "verify"):
        last = request.last
        asked = [*questions(request), *filter(answer.asks_a_price, [request.turn.said])]
        topics = (answer.topic_of(one, request) for one in asked)
        if last is None and (topic := next((one for one in topics if one), None)):
            return Call("get_service_info", {"topic": topic})
        if last is not None and last.name == "get_service_info" and last.ok:
            if answer.was_read_back(request):
                return answer.step(request)
            return told_with(last.message, _rules(request)(request))
    return _rules(request)(request)


def _proves(request: Request) -> bool:
    """Whether the caller answers the rulebook's own question for a proof with one."""
    asked = was_asked(request, "proof", "zip") and request.last is None
    proof = proof_in(request.turn.said, asked=True) if asked else None
    return proof is not None and not request.facts.verified and not request.outbound


def _foreign(request: Request) -> Say | None:
    """Numbers that the shop does not ring are refused before anything is promised."""
    if request.last is not None or not foreign_phone(request):
        return None
    return ask(request, "phone", "I'm sorry, we can only call numbers in the US and Canada.")


def _rules(request: Request) -> Callable[[Request], Move]:
    other = {
        ("booking", "change"): modify.step,
        ("modify", "book"): booking.step,
        ("escalate", "book"): booking.step,
    }
    found = other.get((request.task, errand(request)))
    return found or _TASKS.get(request.task, answer.step)


def _may(request: Request, call: Call) -> bool:
    """Whether the tool is there, and was not just refused or done with these same arguments."""
    if call.name not in request.tools:
        return False
    same = [r for r in request.results if r.name == call.name and r.args == call.args]
    if any(r.turn == request.turn.index for r in same):
        return False
    newest = [r for r in request.results if r.name == call.name][-_TRIES:]
    refused = [r for r in newest if r in same and not r.ok and not r.held]
    return len(refused) < _TRIES


def _instead(request: Request, call: Call) -> Say:
    """What is said where the tool cannot be called."""
    told = request.last
    if told is not None and not told.held and told.message and told.name == call.name:
        message = told.message
        return Say(message if message.endswith("?") else f"{message} {QUESTIONS['change'][0]}")
    if told is not None and told.ok and told.message:
        return Say(f"{call.text or told.message} Is there anything else?".strip())
    return Say(CALL_BACK)
