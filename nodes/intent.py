"""What the caller wants now. Decided anew each turn, in code, before any model is asked."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph.message import add_messages

from graph.expect import expectation
from graph.state import CallState, Proposal, Topic
from graph.tentative import words_to_come
from nodes.assent import assent
from nodes.direction import direct
from nodes.in_spanish import NO_SPANISH, was_told
from nodes.scripted import say
from nodes.understand import Understanding, understand
from nodes.wishes import kept
from shop.clock import Clock
from shop.words.numerals import plain

_CANCEL = re.compile(r"\b(?:please )?cancel(?: (?:it|that|this|the appointment|my \w+))?\b", re.I)

_REASON = re.compile(
    r"\b(?:i )?(?:just )?(?:don't|do not|won't|no longer) need (?:it|that)(?: any ?more)?\b"
    r"|\bi (?:just )?(?:can't|cannot|won't) (?:make|come|be there)(?: it)?\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class IntentNode:
    """Judge the last words: agreement to a recap first, then danger, then direction.

    Attributes:
        person_words: Words for which the owner of the shop wants a person.
    """

    clock: Clock
    zone: ZoneInfo
    person_words: tuple[str, ...] = ()

    async def __call__(self, state: CallState) -> dict[str, Any]:
        said = await words_to_come()
        if said is None:
            return self._judge(state)
        whole = cast(list[AnyMessage], add_messages(state["messages"], said["messages"]))  # type: ignore[arg-type]  # as the channel does
        update = self._judge({**state, **said, "messages": whole})
        return {**said, **update, "messages": [*said["messages"], *update.get("messages", [])]}

    def _judge(self, state: CallState) -> dict[str, Any]:
        words, reply = last_words(state["messages"]), last_reply(state["messages"])
        topic = state.get("topic", "answer")
        heard = self._understand(words, topic, expectation(reply))
        proposal = state.get("proposal")
        if proposal is not None and not (heard.danger or heard.emergency):
            now = self.clock().astimezone(self.zone)
            settled = settle(proposal, words, reply, now=now)
            if settled is not None:
                return {"proposal": settled, **stay(state)}
        if topic == "triage" and not heard.danger and _FALSE_ALARM.search(words):
            return {
                "proposal": None,
                **stay(state),
                "unsafe": False,
                "unsafe_cars": [],
                "topic": "answer",
            }
        if heard.spanish and not (heard.danger or heard.emergency or was_told(state)):
            told = {"messages": [say(NO_SPANISH)], "topic": "escalate"}
            return {"proposal": None, **stay(state), **told}
        wishes: dict[str, Any] = {**_mended(state, words, heard), **kept(state, words, heard)}
        turned = direct({**state, **wishes}, heard, words)  # type: ignore[typeddict-item]  # its own keys
        return {"proposal": None, **stay(state), **wishes, **turned}

    def _understand(self, words: str, topic: Topic, asked: str) -> Understanding:
        heard = understand(words, topic=topic, asked=asked)
        said = f" {plain(words)} "
        if any(f" {one} " in said for one in self.person_words):
            return replace(heard, intent="human")
        return heard


def stay(state: CallState) -> dict[str, Any]:
    """A caller who speaks has not gone: a good-bye or a transfer not yet made is taken back."""
    update: dict[str, Any] = {"ended": False, "transfer_to": None}
    if state.get("transfer_to") is not None:
        deeds = state.get("deeds", [])
        update["deeds"] = [deed for deed in deeds if deed["outcome"] != "transferred"]
    return update


def settle(proposal: Proposal, words: str, reply: str, *, now: datetime) -> Proposal | None:
    """The proposal as agreed to, or None: not agreed, or not heard to its end."""
    if proposal["status"] != "recapped" or not _heard(proposal["recap"], reply):
        return None
    answer = _without_the_deed(words, proposal)
    if answer and assent(answer, agreed=_agreed_time(proposal), now=now) != "yes":
        return None
    return {**proposal, "status": "agreed"}


_FALSE_ALARM = re.compile(
    r"\b(?:false alarm|(?:it|car|this one|that one|the new one)(?:'s| is| drives| runs)"
    r" (?:all |perfectly |totally |just )?(?:fine|ok|okay|safe|good|alright)"
    r"|nothing(?:'s| is) wrong|not (?:this|that) car"
    r"|(?:another|different|other|old|previous) car|was (?:last|years))\b",
    re.I,
)


_DEALER = re.compile(r"\b(?:dealer|recall)", re.I)
_MENDED = re.compile(
    r"\b(?:already|been|was|were|had|got)\b(?:\W+\w+){0,5}?"
    r"\W+(?:done|fixed|repaired|replaced|checked|mended|taken care of)\b",
    re.I,
)
_NOT_YET = re.compile(
    r"n't\b|\?|\b(?:not|never|yet|will|going to|need|needs|have to|has to|should|can|could|want"
    r"|would|if|when|once|until|before|unless)\b|'ll\b",
    re.I,
)


def _mended(state: CallState, words: str, heard: Understanding) -> dict[str, Any]:
    """A dealer has mended what a recall warns of: the car may be driven again."""
    said = any(
        _DEALER.search(part) and _MENDED.search(part) and not _NOT_YET.search(part)
        for part in re.split(r"(?<=[.;!?])\s+", words)
    )
    if not said or not state.get("unsafe") or heard.danger or heard.emergency:
        return {}
    return {"unsafe": False, "unsafe_cars": []}


def last_words(messages: list[AnyMessage]) -> str:
    """What the caller said last."""
    return next((m.text for m in reversed(messages) if isinstance(m, HumanMessage)), "")


def last_reply(messages: list[AnyMessage]) -> str:
    """What Sophie said last, as far as it was heard."""
    for message in reversed(messages):
        if isinstance(message, AIMessage) and message.text:
            return str(message.text)
    return ""


def _without_the_deed(words: str, proposal: Proposal) -> str:
    """The answer without the words of the deed itself: "yes, cancel it" is no refusal.

    Nor is the reason, where more is said than that: "I don't need it any more, so yes".
    """
    if proposal["tool"] != "cancel_appointment":
        return words
    reasoned = _REASON.sub("", words).strip(" .,!")
    return _CANCEL.sub("", reasoned or words).strip(" .,!")


def _heard(recap: str, reply: str) -> bool:
    """Whether the facts of the recap were heard; its closing question may have been cut off."""
    facts = recap.rsplit(". ", 1)[0]
    return facts in reply


def _agreed_time(proposal: Proposal) -> datetime | None:
    args = proposal["args"]
    start = args.get("start_time") or args.get("new_start_time")
    return datetime.fromisoformat(start) if start else None
