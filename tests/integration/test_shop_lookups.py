"""What was looked up is kept for a while, and longer while the outside is silent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from evals.standins.nhtsa import Car, NhtsaFault, NhtsaScript, NhtsaStandIn, Recall
from shop.cars.nhtsa import VinDecoding, Vpic
from shop.cars.recalls import RecallCampaign, Recalls
from shop.db import Pool, open_pool
from shop.desk import Desk
from shop.errors import BadValue, RecallsUnavailable, VehicleDataUnavailable
from shop.profile.shop import load_shop

pytestmark = pytest.mark.anyio

SHOP = load_shop()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ACCORD = "1HGCM82633A004352"
DOWN = NhtsaFault("broken")
AIR_BAGS = Recall(
    "HONDA", "ACCORD", 2003, "19V501000", "AIR BAGS:FRONTAL", "It may explode.", park_it=True
)


@dataclass(frozen=True, slots=True)
class Front:
    desk: Desk
    registry: NhtsaStandIn
    pool: Pool

    def later(self, **ahead: float) -> Desk:
        return replace(self.desk, clock=lambda: NOW + timedelta(**ahead))

    async def rows(self, table: str) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await (await conn.execute(f"SELECT * FROM {table}")).fetchall()


@asynccontextmanager
async def front(pool: Pool, *faults: NhtsaFault | None, **script: Any) -> AsyncIterator[Front]:
    registry = NhtsaStandIn(NhtsaScript(faults=faults, **script))
    async with registry.running() as url, httpx.AsyncClient() as client:
        vpic, recalls = Vpic(url, client), Recalls(url, client)
        yield Front(Desk(pool, SHOP, lambda: NOW, vpic, recall_registry=recalls), registry, pool)


@pytest.fixture
async def clear(pool: Pool) -> AsyncIterator[Front]:
    async with front(pool) as opened:
        yield opened


async def test_a_vin_is_asked_for_once_a_week(clear: Front) -> None:
    first = await clear.desk.decode_vin(ACCORD)
    assert first == VinDecoding(ACCORD, 2003, "Honda", "Accord", "EX-V6", "Coupe")
    assert await clear.later(days=6, hours=23).decode_vin("1HG CM8263 3A00 4352") == first
    assert len(clear.registry.requests) == 1
    assert await clear.later(days=7).decode_vin(ACCORD) == first
    assert len(clear.registry.requests) == 2
    assert await clear.later(days=13).decode_vin(ACCORD) == first
    assert len(clear.registry.requests) == 2


async def test_an_answer_past_its_week_is_used_while_the_registry_is_down(pool: Pool) -> None:
    async with front(pool, None, DOWN, None) as there:
        first = await there.desk.decode_vin(ACCORD)
        aged = await there.later(days=9).decode_vin(ACCORD)
        said = "the registry does not answer; this is what it said 9 days ago"
        assert aged == replace(first, warnings=(said,))
        assert await there.later(days=9).decode_vin(ACCORD) == first


@pytest.mark.parametrize(
    ("car", "fault"),
    [
        (None, None),
        (None, NhtsaFault("empty")),
        (Car(ACCORD, "HONDA", "", 2003), None),
        (Car(ACCORD, "HONDA", "Accord", 2003, {"SuggestedVIN": "x"}), DOWN),
    ],
    ids=["no details", "no values", "no model", "no answer"],
)
async def test_only_a_whole_and_clean_answer_is_kept(
    pool: Pool, car: Car | None, fault: NhtsaFault | None
) -> None:
    async with front(pool, fault, cars=() if car is None else (car,)) as there:
        await there.desk.decode_vin(ACCORD)
        assert await there.rows("vin_lookups") == []
        await there.desk.decode_vin(ACCORD)
        assert len(there.registry.requests) == 2


async def test_without_the_registry_the_number_speaks_for_itself(pool: Pool) -> None:
    nobody = "11111111111111111"
    async with front(pool, DOWN, DOWN, DOWN) as there:
        found = await there.desk.decode_vin(ACCORD)
        assert (found.make, found.year, found.model, found.source) == (
            "Honda", 2003, None, "number",
        )  # fmt: skip
        assert "worked out from the number alone" in found.warnings[0]
        with pytest.raises(VehicleDataUnavailable, match="year, make and model"):
            await there.desk.decode_vin(nobody)
        assert await there.rows("vin_lookups") == []


async def test_a_check_digit_that_does_not_fit_is_a_warning_for_an_import(pool: Pool) -> None:
    import_ = "WVWZZZ1JZXW000001"
    async with front(pool, cars=(Car(import_, "VOLKSWAGEN", "Golf", 1999),)) as there:
        found = await there.desk.decode_vin(import_)
        assert found.make == "Volkswagen"
        assert found.warnings == (
            "the check digit does not fit, which imports are allowed",
            "the check digit does not fit",
        )


async def test_recalls_are_asked_for_once_a_day_however_the_model_is_spelt(pool: Pool) -> None:
    async with front(pool, recalls=(AIR_BAGS,)) as there:
        first = await there.desk.recalls("honda", " Accord ", 2003)
        assert [one.campaign for one in first.campaigns] == ["19V501000"]
        again = await there.later(hours=23).recalls("Honda", "ACCORD", 2003)
        assert again == first
        assert there.registry.requests == [
            "/recalls/recallsByVehicle?make=HONDA&model=ACCORD&modelYear=2003"
        ]
        await there.later(days=1).recalls("Honda", "Accord", 2003)
        await there.later(days=1).recalls("Honda", "Accord", 2004)
        assert len(there.registry.requests) == 3


async def test_nothing_on_the_list_is_an_answer_to_be_kept(clear: Front) -> None:
    assert (await clear.desk.recalls("Honda", "Accord", 2004)).campaigns == ()
    assert (await clear.desk.recalls("Honda", "Accord", 2004)).campaigns == ()
    assert len(clear.registry.requests) == 1


async def test_an_old_warning_still_warns_and_an_old_silence_clears_nothing(pool: Pool) -> None:
    faults = (None, None, DOWN, DOWN)
    async with front(pool, *faults, recalls=(AIR_BAGS,)) as there:
        first = await there.desk.recalls("Honda", "Accord", 2003)
        await there.desk.recalls("Honda", "Accord", 2004)
        aged = await there.later(days=40).recalls("Honda", "Accord", 2003)
        assert aged == replace(first, outdated=True)
        with pytest.raises(RecallsUnavailable):
            await there.later(days=40).recalls("Honda", "Accord", 2004)


async def test_what_is_kept_comes_back_as_it_was(pool: Pool) -> None:
    async with front(pool, recalls=(AIR_BAGS,)) as there:
        first = await there.desk.recalls("Honda", "Accord", 2003)
        second = await there.desk.recalls("Honda", "Accord", 2003)
        assert first == second
        assert isinstance(second.campaigns[0], RecallCampaign)
        assert second.campaigns[0].received == datetime(2019, 6, 27, tzinfo=UTC).date()


@pytest.mark.parametrize(
    "found", [{}, [], {"make": "Honda"}, "?", {"vin": ACCORD, "year": "x"}], ids=str
)
async def test_a_row_of_another_version_is_asked_for_again(clear: Front, found: object) -> None:
    async with clear.pool.connection() as conn:
        row = [ACCORD, Jsonb(found), NOW]
        await conn.execute("INSERT INTO vin_lookups VALUES (%s, %s, %s)", row)
    assert (await clear.desk.decode_vin(ACCORD)).model == "Accord"
    assert len(clear.registry.requests) == 1


@pytest.mark.parametrize(
    ("make", "model", "year", "field"),
    [
        ("", "Accord", 2003, "make"),
        ("Honda", "!", 2003, "model"),
        ("Honda", "A" * 41, 2003, "model"),
        ("Honda", "Accord", 1949, "year"),
        ("Honda", "Accord", 2028, "year"),
    ],
)
async def test_a_model_that_cannot_be_is_not_asked_for(
    clear: Front, make: str, model: str, year: int, field: str
) -> None:
    with pytest.raises(BadValue) as refused:
        await clear.desk.recalls(make, model, year)
    assert refused.value.field == field
    assert clear.registry.requests == []


async def test_a_desk_without_a_list_says_so(clear: Front) -> None:
    with pytest.raises(RecallsUnavailable, match="dealer can check"):
        await replace(clear.desk, recall_registry=None).recalls("Honda", "Accord", 2003)


async def test_without_records_the_registry_is_asked(dsn: str) -> None:
    async with open_pool(dsn) as pool, front(pool, recalls=(AIR_BAGS,)) as there:
        async with pool.connection() as conn:
            await conn.execute("DROP TABLE vin_lookups, recall_lookups")
        assert (await there.desk.decode_vin(ACCORD)).model == "Accord"
        assert (await there.desk.recalls("Honda", "Accord", 2003)).campaigns != ()
