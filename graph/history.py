"""The history a model is asked with is always one that a strict endpoint accepts."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

UNANSWERED = (
    '{"success": false, "error": "interrupted", '
    '"message": "This did not run: the caller cut in. Nothing was changed."}'
)


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


def tool_steps(messages: Sequence[AnyMessage]) -> int:
    """How often the model has asked for tools since the caller last spoke."""
    steps = 0
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        steps += isinstance(message, AIMessage) and bool(message.tool_calls)
    return steps


def as_heard(turn: Sequence[AnyMessage], heard: str) -> list[AIMessage]:
    """Sophie's messages of a turn, cut to what the caller heard, under their own ids.

    Args:
        turn: The messages since the caller last spoke.
        heard: The beginning of everything she said in that turn.

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
            changed.append(message.model_copy(update={"content": kept, "additional_kwargs": extra}))
    return changed


def turn_of(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages since the caller last spoke; all of them before the first turn."""
    for at in range(len(messages) - 1, -1, -1):
        if isinstance(messages[at], HumanMessage):
            return list(messages[at + 1 :])
    return list(messages)
