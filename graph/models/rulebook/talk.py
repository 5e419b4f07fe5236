"""What every task of the rulebook shares: what was asked, refusals, courtesies, being lost."""

import re

from graph.expect import expectation
from graph.models.rulebook.moves import ANYTHING_ELSE, CALL_BACK, QUESTIONS, Move, Say, ask
from graph.models.rulebook.request import Request, Result, Turn, last_question
from graph.models.rulebook.words import plain
from nodes.assent import assent

_CALL_BACK = re.compile(r"\bcall(?:ed)? (?:you )?back\b|\bcall-?back\b", re.IGNORECASE)
_THANKS = re.compile(
    r"^(?:(?:ok(?:ay)?|alright|oh|well|yes|no|great|perfect|awesome|wonderful|cool|sounds good"
    r"|thanks|thank you|thank|so much|very much|a lot|again|sophie|i appreciate it|that's great)\b ?)+$"
)
_NOTHING = re.compile(
    r"\b(?:nothing(?: else)?|that's (?:all|it|everything)|that is all|that'll be all|i'm (?:good"
    r"|all set"
    r"|fine)|all set|bye|goodbye)\b"
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|howdy|are you there|anybody there)"
    r"(?: (?:there|sophie|hi|hello))*$"
)
_MACHINE = re.compile(
    r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)) (?:an? |the )?(?:\w+ )?(?:robot"
    r"|machine|a ?i|bot|computer|automated|chat ?gpt|language model|person|human|real|recording)\b"
)
_FORGET_IT = re.compile(
    r"\b(?:never ?mind|forget (?:it|about it|the whole thing)|don't (?:book|bother)|do not book"
    r"|i changed my mind|leave it)\b"
)
_WAIT = re.compile(
    r"^(?:(?:uh|um|okay|ok|please|can you|could you|just|well) )*(?:hold on|hang on|wait"
    r"|one (?:moment|sec"
    r"|second|minute)|(?:just )?a (?:moment|sec|second|minute)|let me (?:think|see|check"
    r"|look)\b.*|give me"
    r" a .*)(?: (?:please|a (?:moment|sec|second|minute)))*$"
)
_WHY = re.compile(
    r"^(?:and )?(?:why|what for)(?: (?:do|does|would|is|are)\b.*)?$"
    r"|\bwhy do you need\b"
)
_BEGUN = re.compile(r"[^.!?]{5,}$")
_SPANISH = re.compile(
    r"\b(?:hola|buenos|buenas|necesito|quiero|cita|gracias|espa[nñ]ol|habla|por favor|aceite|carro|coche"
    r"|frenos|tengo|puedo|mi)\b"
)
_REPEAT = re.compile(
    r"^(?:what|pardon|pardon me|sorry|excuse me|huh|say (?:that|it) again|come again"
    r"|(?:can|could|would) you (?:please )?(?:repeat|say)(?: that| it)?(?: again)?(?: please)?"
    r"|i (?:didn't|did not) (?:hear|catch|get) (?:that|you)|what (?:was that|did you say)"
    r"|repeat that"
    r"|one more time)(?: (?:please|again|sorry))*$"
)


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


def call_back_offered(turn: Turn) -> bool:
    """Whether the question before this turn offered a call-back."""
    near = turn.asked[-240:]
    return bool(turn.question) and bool(_CALL_BACK.search(near)) and "Is that right?" not in near


def forgets_it(text: str) -> bool:
    """Whether the caller gives up what they wanted."""
    return bool(_FORGET_IT.search(plain(text)))


def says_no_more(request: Request) -> bool:
    """Whether the caller wants nothing else, in answer to being asked."""
    said = plain(request.turn.said)
    return bool(_NOTHING.search(said)) or (
        request.turn.question == ANYTHING_ELSE and assent(request.turn.said) == "no"
    )


def refusal(result: Result, question: str = "") -> Say:
    """A tool's refusal in its own words, ending in one question.

    Args:
        result: What the tool answered; its message is a sentence fit to be spoken.
        question: What is asked if the message asks nothing itself.
    """
    message = result.message.strip()
    if result.error.endswith("unavailable") or result.error in ("attempts_spent", "too_many"):
        offer = "" if _CALL_BACK.search(message) else " I can have someone call you back."
        return Say(f"{message}{offer} Would you like that?")
    if result.error in ("bad_arguments", "unknown_tool", "one_at_a_time"):
        return Say(f"I'm sorry, that didn't work. {question}" if question else CALL_BACK)
    if message.endswith("?") or not question:
        return Say(message or CALL_BACK)
    return Say(f"{message} {question}")


def courtesy(request: Request) -> Say | None:
    """The answer to words that want nothing: a greeting, thanks, "are you a robot"."""
    said = plain(request.turn.said)
    if says_no_more(request):
        return Say("Alright. Thanks for calling, and have a good day. Goodbye.")
    offered = "Would you like to book" in request.turn.question
    if offered and assent(request.turn.said) == "no":
        return Say(f"Alright. {ANYTHING_ELSE}")
    willing = assent(request.turn.said) == "yes" and len(said.split()) < 4
    if request.turn.question == ANYTHING_ELSE and willing:
        return Say("Of course. What can I do for you?")
    if _REPEAT.match(said) and (asked := request.turn.asked.strip()):
        return Say(_again(asked))
    if _WAIT.match(said):
        return Say("Of course, take your time.")
    if _WHY.search(said):
        pending = _pending(request)
        return Say(f"So the team has the right details for your visit. {pending}".strip())
    if (honest := what_it_is(request)) is not None:
        return honest
    if len(_SPANISH.findall(said)) > 1:
        return Say(
            "Lo siento, todavía no hablo español. I'm sorry, I only speak English so far. Would you"
            " like someone from the shop to call you back?"
        )
    if _GREETING.match(said):
        return Say("Hello! What can I do for you?")
    if _THANKS.match(said) and said not in ("yes", "no", "okay", "ok", "well"):
        return Say(f"You're welcome. {_pending(request) or ANYTHING_ELSE}")
    return None


def what_it_is(request: Request) -> Say | None:
    """The honest answer to "are you a robot"."""
    if not _MACHINE.search(plain(request.turn.said)):
        return None
    return Say(
        "I'm Sophie, the shop's automated assistant, so not a person. I can put you through to one"
        f" if you like. {_pending(request) or 'What can I do for you?'}"
    )


def chat(request: Request, before: str = "") -> Move:
    """Answer words that no rule understands: a courtesy, else what Sophie can do."""
    if not before and (polite := courtesy(request)) is not None:
        return polite
    return lost(request)


def lost(request: Request) -> Say:
    """Say honestly what was not understood, each time in other words; then offer a call-back."""
    reply = ask(request, "help")
    if reply.text == QUESTIONS["help"][0] and request.turn.said.strip():
        return Say(f"I'm sorry, I didn't get that. {reply.text}")
    return reply


def _again(asked: str) -> str:
    """The last reply once more, without an apology said twice."""
    whole = asked if len(asked) < 200 else last_question(asked) or asked
    return f"Sure. {whole}" if not whole.startswith("Sure. ") else whole


def _pending(request: Request) -> str:
    """The question that is still open; empty if the last one was only an offer of help."""
    question = request.turn.question
    offers = (ANYTHING_ELSE, "How can I help you today?", "What can I do for you?")
    return "" if question in offers else question
