"""Made-up records and the demo callers."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from psycopg import AsyncConnection

from shop.cars import vin
from shop.cars.nhtsa import Vpic
from shop.db import Pool
from shop.desk import Desk
from shop.people import verification
from shop.profile.hours import windows
from shop.profile.shop import load_shop
from shop.seed import loading as seed
from shop.seed.demo import DEMO_CALLERS, demo_id, load_demo
from shop.seed.loading import SeedRefused
from shop.seed.making import Size

pytestmark = pytest.mark.anyio

SHOP = load_shop()
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SMALL = Size(customers=60, vehicles=96, appointments=120)


async def fetch(pool: Pool, query: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def load(dsn: str, size: Size = SMALL) -> Any:
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        return await seed.load(conn, SHOP, today=TODAY, size=size)


async def test_a_small_shop(dsn: str, pool: Pool) -> None:
    await load(dsn)
    for table, count in (("customers", 60), ("vehicles", 96), ("appointments", 120)):
        assert await fetch(pool, f"SELECT count(*) FROM {table}") == [(count,)]
    for (number,) in await fetch(pool, "SELECT vin FROM vehicles"):
        assert vin.check(number).warnings == ()
    for number, year in await fetch(pool, "SELECT vin, year FROM vehicles"):
        assert vin.year_of(number) == year
    for (phone,) in await fetch(pool, "SELECT phone FROM customers"):
        assert re.fullmatch(r"\+1\d{3}555\d{4}", phone)
    owned = await fetch(pool, "SELECT count(*) FROM vehicles GROUP BY customer_id")
    assert sorted({n for (n,) in owned}) == [1, 2, 3]


async def test_every_appointment_could_have_been_booked(dsn: str, pool: Pool) -> None:
    await load(dsn)
    overlaps = """
        SELECT count(*) FROM appointments a JOIN appointments b
            ON a.id < b.id AND a.service_bay = b.service_bay AND a.during && b.during
         WHERE a.status NOT IN ('cancelled', 'no_show') AND b.status NOT IN ('cancelled', 'no_show')
    """
    assert await fetch(pool, overlaps) == [(0,)]
    by_technician = overlaps.replace("service_bay", "assigned_technician")
    assert await fetch(pool, by_technician) == [(0,)]
    rows = await fetch(
        pool,
        "SELECT scheduled_at, duration_minutes, status, service_type, b.name, t.name"
        " FROM appointments JOIN bays b ON b.id = service_bay"
        " LEFT JOIN technicians t ON t.id = assigned_technician",
    )
    for at, minutes, status, service, bay, technician in rows:
        ends_at = at + timedelta(minutes=minutes)
        day = at.astimezone(SHOP.zone).date()
        assert any(begins <= at and ends_at <= ends for begins, ends in windows(SHOP, day))
        assert bay in SHOP.bays_for(service)
        assert technician in {one.name for one in SHOP.technicians_for(service)}
        assert (status in ("scheduled", "confirmed")) == (at > NOW)


async def test_past_services_have_a_history(dsn: str, pool: Pool) -> None:
    await load(dsn)
    done = await fetch(
        pool,
        """
        SELECT count(*), count(h.id), count(*) FILTER (WHERE v.last_service_date >= h.service_date)
          FROM appointments a
          JOIN vehicles v ON v.id = a.vehicle_id
          LEFT JOIN service_history h ON h.appointment_id = a.id
         WHERE a.status = 'completed'
        """,
    )
    ((appointments, histories, dated),) = done
    assert appointments == histories == dated > 60


async def test_the_same_seed_makes_the_same_records(dsn: str) -> None:
    rows = await load(dsn)
    with pytest.raises(SeedRefused, match="already"):
        await load(dsn)
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        other = await seed.load(conn, SHOP, today=TODAY, size=SMALL, seed=2)
        for table in ("service_history", "appointments", "vehicles", "customers"):
            await conn.execute(f"DELETE FROM {table}")
    again = await load(dsn)
    assert again == rows
    assert other.customers[0]["id"] != rows.customers[0]["id"]


async def test_more_than_the_shop_can_do_is_refused(dsn: str, pool: Pool) -> None:
    with pytest.raises(SeedRefused, match="--appointments"):
        await load(dsn, Size(customers=10, vehicles=10, appointments=60_000))
    assert await fetch(pool, "SELECT count(*) FROM customers") == [(0,)]


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert seed.main(["--database-url", "mysql://somewhere"]) == 1
    assert "postgresql://" in capsys.readouterr().err
    assert seed.main(["--database-url", "postgresql:///x", "--vehicles", "5"]) == 1
    assert "--vehicles" in capsys.readouterr().err


async def demo_desk(pool: Pool, client: httpx.AsyncClient, now: datetime = NOW) -> Desk:
    await load_demo(pool, SHOP, lambda: now)
    return Desk(pool, SHOP, lambda: now, Vpic("http://127.0.0.1:9", client))


async def test_the_demo_callers_can_prove_who_they_are(pool: Pool) -> None:
    async with httpx.AsyncClient() as client:
        desk = await demo_desk(pool, client)
        for caller in DEMO_CALLERS:
            (file,) = [
                file
                for file in await desk.callers(caller.number)
                if f"{file.customer.first_name} {file.customer.last_name}" == caller.name
            ]
            assert {f"{v.color} {v.year} {v.make} {v.model}" for v in file.vehicles} == set(
                caller.drives
            )
            for factor, words in caller.proofs:
                assert verification.matches(factor, words, file)
            for vehicle in file.vehicles:
                assert vehicle.vin
                assert vin.check(vehicle.vin).warnings == ()
                assert vin.year_of(vehicle.vin) == vehicle.year


async def test_maria_has_something_to_move(pool: Pool) -> None:
    async with httpx.AsyncClient() as client:
        desk = await demo_desk(pool, client)
        (ahead,) = await desk.upcoming(demo_id("Maria Lopez"))
        assert (ahead.service_type, ahead.make) == ("oil_change", "Honda")
        # Thursday is Thanksgiving Day, so it is the first free day.
        assert ahead.scheduled_at.astimezone(SHOP.zone).isoformat() == "2026-11-25T10:00:00-06:00"
        file = await desk.file(demo_id("Maria Lopez"))
        assert file.last_service == "brake inspection"
        assert file.last_service_date == date(2026, 8, 15)


async def test_loading_the_demo_again_leaves_what_callers_changed(pool: Pool) -> None:
    async with httpx.AsyncClient() as client:
        desk = await demo_desk(pool, client)
        (ahead,) = await desk.upcoming(demo_id("Maria Lopez"))
        moved = await desk.move(
            call_sid="CA1",
            key="m",
            appointment_id=ahead.id,
            starts_at=ahead.scheduled_at + timedelta(days=2),
        )
        await demo_desk(pool, client)
        assert await desk.upcoming(demo_id("Maria Lopez")) == [moved.appointment]
        assert await fetch(pool, "SELECT count(*) FROM customers") == [(4,)]
        await desk.cancel(call_sid="CA1", key="c", appointment_id=ahead.id, reason="other")
        later = await demo_desk(pool, client, NOW + timedelta(days=8))
        (new,) = await later.upcoming(demo_id("Maria Lopez"))
        assert new.id != ahead.id
        assert new.scheduled_at.astimezone(SHOP.zone).strftime("%A") == "Thursday"


async def test_made_up_records_leave_the_demo_alone(dsn: str, pool: Pool) -> None:
    async with httpx.AsyncClient() as client:
        desk = await demo_desk(pool, client)
        await load(dsn, Size(customers=200, vehicles=320, appointments=800))
        assert len(await desk.upcoming(demo_id("Maria Lopez"))) == 1
        assert len(await desk.callers("+12175550142")) == 1
