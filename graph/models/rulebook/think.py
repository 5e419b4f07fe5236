"""From a request to the next move: the task decides the rules, and nothing is tried forever."""

from collections.abc import Callable

from graph.models.rulebook import answer, booking, escalate, modify, triage, verify
from graph.models.rulebook.courtesy import courtesy, lost
from graph.models.rulebook.errand import errand
from graph.models.rulebook.moves import ANYTHING_ELSE, CALL_BACK, QUESTIONS, Call, Move, Say
from graph.models.rulebook.request import Request

_TASKS: dict[str, Callable[[Request], Move]] = {
    "answer": answer.step,
    "booking": booking.step,
    "modify": modify.step,
    "verify": verify.step,
    "triage": triage.step,
    "escalate": escalate.step,
}
_WRITES = (
    "book_appointment",
    "reschedule_appointment",
    "cancel_appointment",
    "book_tow",
    "request_callback",
    "join_waitlist",
    "leave_waitlist",
    "undo_cancellation",
)
_TRIES = 2


def think(request: Request) -> Move:
    """The next move. It always has words or a tool that may be called."""
    move = _done(request) or _no_more(request) or escalate.answer_to_offer(request)
    move = move or _rules(request)(request)
    if isinstance(move, Call):
        return move if _may(request, move) else _instead(request, move)
    return move if move.text.strip() else lost(request)


def _done(request: Request) -> Say | None:
    """What was done is told in the tool's own words."""
    last = request.last
    if last is None or not last.ok or last.name not in _WRITES:
        return None
    return Say(f"{last.message} {ANYTHING_ELSE}")


def _no_more(request: Request) -> Say | None:
    """The answer to "anything else?" where it is only a courtesy, whatever the task was."""
    asked = request.turn.question == ANYTHING_ELSE and request.last is None
    return courtesy(request) if asked else None


def _rules(request: Request) -> Callable[[Request], Move]:
    other = {("booking", "change"): modify.step, ("modify", "book"): booking.step}
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
