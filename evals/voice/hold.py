"""One call by voice over the whole service: held, observed from outside, and judged by its records.

caller ⇄ telephone stand-in ⇄ the service ⇄ stand-ins of recogniser, voice, model, registry
                                   └─ a database of its own
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from itertools import zip_longest

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from api.call import Call
from evals.afterwards import rows, steps
from evals.arms import Turns
from evals.callers import caller_of
from evals.checks import results
from evals.checks.run import Run, Step
from evals.records import Snapshot, differences, snapshot
from evals.scenario import CallerScript, Scenario
from evals.voice.ear import spells
from evals.voice.measures import measures
from evals.voice.observed import Observed, Turn, TurnKind
from evals.voice.plans import NOBODY, Chosen
from evals.voice.speaker import Speaker, silent
from evals.voice.stage import Stage, stage
from evals.voice.words import Entity, EntityKind, errors
from evals.worlds.databases import Databases
from graph.expect import Expectation
from shop.profile.shop import Shop

NO_NUMBER = "anonymous"
_PATIENCE_S = 20.0
_LOOK_S, _LOOKS = 0.02, 500
_BY_VOICE_ONLY = "call_turns"
"""A trace that typed calls do not leave."""

_FACTS: Mapping[Expectation, EntityKind] = {
    "name": "name", "phone": "phone", "plate": "plate", "vin": "VIN", "birth_date": "date",
    "date_time": "date",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldCall:
    """A call that was held by voice.

    Attributes:
        observed: What was to be heard, and what is wrong with it.
        steps: What was said and which tools were used, as the conversation keeps it.
        late_ms: How late this machine was at worst while it was held.
        tries: How often it was held; more than once only where the machine was too late.
    """

    chosen: Chosen
    observed: Observed
    steps: tuple[Step, ...] = ()
    late_ms: float = 0.0
    tries: int = 1

    @property
    def broken(self) -> bool:
        """Whether it left the wrong records, or breaks a budget that decides."""
        found = measures([self.observed], "whole service")
        return bool(self.observed.wrong) or any(one.broken for one in found)


async def held(chosen: Chosen, databases: Databases, turns: Turns | None = None) -> HeldCall:
    """Hold it. What breaks is part of what is told."""
    plan, scenario = chosen.plan, chosen.scenario
    now = scenario.now.astimezone(UTC)
    try:
        async with stage(
            databases,
            now,
            word_ms=plan.word_ms,
            world=scenario.world,
            registry_s=plan.registry_s,
            turns=turns,
        ) as service:
            return await _held(chosen, service, databases.shop)
    except Exception as error:
        # All people in a call are made up, so the words of the error may be shown.
        wrong = f"the call broke: {type(error).__name__}: {error}"
        return HeldCall(chosen, Observed(plan.name, wrong=(wrong,)))


async def _held(chosen: Chosen, service: Stage, shop: Shop) -> HeldCall:
    plan, script = chosen.plan, chosen.scenario.caller
    before = await snapshot(service.pool)
    async with service.twilio.call(caller=script.number or NO_NUMBER) as call:
        await call.until(lambda: call.call_sid in service.calls.live, patience_s=_PATIENCE_S)
        talk: Call = service.calls.live[call.call_sid]
        speaker = Speaker(service, call, caller_of(script), plan)
        await (silent(call) if plan.scenario == NOBODY.id else speaker.talk())
        await call.over()
    for _ in range(_LOOKS):
        if call.call_sid not in service.calls.live:
            break
        await asyncio.sleep(_LOOK_S)
    wrong = await _judged(chosen.scenario, talk, service, shop, before)
    conversation = talk.state["messages"]
    fillers = [row["fillers"] for row in await rows(service.pool, _BY_VOICE_ONLY)]
    turns = tuple(_with_kinds(speaker.turns, conversation, fillers))
    lost = errors(
        " ".join(turn.said for turn in turns),
        " ".join(str(one.text) for one in conversation if isinstance(one, HumanMessage)),
        list(_entities(script, [turn.said for turn in turns])),
    )
    observed = Observed(
        plan.name,
        turns=turns,
        intrusions=tuple(speaker.intrusions),
        cuts=tuple(speaker.cuts),
        sophie=spells(bytes(call.tape.agent)),
        caller=spells(bytes(call.tape.caller)),
        ended_ms=float(call.tape.ms),
        errors=lost,
        wrong=(*wrong, *(f"Twilio's protocol was broken: {one}" for one in call.violations)),
    )
    return HeldCall(chosen, observed, tuple(steps(conversation)))


def _entities(script: CallerScript, said: Sequence[str]) -> Iterator[Entity]:
    """The facts a caller has told, in the words in which they were said."""
    for asked, kind in _FACTS.items():
        given = (script.facts or {}).get(asked, [])
        for words in [given] if isinstance(given, str) else given:
            day, _, time = words.partition(" at ")
            if words not in said:
                continue
            yield Entity(kind, day)
            if time:
                yield Entity("time", time)


async def _judged(
    scenario: Scenario, talk: Call, service: Stage, shop: Shop, before: Snapshot
) -> tuple[str, ...]:
    """What became of the records, by the rules that do not care how it was said."""
    after = await snapshot(service.pool)
    found = differences(before, after)
    run = Run(
        lines=(),
        differences=tuple(one for one in found if one.table != _BY_VOICE_ONLY),
        columns={table: list(columns) for table, columns in after.columns.items()},
        logs=tuple(await rows(service.pool, "call_logs")),
        proofs=(),
        transferred_to=talk.state.get("transfer_to"),
        texts=(),
        failed_turns=0,
        prompt_tokens=0,
        completion_tokens=0,
    )
    rules = (results.records, results.outcome, results.effects)
    return tuple(why for rule in rules for why in rule(scenario, run, shop))


def _with_kinds(
    turns: Sequence[Turn], conversation: Sequence[AnyMessage], fillers: Sequence[int]
) -> Iterator[Turn]:
    """The turns with how their answers came, which is known only afterwards."""
    used: list[bool] = []
    for message in conversation:
        if isinstance(message, HumanMessage):
            used.append(False)
        elif isinstance(message, ToolMessage) and used:
            used[-1] = True
    for turn, tool, filler in zip_longest(turns, used, fillers):
        if turn is None:
            return
        kind: TurnKind = "bridged" if filler else "tool" if tool else "plain"
        yield replace(turn, kind=kind)
