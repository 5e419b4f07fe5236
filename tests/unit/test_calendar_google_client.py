"""The shop's client of Google Calendar: what it makes of good answers, bad ones and none."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from evals.standins.google_calendar import (
    CALENDAR,
    Exchange,
    Fault,
    GoogleCalendarScript,
    GoogleCalendarStandIn,
)
from shop.calendar import errors
from shop.calendar.google import GoogleCalendar
from shop.calendar.google_events import OWNER, Event, EventBody
from shop.calendar.retry import Policy
from tests.support.google import at, calendar, connected, oil_change, plain_client

pytestmark = pytest.mark.anyio

SINCE, UNTIL = at("2026-11-01 00:00"), at("2027-01-01 00:00")


def verbs(exchanges: list[Exchange]) -> list[tuple[str, int]]:
    return [(each.method.rpartition(".")[2], each.status) for each in exchanges]


async def whole(google: GoogleCalendar, sync_token: str | None = None) -> dict[str, Event]:
    changes = await google.changes(CALENDAR, sync_token=sync_token, since=SINCE, until=UNTIL)
    return {event.id: event for event in changes.events}


async def test_an_appointment_goes_in_moves_and_goes() -> None:
    stand_in = GoogleCalendarStandIn()
    async with connected(stand_in) as google:
        made = await google.insert(CALENDAR, oil_change())
        assert made.starts_at == at("2026-12-01 09:00").astimezone(UTC)
        assert made.private == {OWNER: "appointment-1", "revision": "1"}
        later = oil_change(start="2026-12-01 13:00", end="2026-12-01 14:00")
        moved = await google.update(CALENDAR, made.id, later, etag=made.etag)
        assert moved.etag != made.etag
        assert await google.get(CALENDAR, made.id) == moved
        await google.cancel(CALENDAR, made.id)
        assert stand_in.events() == []
        gone = await google.get(CALENDAR, made.id)
        assert gone is not None
        assert gone.cancelled
        await google.cancel(CALENDAR, made.id)
        await google.cancel(CALENDAR, "nobody")
        assert await google.get(CALENDAR, "nobody") is None
    sent = [each for each in stand_in.exchanges if each.method == "calendar.events.insert"]
    assert [each.query for each in sent] == [{"sendUpdates": "none"}]
    assert "iCalUID" not in sent[0].body


@pytest.mark.parametrize(
    "kind", ["reset_after", "cut", "hang_after", "server_error", "reset_before", "unavailable"]
)
async def test_an_insert_whose_answer_is_lost_makes_one_event(kind: Any) -> None:
    stand_in = GoogleCalendarStandIn(GoogleCalendarScript(faults=(Fault(kind),)))
    policy = Policy(base_s=0.001, attempt_s=0.5)
    async with connected(stand_in, policy=policy) as google:
        made = await google.insert(CALENDAR, oil_change())
    assert (made.id, made.private[OWNER]) == ("a0b1c2d3", "appointment-1")
    assert len(stand_in.events()) == 1
    served_twice = [("insert", 200), ("insert", 409), ("get", 200)]
    lost = kind in ("reset_after", "cut", "hang_after")
    assert verbs(stand_in.exchanges) == (served_twice if lost else [("insert", 200)])


@pytest.mark.parametrize("kind", ["half_json", "garbage", "empty"])
async def test_an_insert_whose_answer_is_spoilt_is_found_the_next_time(kind: Any) -> None:
    stand_in = GoogleCalendarStandIn(GoogleCalendarScript(faults=(Fault(kind),)))
    async with connected(stand_in) as google:
        with pytest.raises(errors.CalendarGarbled):
            await google.insert(CALENDAR, oil_change())
        made = await google.insert(CALENDAR, oil_change())
    assert made.private[OWNER] == "appointment-1"
    assert len(stand_in.events()) == 1


async def test_an_insert_again_gives_back_what_is_there_as_it_is() -> None:
    stand_in = GoogleCalendarStandIn()
    async with connected(stand_in) as google:
        await google.insert(CALENDAR, oil_change())
        stand_in.staff().moves("a0b1c2d3", at("2026-12-02 09:00"))
        again = await google.insert(CALENDAR, oil_change())
    assert again.starts_at == at("2026-12-02 09:00").astimezone(UTC)


async def test_an_insert_after_a_deletion_brings_the_event_back() -> None:
    stand_in = GoogleCalendarStandIn()
    async with connected(stand_in) as google:
        await google.insert(CALENDAR, oil_change())
        stand_in.staff().deletes("a0b1c2d3")
        back = await google.insert(CALENDAR, oil_change(start="2026-12-01 08:00"))
    assert (back.status, back.starts_at) == ("confirmed", at("2026-12-01 08:00").astimezone(UTC))
    assert len(stand_in.events()) == 1


async def test_an_id_that_is_somebody_elses_is_a_conflict() -> None:
    async with connected(GoogleCalendarStandIn()) as google:
        await google.insert(CALENDAR, oil_change())
        with pytest.raises(errors.CalendarConflict):
            await google.insert(CALENDAR, oil_change(owner="appointment-2"))
        await google.cancel(CALENDAR, "a0b1c2d3")
        with pytest.raises(errors.CalendarConflict):
            await google.insert(CALENDAR, oil_change(owner="appointment-2"))


async def test_an_event_that_was_changed_meanwhile_is_not_written_over() -> None:
    stand_in = GoogleCalendarStandIn()
    async with connected(stand_in) as google:
        made = await google.insert(CALENDAR, oil_change())
        stand_in.staff().moves(made.id, at("2026-12-02 09:00"))
        with pytest.raises(errors.Changed):
            await google.update(CALENDAR, made.id, oil_change(), etag=made.etag)
        now = await google.get(CALENDAR, made.id)
        assert now is not None
        assert now.starts_at == at("2026-12-02 09:00").astimezone(UTC)
        await google.update(CALENDAR, made.id, oil_change(), etag=now.etag)
        with pytest.raises(errors.Missing):
            await google.update(CALENDAR, "nobody", oil_change(), etag=now.etag)


async def test_changes_come_page_by_page_and_then_from_the_token_on() -> None:
    stand_in = GoogleCalendarStandIn(GoogleCalendarScript(page_size=2))
    staff = stand_in.staff()
    async with connected(stand_in) as google:
        for number in range(5):
            await google.insert(CALENDAR, oil_change(f"abcde{number}", owner=str(number)))
        staff.blocks(date(2026, 12, 24), date(2026, 12, 27), summary="Christmas")
        staff.blocks(at("2027-06-01 09:00"), at("2027-06-01 10:00"))
        rule = ["RRULE:FREQ=WEEKLY;COUNT=3"]
        staff.blocks(at("2026-11-30 12:00"), at("2026-11-30 13:00"), recurrence=rule)
        first = await google.changes(CALENDAR, sync_token=None, since=SINCE, until=UNTIL)
        assert len(first.events) == 5 + 1 + 3
        assert first.zone.key == "America/Chicago"
        christmas = next(event for event in first.events if event.all_day)
        assert (christmas.first_day, christmas.last_day) == (date(2026, 12, 24), date(2026, 12, 26))
        assert christmas.starts_at == at("2026-12-24 00:00").astimezone(UTC)

        staff.moves("abcde0", at("2026-12-03 09:00"))
        staff.deletes("abcde1")
        second = await google.changes(
            CALENDAR, sync_token=first.sync_token, since=SINCE, until=UNTIL
        )
        assert {event.id: event.cancelled for event in second.events} == {
            "abcde0": False, "abcde1": True,
        }  # fmt: skip
        assert await whole(google, second.sync_token) == {}


async def test_a_token_that_is_gone_says_so_even_between_pages() -> None:
    stand_in = GoogleCalendarStandIn(GoogleCalendarScript(page_size=1))
    async with connected(stand_in) as google:
        await google.insert(CALENDAR, oil_change())
        changes = await google.changes(CALENDAR, sync_token=None, since=SINCE, until=UNTIL)
        stand_in.expire_sync_tokens()
        with pytest.raises(errors.SyncTokenGone):
            await whole(google, changes.sync_token)
        with pytest.raises(errors.SyncTokenGone):
            await whole(google, "made up")
        assert list(await whole(google)) == ["a0b1c2d3"]
        with pytest.raises(errors.Missing):
            await google.changes("nobody@example.com", sync_token=None, since=SINCE, until=UNTIL)


async def test_busy_times_of_51_calendars_take_two_requests() -> None:
    names = [f"tech{number}@group.calendar.google.com" for number in range(51)]
    script = GoogleCalendarScript(calendars=dict.fromkeys(names, "America/Chicago"))
    stand_in = GoogleCalendarStandIn(script)
    for name in (names[0], names[50]):
        stand_in.staff(name).blocks(date(2026, 12, 24), date(2026, 12, 25))
    async with connected(stand_in) as google:
        busy = await google.busy(names, SINCE, UNTIL)
        assert await google.busy([], SINCE, UNTIL) == {}
    christmas = (at("2026-12-24 00:00"), at("2026-12-25 00:00"))
    assert list(busy) == names
    assert {name for name, spans in busy.items() if spans} == {names[0], names[50]}
    assert busy[names[50]] == (christmas,)
    assert [len(each.body["items"]) for each in stand_in.exchanges] == [50, 1]


@pytest.mark.parametrize(
    ("untold", "error"),
    [
        ({"tom@example.com": "internalError"}, errors.ServerTrouble),
        ({"tom@example.com": "backendError"}, errors.ServerTrouble),
        ({"tom@example.com": "notFound"}, errors.Missing),
    ],
)
async def test_a_calendar_that_is_not_told_is_not_free(
    untold: dict[str, str], error: type[errors.CalendarError]
) -> None:
    calendars = {CALENDAR: "America/Chicago", "tom@example.com": "America/Chicago"}
    script = GoogleCalendarScript(calendars=calendars, untold=untold)
    async with connected(GoogleCalendarStandIn(script)) as google:
        with pytest.raises(error):
            await google.busy([CALENDAR, "tom@example.com"], SINCE, UNTIL)


async def test_a_channel_says_when_it_ends() -> None:
    now = datetime(2026, 12, 1, 15, tzinfo=UTC)
    stand_in = GoogleCalendarStandIn(clock=lambda: now)
    async with connected(stand_in, clock=lambda: now) as google:
        channel = await google.watch(
            CALENDAR,
            channel_id="c1",
            address="https://127.0.0.1:9/",
            token="secret",
            ttl=timedelta(days=2),
        )
        assert (channel.id, channel.expires_at) == ("c1", now + timedelta(days=2))
        await google.stop("c1", channel.resource_id)
        await google.stop("c1", channel.resource_id)
        with pytest.raises(errors.BadRequest):
            await google.watch(
                CALENDAR,
                channel_id="c2",
                address="http://127.0.0.1:9/",
                token="secret",
                ttl=timedelta(days=2),
            )


Ask = Callable[[GoogleCalendar], Awaitable[Any]]
ASKED: dict[str, Ask] = {
    "insert": lambda google: google.insert(CALENDAR, oil_change()),
    "update": lambda google: google.update(CALENDAR, "abcde", oil_change(), etag='"1"'),
    "cancel": lambda google: google.cancel(CALENDAR, "abcde"),
    "get": lambda google: google.get(CALENDAR, "abcde"),
    "changes": whole,
    "busy": lambda google: google.busy([CALENDAR], SINCE, UNTIL),
    "watch": lambda google: google.watch(
        CALENDAR, channel_id="c", address="https://x.example", token="t", ttl=timedelta(days=1)
    ),
    "stop": lambda google: google.stop("c", "r"),
}


class Answers:
    """A server that gives every request the same bytes, and every token request a token."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        self.asked.append(line.rpartition(" ")[0])
        length = 0
        while (head := (await reader.readline()).strip()) != b"":
            name, _, value = head.partition(b": ")
            length = int(value) if name.lower() == b"content-length" else length
        await reader.readexactly(length)
        status, body = self.status, self.body
        if line.startswith("POST /token"):
            status, body = 200, b'{"access_token": "ya29.%d", "expires_in": 3599}' % len(self.asked)
        head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n".encode()
        writer.write(head + b"connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"", errors.CalendarGarbled),
        (200, b"<html>", errors.CalendarGarbled),
        (200, b"\xff\x00", errors.CalendarGarbled),
        (200, b"[]", errors.CalendarGarbled),
        (200, b"null", errors.CalendarGarbled),
        (200, b"[" * 50_000, errors.CalendarGarbled),
        (302, b"", errors.CalendarGarbled),
        (400, b"{}", errors.BadRequest),
        (400, b'{"error": {"errors": [{"reason": ["odd"]}]}}', errors.BadRequest),
        (403, b'{"error": {"errors": []}}', errors.NotAllowed),
        (403, b"<html>Jane Brooks</html>", errors.NotAllowed),
        (403, b'{"error": {"errors": [{"reason": "forbidden"}]}}', errors.NotAllowed),
        (403, b'{"error": {"errors": [{"reason": "dailyLimitExceeded"}]}}', errors.RateLimited),
        (401, b"", errors.NotAllowed),
        (405, b"", errors.BadRequest),
        (409, b"", errors.CalendarConflict),
        (412, b"", errors.Changed),
        (418, b"", errors.BadRequest),
        (429, b"", errors.RateLimited),
        (500, b"", errors.ServerTrouble),
        (599, b"Jane Brooks", errors.ServerTrouble),
    ],
)
async def test_any_answer_to_any_request_has_its_name(
    status: int, body: bytes, error: type[errors.CalendarError]
) -> None:
    server = await asyncio.start_server(Answers(status, body), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    policy = Policy(attempts=1)
    async with server, plain_client() as client:
        asking = calendar(GoogleCalendarStandIn(), url, client, policy=policy)
        for name, ask in ASKED.items():
            with pytest.raises(error) as failed:
                await ask(asking)
            assert type(failed.value) is error, name
            assert "Jane" not in str(failed.value)


async def test_a_new_token_that_is_refused_too_is_the_end_of_it() -> None:
    answers = Answers(401, b"")
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, plain_client() as client:
        google = calendar(GoogleCalendarStandIn(), url, client)
        with pytest.raises(errors.NotAllowed):
            await google.get("shop", "abcde")
    get = "GET /calendar/v3/calendars/shop/events/abcde"
    assert answers.asked == ["POST /token", get, "POST /token", get]


@pytest.mark.parametrize("name", ASKED)
async def test_nobody_answers(name: str) -> None:
    async with plain_client() as client:
        google = calendar(GoogleCalendarStandIn(), "http://127.0.0.1:9", client)
        with pytest.raises(errors.Unreachable):
            await ASKED[name](google)


@pytest.mark.parametrize("name", ASKED)
async def test_a_calendar_that_hangs_holds_nobody_for_longer_than_the_budget(name: str) -> None:
    stand_in = GoogleCalendarStandIn()
    stand_in.faults.always = Fault("hang")
    policy = Policy(base_s=0.001, budget_s=0.15, attempt_s=0.05)
    async with connected(stand_in, policy=policy) as google:
        with pytest.raises(errors.Unreachable):
            await ASKED[name](google)


async def test_whoever_stops_waiting_stops_the_request() -> None:
    stand_in = GoogleCalendarStandIn()
    stand_in.faults.always = Fault("hang")
    async with connected(stand_in) as google:
        asked = asyncio.create_task(google.insert(CALENDAR, oil_change()))
        await stand_in.faults.held.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked


async def test_ids_of_all_kinds_find_their_way() -> None:
    odd = "en.usa#holiday@group.v.calendar.google.com"
    script = GoogleCalendarScript(calendars={odd: "America/Chicago", "a b?c": "UTC"})
    stand_in = GoogleCalendarStandIn(script)
    async with connected(stand_in) as google:
        for name in (odd, "a b?c"):
            body = EventBody(
                id="abcde",
                summary="Oil change",
                starts_at=at("2026-12-01 09:00"),
                ends_at=at("2026-12-01 10:00"),
                zone=google.zone,
                private={OWNER: "1"},
            )
            await google.insert(name, body)
            assert len(stand_in.events(name)) == 1
