"""What the language models have taken today, over all calls."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from api.calls import Calls
from api.guard import local_or_token
from api.text import busy_or_broken, calls_of
from graph.models.usage import Usage, by_model, cost

router = APIRouter(prefix="/v1/usage", dependencies=[Depends(local_or_token)], tags=["usage"])

AllCalls = Annotated[Calls, Depends(calls_of)]


@router.get("")
async def usage(calls: AllCalls) -> dict[str, Any]:
    """Tokens, cost and the share of cached prompt tokens since midnight at the shop, by model."""
    day = calls.desk.clock().astimezone(calls.desk.shop.zone).date()
    with busy_or_broken():
        rows = await calls.desk.models_used(day)
    used = {
        row["model"]: Usage(
            row["prompt_tokens"], row["completion_tokens"], row["cached_tokens"], row["replies"]
        )
        for row in rows
    }
    for call in calls.live.values():
        for model, took in by_model(call.state["messages"]).items():
            used[model] = used.get(model, Usage()) + took
    meter = calls.meter
    return {
        "day": day.isoformat(),
        "daily_tokens": meter.most if meter else None,
        "spent": bool(meter and meter.spent),
        **_told(sum(used.values(), Usage()), cost(used)),
        "models": {
            model: _told(took, took.cost_micros(model)) for model, took in sorted(used.items())
        },
    }


def _told(took: Usage, micros: int | None) -> dict[str, Any]:
    share = took.cached_share
    return {
        "replies": took.replies,
        "prompt_tokens": took.prompt_tokens,
        "cached_tokens": took.cached_tokens,
        "completion_tokens": took.completion_tokens,
        "total_tokens": took.total_tokens,
        "cached_share": None if share is None else round(share, 3),
        "cost_usd": None if micros is None else micros / 1_000_000,
    }
