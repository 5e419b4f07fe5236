"""Everything outside of Sophie that a call depends on, and how it fails while the call lasts."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

import httpx
from langchain_core.language_models import BaseChatModel

from evals.scenario import Scenario
from evals.standins.nhtsa import NhtsaFault, NhtsaFaultKind, NhtsaStandIn
from evals.worlds import staff
from evals.worlds.changes import REGISTRY, alter, appointments_locked, take
from evals.worlds.cutting import Cuttable, cuttable
from evals.worlds.during import During
from evals.worlds.mortal import Health, MortalModel
from evals.worlds.shown import Shown, shown
from graph.models.rulebook.model import RulebookModel
from shop.cars.nhtsa import Vpic
from shop.cars.recalls import Recalls
from shop.clock import Clock
from shop.db import Pool, open_pool
from shop.desk import Desk
from shop.profile.shop import Shop

_NOWHERE = "http://127.0.0.1:9"
_REGISTRY_S = 5.0
_BRIEFLY_S = 0.3
"""How long what does not answer is waited for; on the telephone the registry gets `_REGISTRY_S`,
and a connection to the records one second."""

_MOST_REQUESTS = 20
_KINDS: dict[str, NhtsaFaultKind] = {
    "refuses": "broken", "stalls": "stall", "garbage": "garbage", "empty": "empty",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outside:
    """What Sophie is given, and what may go wrong with it.

    Attributes:
        desk: Sophie's way to the records; may be cut.
        people: The way of everybody else, which always works.
        checkpoints: Where conversations are kept; cut with the records, of which it is a part.
        model: Who thinks for her; `standbys` if it does not answer.
    """

    desk: Desk
    people: Desk
    checkpoints: Pool
    http: httpx.AsyncClient
    model: BaseChatModel
    standbys: tuple[BaseChatModel, ...] = ()
    _health: Health | None = None
    _line: Cuttable | None = None
    _registry: NhtsaStandIn | None = None
    _shown: Shown | None = None

    @asynccontextmanager
    async def during(self, events: Sequence[During], turn: int) -> AsyncIterator[None]:
        """Let happen what does in a turn, and what lasts last until the block ends."""
        async with AsyncExitStack() as stack:
            for one in events:
                if one.turn == turn:
                    await self._happens(one)
                if one.happens_in(turn):
                    await self._lasts(one, stack)
            yield

    def cut(self, how: str) -> None:
        """Cut the way to the records when what is being written is to stand."""
        assert self._line is not None, "there is one wherever it is to be cut"
        self._line.cut_at_commit(how)

    async def _happens(self, one: During) -> None:
        by_hand = self._shown
        match one:
            case During(what="slot_taken", at=at) if at is not None:
                await take(self.people.pool, at)
            case During(what="staff_moves", whose=str(whose), at=at) if at is not None:
                await (by_hand.move(whose, at) if by_hand else staff.move(self.people, whose, at))
            case During(what="staff_cancels", whose=str(whose)):
                await (by_hand.cancel(whose) if by_hand else staff.cancel(self.people, whose))
            case During(what="locked_out", whose=str(whose)):
                await staff.lock_out(self.people, whose)
            case During(what="offer_passes"):
                await staff.pass_on(self.people)

    async def _lasts(self, one: During, stack: AsyncExitStack) -> None:
        match one:
            case During(what="records_locked"):
                await stack.enter_async_context(appointments_locked(self.people.pool))
            case During(what="records_gone") if self._line is not None:
                stack.enter_context(_closed(self._line))
            case During(what="registry_fails", how=str(how)) if self._registry is not None:
                stack.enter_context(_silent(self._registry, how))
            case During(what="calendar_fails", how=str(how)) if self._shown is not None:
                stack.enter_context(self._shown.failing(how))
            case During(what="model_fails", how=str(how)) if self._health is not None:
                stack.enter_context(_sick(self._health, how))


@asynccontextmanager
async def outside(
    scenario: Scenario, dsn: str, shop: Shop, clock: Clock, model: BaseChatModel
) -> AsyncIterator[Outside]:
    """The world of a scenario: its records, and the machines its events are about."""
    kinds = {one.what for one in scenario.during}
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        pool = await enter(open_pool(dsn))
        await alter(pool, scenario.world)
        http = await enter(httpx.AsyncClient())
        registry, where = None, _NOWHERE
        if scenario.registry:
            registry = NhtsaStandIn(REGISTRY)
            where = await enter(registry.running())
        stalls = ("registry_fails", "stalls") in {(one.what, one.how) for one in scenario.during}
        patience_s = _BRIEFLY_S if stalls else _REGISTRY_S
        vpic, recalls = Vpic(where, http, patience_s), Recalls(where, http, patience_s)
        people = Desk(pool, shop, clock, vpic, recall_registry=recalls)
        found = Outside(people, people, pool, http, model, _registry=registry)
        if scenario.calendar:
            found = replace(found, _shown=await enter(shown(people, dsn, http)))
        if kinds & {"records_gone", "records_cut"}:
            line, way = await enter(cuttable(dsn))
            ours = await enter(open_pool(way))
            kept = await enter(open_pool(way))
            await asyncio.gather(ours.wait(), kept.wait())
            ours.timeout = kept.timeout = _BRIEFLY_S
            desk = replace(people, pool=ours)
            found = replace(found, desk=desk, checkpoints=kept, _line=line)
        if "model_fails" in kinds:
            health = Health()
            mortal = MortalModel(inner=model, health=health)
            found = replace(found, model=mortal, standbys=(RulebookModel(),), _health=health)
        yield found


@contextmanager
def _closed(line: Cuttable) -> Iterator[None]:
    line.close()
    try:
        yield
    finally:
        line.closed = False


@contextmanager
def _silent(registry: NhtsaStandIn, how: str) -> Iterator[None]:
    faults = (*(None for _ in registry.requests), *[NhtsaFault(_KINDS[how])] * _MOST_REQUESTS)
    registry.script = replace(registry.script, faults=faults)
    try:
        yield
    finally:
        registry.script = replace(registry.script, faults=())


@contextmanager
def _sick(health: Health, how: str) -> Iterator[None]:
    health.fault = how
    try:
        yield
    finally:
        health.fault = None
