"""Which turns a cheaper model may answer. Pure: decided from the topic and the state."""

import re

from langchain_core.messages import AIMessage, HumanMessage

from graph.history import turn_of
from graph.state import CallState, Topic

_MOST_WORDS = 12

_NOTHING_IN = r"(?:\W|\b(?:and|oh|ok|okay|well|so|please|just|then|that|it|is|it's|was|for now)\b)*"
_COURTESY = re.compile(
    rf"{_NOTHING_IN}(?:(?:yes|yeah|yep|no|nope|nothing else|that's all|that's it|thanks|thank you"
    rf"(?: so much| very much)?|great|perfect|good ?bye|bye|hello|hi|good (?:morning|afternoon))"
    rf"{_NOTHING_IN})+",
    re.IGNORECASE,
)
_ABOUT_THE_SHOP = re.compile(
    r"\b(?:what (?:time|are your hours)|(?:your|opening|business) hours|when (?:do|are) you"
    r"|(?:are you|you guys) (?:open|closed)|how late|where are you|your address|located"
    r"|do you (?:open|close))\b",
    re.IGNORECASE,
)
_MORE_THAN_THAT = re.compile(
    r"\b(?:book|appointment|schedul|slot|bring|drop|come in|cancel|mov(?:e|ing)|chang|smok|smell"
    r"|brake|fire|burn|stuck|strand|tow|hurt|accident|person|somebody|someone|human|manager"
    r"|complain)\w*",
    re.IGNORECASE,
)
_IN_COURSE = ("proposal", "drafts", "unsafe", "person_wanted", "transfer_to", "resume", "offered")
"""While any of these is set, something is under way that a slip would spoil."""

_HARMLESS = {"get_service_info"}


def is_simple(topic: Topic, state: CallState) -> bool:
    """Whether a turn is small talk or a question about hours or the way, and nothing hangs on it.

    Never one that holds a wish, an offer or danger, or whose tools did more than look up the shop.
    """
    if topic != "answer" or any(state.get(key) for key in _IN_COURSE):
        return False
    messages = state["messages"]
    said = next((str(m.text) for m in reversed(messages) if isinstance(m, HumanMessage)), "")
    tools = {
        call["name"] for m in turn_of(messages) if isinstance(m, AIMessage) for call in m.tool_calls
    }
    return tools <= _HARMLESS and _is_small(said)


def _is_small(said: str) -> bool:
    if len(said.split()) > _MOST_WORDS or _MORE_THAN_THAT.search(said):
        return False
    return bool(_COURTESY.fullmatch(said) or _ABOUT_THE_SHOP.search(said))
