"""The history a model is asked with is always one that a strict endpoint accepts."""

from collections.abc import Sequence
from itertools import accumulate

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from graph.models.tokens import Counter
from graph.summary import summary

UNANSWERED = (
    '{"success": false, "error": "interrupted", '
    '"message": "This did not run: the caller cut in. Nothing was changed."}'
)

KEPT_TURNS = 2
"""Whole turns before the present one that are never left out."""


def repair(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Give every tool call a result, right after the message that asked; drop orphan results."""
    results = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
    repaired: list[AnyMessage] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            continue
        if isinstance(message, AIMessage) and not message.content and not message.tool_calls:
            continue
        repaired.append(message)
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                call_id = call["id"] or ""
                result = results.get(call_id)
                repaired.append(result or ToolMessage(UNANSWERED, tool_call_id=call_id))
    return repaired


def trim_history(
    request: list[AnyMessage], counter: Counter, *, most_tokens: int
) -> list[AnyMessage]:
    """The request with its oldest turns made into a summary, if they are more than `most_tokens`.

    System messages at either end stay, tool calls stay with their results, and so do the newest
    turns. It goes down to half of the room at once, so that the beginning of the request stays the
    same for many turns and the vendor's prompt cache hits.
    """
    first, after = _talk(request)
    talk = request[first:after]
    cut = _cut(talk, [counter.message(message) for message in talk], most_tokens)
    if cut == 0:
        return request
    return [*request[:first], summary(talk[:cut]), *talk[cut:], *request[after:]]


def _talk(request: Sequence[AnyMessage]) -> tuple[int, int]:
    """Where the conversation begins and ends between the system messages around it."""
    said = [at for at, message in enumerate(request) if not isinstance(message, SystemMessage)]
    return (said[0], said[-1] + 1) if said else (0, 0)


def _cut(talk: Sequence[AnyMessage], sizes: Sequence[int], most: int) -> int:
    """The first message that is kept.

    Found by going through the call again, turn by turn, as it was when each was answered: nothing
    has to be remembered, and what was left out once stays out.
    """
    before = [0, *accumulate(sizes)]
    starts = [at for at, message in enumerate(talk) if isinstance(message, HumanMessage)]
    kept = 0
    for turn, start in enumerate(starts):
        if before[start + 1] - before[starts[kept] if kept else 0] <= most:
            continue
        while kept < turn - KEPT_TURNS and before[start + 1] - before[starts[kept]] > most // 2:
            kept += 1
    return starts[kept] if kept else 0


def tool_steps(messages: Sequence[AnyMessage]) -> int:
    """How often the model has asked for tools since the caller last spoke."""
    steps = 0
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        steps += isinstance(message, AIMessage) and bool(message.tool_calls)
    return steps


def as_heard(turn: Sequence[AnyMessage], heard: str, *, estimated: bool = False) -> list[AIMessage]:
    """Sophie's messages of a turn, cut to what the caller heard, under their own ids.

    Args:
        turn: The messages since the caller last spoke.
        heard: The beginning of everything she said in that turn.
        estimated: The telephone has not confirmed that it was played; the messages say so.

    Returns:
        Only the messages that change. What was not heard is kept beside the text.
    """
    left = len(heard)
    changed = []
    for message in turn:
        if not isinstance(message, AIMessage) or not message.text:
            continue
        said = str(message.text)
        kept, left = said[:left], max(0, left - len(said))
        if kept != said:
            extra = {**message.additional_kwargs, "interrupted": True, "unheard": said[len(kept) :]}
            if estimated:
                extra["estimated"] = True
            changed.append(message.model_copy(update={"content": kept, "additional_kwargs": extra}))
    return changed


def turn_of(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages since the caller last spoke; all of them before the first turn."""
    for at in range(len(messages) - 1, -1, -1):
        if isinstance(messages[at], HumanMessage):
            return list(messages[at + 1 :])
    return list(messages)
