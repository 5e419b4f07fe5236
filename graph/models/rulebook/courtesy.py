"""Answers to words that want nothing from the shop, and to words that no rule understands."""

import re
from collections.abc import Callable

from graph.models.rulebook.errand import action_in
from graph.models.rulebook.moves import ANYTHING_ELSE, QUESTIONS, WHAT_CAN_I_DO, Move, Say, ask
from graph.models.rulebook.request import Request, last_question
from graph.models.rulebook.talk import open_question
from graph.models.rulebook.words import plain
from nodes.assent import assent

_OFFERS = (ANYTHING_ELSE, "How can I help you today?", WHAT_CAN_I_DO)
_THANKS = re.compile(
    r"^(?:(?:ok(?:ay)?|alright|oh|well|yes|no|great|perfect|awesome|wonderful|cool|sounds good"
    r"|thanks|thank you|so much|very much|a lot|again|sophie|i appreciate it|that's great)\b ?)+$"
)
_NO_THANKS = ("yes", "no", "okay", "ok", "well", "alright")
_NOTHING = re.compile(
    r"\b(?:nothing(?: else)?|that's (?:all|it|everything)|that is all|that'll be all"
    r"|i'm (?:good|all set|fine)|all set|bye|goodbye)\b"
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|howdy|are you there|anybody there)"
    r"(?: (?:there|sophie|hi|hello))*$"
)
_MACHINE = re.compile(
    r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)) (?:an? |the )?(?:\w+ )?(?:robot"
    r"|machine|a ?i|bot|computer|automated|chat ?gpt|language model|person|human|real|recording)\b"
)
_WAIT = re.compile(
    r"^(?:(?:uh|um|okay|ok|please|can you|could you|just|well) )*(?:hold on|hang on|wait"
    r"|one (?:moment|sec|second|minute)|(?:just )?a (?:moment|sec|second|minute)"
    r"|let me (?:think|see|check|look)\b.*|give me a .*)"
    r"(?: (?:please|a (?:moment|sec|second|minute)))*$"
)
_WHY = re.compile(
    r"^(?:and )?(?:why|what for)(?: (?:do|does|would|is|are)\b.*)?$|\bwhy do you need\b"
)
_SERVES = "So the team has the right details for your visit."
_PROTECTS = "So that nobody but you can hear of your appointments or change them."
_SPANISH = re.compile(
    r"\b(?:hola|buenos|buenas|necesito|quiero|cita|gracias|espa[nñ]ol|habla|por favor|aceite"
    r"|carro|coche|frenos|tengo|puedo|mi)\b"
)
_REPEAT = re.compile(
    r"^(?:what|pardon|pardon me|sorry|excuse me|huh|say (?:that|it) again|come again"
    r"|(?:can|could|would) you (?:please )?(?:repeat|say)(?: that| it)?(?: again)?(?: please)?"
    r"|i (?:didn't|did not) (?:hear|catch|get) (?:that|you)|what (?:was that|did you say)"
    r"|repeat that|one more time)(?: (?:please|again|sorry))*$"
)


def courtesy(request: Request) -> Say | None:
    """The answer to words that want nothing: a greeting, thanks, "are you a robot"."""
    said = plain(request.turn.said)
    answers = (rule(request, said) for rule in _RULES)
    return next((answer for answer in answers if answer is not None), None)


def in_between(text: str) -> bool:
    """Whether a text only makes the conversation wait, repeat or explain itself."""
    said = plain(text)
    return any(one.search(said) for one in (_WAIT, _REPEAT, _GREETING, _MACHINE, _WHY))


def aside(request: Request) -> str | None:
    """What is said to such words before a wish is read back again; None for any others."""
    said = plain(request.turn.said)
    if _REPEAT.match(said):
        return "Sure. "
    polite = next((one for rule in _ASIDES if (one := rule(request, said)) is not None), None)
    if polite is None:
        return None
    return polite.text.removesuffix(last_question(polite.text)).strip() + " "


def chat(request: Request) -> Move:
    """Answer words that no task has a rule for: a courtesy, else what Sophie can do."""
    return courtesy(request) or lost(request)


def lost(request: Request) -> Say:
    """Say honestly what was not understood, each time in other words; then offer a call-back."""
    reply = ask(request, "help")
    if reply.text == QUESTIONS["help"][0] and request.turn.said.strip():
        return Say(f"I'm sorry, I didn't get that. {reply.text}")
    return reply


def what_it_is(request: Request, said: str = "") -> Say | None:
    """The honest answer to "are you a robot"."""
    if not _MACHINE.search(said or plain(request.turn.said)):
        return None
    return Say(
        "I'm Sophie, the shop's automated assistant, so not a person. I can put you through to one"
        f" if you like. {_pending(request) or WHAT_CAN_I_DO}"
    )


def _offer_answered(request: Request, said: str) -> Say | None:
    """The answer to "anything else?" or to an offer to book, where it is only a yes or a no."""
    answer, question = assent(said), request.turn.question
    no_more = question == ANYTHING_ELSE and answer == "no" and len(said.split()) < 4
    if _NOTHING.search(said) or (no_more and not action_in(said)):
        thanks = "Thank you for your time" if request.outbound else "Thanks for calling"
        return Say(f"Alright. {thanks}, and have a good day. Goodbye.")
    if "Would you like to book" in question and answer == "no":
        return Say(f"Alright. {ANYTHING_ELSE}")
    return None


def _more(request: Request, said: str) -> Say | None:
    willing = assent(said) == "yes" and len(said.split()) < 4
    if request.turn.question != ANYTHING_ELSE or not willing:
        return None
    return Say(f"Of course. {WHAT_CAN_I_DO}")


def _again(request: Request, said: str) -> Say | None:
    asked = request.turn.asked.strip()
    if not _REPEAT.match(said) or not asked:
        return None
    whole = asked if len(asked) < 200 else last_question(asked) or asked
    return Say(whole if whole.startswith("Sure. ") else f"Sure. {whole}")


def _wait(_: Request, said: str) -> Say | None:
    return Say("Of course, take your time.") if _WAIT.match(said) else None


def _why(request: Request, said: str) -> Say | None:
    if not _WHY.search(said):
        return None
    why = _PROTECTS if "check who I'm" in request.turn.asked else _SERVES
    return Say(f"{why} {_pending(request)}".strip())


def _spanish(_: Request, said: str) -> Say | None:
    if len(_SPANISH.findall(said)) < 2:
        return None
    return Say(
        "Lo siento, todavía no hablo español. I'm sorry, I only speak English so far. Would you"
        " like someone from the shop to call you back?"
    )


def _greeting(_: Request, said: str) -> Say | None:
    return Say(f"Hello! {WHAT_CAN_I_DO}") if _GREETING.match(said) else None


def _thanks(request: Request, said: str) -> Say | None:
    if not _THANKS.match(said) or said in _NO_THANKS or said.startswith("no "):
        return None
    return Say(f"You're welcome. {_pending(request) or ANYTHING_ELSE}")


def _pending(request: Request) -> str:
    return open_question(request, but=_OFFERS)


_ASIDES: tuple[Callable[[Request, str], Say | None], ...] = (_why, what_it_is, _greeting, _thanks)
_RULES: tuple[Callable[[Request, str], Say | None], ...] = (
    _offer_answered,
    _again,
    _wait,
    _why,
    what_it_is,
    _spanish,
    _greeting,
    _thanks,
    _more,
)
