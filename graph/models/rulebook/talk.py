"""What every task of the rulebook shares: what was asked, what was offered, what was refused."""

import re
from collections.abc import Callable

from graph.expect import expectation
from graph.models.rulebook.errand import GO_ON
from graph.models.rulebook.moves import ANYTHING_ELSE, CALL_BACK, QUESTIONS, Say
from graph.models.rulebook.request import Request, Result, Turn, last_question
from graph.models.rulebook.words import plain

_CALL_BACK = re.compile(r"\bcall(?:ed)? (?:you )?back\b|\bcall-?back\b", re.IGNORECASE)
_FORGET_IT = re.compile(
    r"\b(?:never ?mind|forget (?:it|about it|the whole thing)|don't (?:book|bother)|do not book"
    r"|i changed my mind|leave it)\b"
)
_NO_THANKS = re.compile(r"(?:oh )?no (?:thanks|thank you)(?: (?:i'm good|not now|not today))?")
_BEGUN = re.compile(r"[^.!?]{5,}$")


def asks_for(turn: Turn, *kinds: str) -> bool:
    """Whether Sophie's words before this turn asked for one of these.

    A kind is one of QUESTIONS or an expectation; other models word their questions differently.
    """
    own = {kind for kind, wordings in QUESTIONS.items() if any(w in turn.asked for w in wordings)}
    own = own or _cut_short(turn)
    if own:
        return bool(own & set(kinds))
    return bool(turn.question) and expectation(turn.asked) in kinds


def _cut_short(turn: Turn) -> set[str]:
    """What a question that the caller cut into would have asked for."""
    begun = _BEGUN.search(turn.asked)
    if begun is None:
        return set()
    start = begun[0].strip()
    return {
        kind
        for kind, wordings in QUESTIONS.items()
        if any(last_question(wording).startswith(start) for wording in wordings)
    }


def pursued(
    request: Request,
    wants: Callable[[str], bool],
    *kinds: str,
    since: int = -1,
    or_heard: tuple[str, ...] = (),
) -> Turn | None:
    """The turn that began what is still being talked about; None if that is something else.

    Args:
        wants: Whether plain words begin it.
        kinds: What Sophie asks for on the way; as long as the caller was asked that, it goes on.
        or_heard: Words of hers after which it goes on, too.
    """
    for turn in reversed(request.turns):
        if turn.index <= since:
            return None
        if wants(plain(turn.said)):
            return turn
        if not asks_for(turn, *kinds) and not any(words in turn.asked for words in or_heard):
            return None
    return None


def call_back_offered(turn: Turn) -> bool:
    """Whether the question before this turn offered a call-back."""
    near = turn.asked[-240:]
    offered = turn.question not in ("", ANYTHING_ELSE, GO_ON, "Is that right?")
    return offered and bool(_CALL_BACK.search(near))


def forgets_it(text: str) -> bool:
    """Whether the caller gives up what they wanted."""
    said = plain(text)
    return bool(_FORGET_IT.search(said) or _NO_THANKS.fullmatch(said))


def refusal(result: Result, question: str = "") -> Say:
    """A tool's refusal in its own words, ending in one question.

    Args:
        result: What the tool answered; its message is a sentence fit to be spoken.
        question: What is asked if the message asks nothing itself.
    """
    message = result.message.strip()
    if message.endswith("?") and result.error != "bad_arguments":
        return Say(message)
    if result.error.endswith("unavailable") or result.error in ("attempts_spent", "too_many"):
        offer = "" if _CALL_BACK.search(message) else " I can have someone call you back."
        return Say(f"{message}{offer} Would you like that?")
    if result.error in ("bad_arguments", "unknown_tool", "one_at_a_time"):
        return Say(f"I'm sorry, that didn't work. {question}" if question else CALL_BACK)
    return Say(f"{message} {question}".strip() or CALL_BACK)


def open_question(request: Request, *, but: tuple[str, ...]) -> str:
    """The question that still waits for its answer; empty if it is only one of `but`."""
    question = request.turn.question
    return "" if question in but else question
