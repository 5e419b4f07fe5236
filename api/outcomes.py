"""What is written down of a call that is over; nothing here changes anything."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, HumanMessage

from api.call import Call, Transfer
from graph.models.usage import Usage
from graph.state import CallState, Outcome, Topic
from nodes.intent import last_words
from shop.calls.usage import ModelUse
from shop.words.redact import cleaned


def used(model: str, took: Usage) -> ModelUse:
    """What a model took, as the records keep it. An unknown price counts as nothing."""
    return ModelUse(
        model=model,
        replies=took.replies,
        prompt_tokens=took.prompt_tokens,
        cached_tokens=took.cached_tokens,
        completion_tokens=took.completion_tokens,
        cost_micros=took.cost_micros(model) or 0,
    )


def outcome(state: CallState) -> Outcome:
    """What came of a call: the last thing done, else whether the caller got to speak at all."""
    deeds = state.get("deeds", [])
    if deeds:
        return deeds[-1]["outcome"]
    return "information_provided" if _was_answered(state) else "abandoned"


def intent(state: CallState) -> Topic:
    """What the call was about: the topic in charge, a good-bye aside."""
    topic = state.get("topic", "answer")
    return (state.get("resume") or "answer") if topic == "close" else topic


def _was_answered(state: CallState) -> bool:
    """Whether a tool told the caller something, and nothing was left half done."""
    if state.get("proposal") is not None or state.get("drafts"):
        return False
    return any(
        message.type == "tool" and message.name in ("get_service_info", "get_upcoming_appointments")
        for message in state["messages"]
    )


def summary(state: CallState, transfers: Sequence[Transfer] = ()) -> str:
    """At most sixty words on what staff should know."""
    done = [f"{deed['outcome']}: {deed['summary']}" for deed in state.get("deeds", [])]
    rang = [f"Transfer to {one.to}: {one.outcome or 'not known'}." for one in transfers]
    last = [] if done else [f"No change. Last said: {last_words(state['messages'])}"]
    return brief(" ".join([*rang, "; ".join(done), *last]))


def brief(text: str) -> str:
    """The first sixty words of a text, without what must not be kept."""
    return cleaned(" ".join(text.split()[:60]))


def transcript(call: Call) -> list[dict[str, str]]:
    """Who said what, as it was heard."""
    lines = []
    for message in call.agent.messages:
        if isinstance(message, HumanMessage):
            lines.append({"role": "caller", "text": cleaned(str(message.text))})
        elif isinstance(message, AIMessage) and message.text.strip():
            lines.append({"role": "assistant", "text": cleaned(str(message.text)).strip()})
    return lines
