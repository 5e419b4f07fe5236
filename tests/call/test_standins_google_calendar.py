"""The stand-in for Google Calendar over a real socket: against Google's description and client."""

import asyncio
import re
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials

from evals.standins.google_calendar import (
    CALENDAR,
    Fault,
    GoogleCalendarScript,
    GoogleCalendarStandIn,
)
from evals.standins.google_calendar_api import ROOT, Api
from evals.standins.google_calendar_faults import Kind
from evals.standins.script import load
from shop.calendar.errors import NotAllowed
from tests.support.google import at, calendar, connected, oil_change, plain_client
from tests.support.google_discovery import check, discovery, method

with warnings.catch_warnings():
    # It warns of the version of a library that plays no part here.
    warnings.simplefilter("ignore", FutureWarning)
    from googleapiclient.discovery import build
    from googleapiclient.errors import HttpError

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
EVENTS = f"{ROOT}/calendars/{CALENDAR}/events"
START = {"dateTime": "2026-12-01T09:00:00-06:00"}
END = {"dateTime": "2026-12-01T10:00:00-06:00"}


@pytest.fixture
def stand_in() -> GoogleCalendarStandIn:
    return GoogleCalendarStandIn()


@asynccontextmanager
async def asking(stand_in: GoogleCalendarStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a good token; in the end everything served is held against the description."""
    async with stand_in.running() as url, plain_client(url) as client:
        token = (await client.post("/token", data=consent(stand_in))).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client
    for exchange in stand_in.exchanges:
        if exchange.status < 300:
            check(exchange)


def consent(stand_in: GoogleCalendarStandIn) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "client_id": stand_in.tokens.client_id,
        "client_secret": stand_in.tokens.client_secret,
        "refresh_token": stand_in.tokens.refresh_token,
    }


@pytest.fixture
async def raw(stand_in: GoogleCalendarStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A client of this test's own stand-in."""
    async with asking(stand_in) as client:
        yield client


@pytest.fixture(scope="module")
def shared_stand_in() -> GoogleCalendarStandIn:
    """For the tests that leave nothing behind: a server takes a fifth of a second to stop."""
    return GoogleCalendarStandIn()


@pytest.fixture(scope="module")
async def shared(shared_stand_in: GoogleCalendarStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that."""
    async with asking(shared_stand_in) as client:
        yield client


def reasons(answer: httpx.Response) -> tuple[int, str]:
    """The status and Google's word, of an error in Google's shape."""
    error = answer.json()["error"]
    assert error.keys() == {"errors", "code", "message"}
    (only,) = error["errors"]
    assert {"domain", "reason", "message"} <= only.keys()
    assert (error["code"], error["message"]) == (answer.status_code, only["message"])
    return answer.status_code, only["reason"]


def test_every_method_is_where_google_has_it(stand_in: GoogleCalendarStandIn) -> None:
    api = Api(stand_in.script, stand_in.tokens, stand_in.channels, lambda: datetime.now(UTC))
    described = {
        (f"{ROOT}/{each['path']}", each["httpMethod"])
        for resource in ("events", "freebusy", "channels")
        for each in discovery()["resources"][resource]["methods"].values()
    }
    for route in api.routes():
        assert route.methods is not None
        assert any((route.path, verb) in described for verb in route.methods), route.path


async def test_an_event_is_written_read_changed_and_deleted(raw: httpx.AsyncClient) -> None:
    private = {"appointment": "a1", "revision": "1"}
    body = {
        "id": "abc123",
        "summary": "Oil change",
        "start": START,
        "end": END,
        "colorId": "5",
        "reminders": {"useDefault": False},
        "extendedProperties": {"private": private},
    }
    made = (await raw.post(EVENTS, params={"sendUpdates": "none"}, json=body)).json()
    assert made["status"] == "confirmed"
    assert made["iCalUID"] == "abc123@google.com"
    assert made["start"]["dateTime"] == "2026-12-01T09:00:00-06:00"

    patch = {"end": {"dateTime": "2026-12-01T11:00:00-06:00"}, "colorId": None}
    patched = (await raw.patch(f"{EVENTS}/abc123", json=patch)).json()
    assert patched["extendedProperties"]["private"] == private
    assert "colorId" not in patched
    assert (patched["sequence"], patched["etag"] != made["etag"]) == (1, True)

    put = {"summary": "Brakes", "start": START, "end": END}
    headers = {"if-match": patched["etag"]}
    updated = (await raw.put(f"{EVENTS}/abc123", json=put, headers=headers)).json()
    assert "extendedProperties" not in updated
    again = await raw.put(f"{EVENTS}/abc123", json=put, headers=headers)
    assert reasons(again) == (412, "conditionNotMet")

    assert (await raw.delete(f"{EVENTS}/abc123")).status_code == 204
    assert reasons(await raw.delete(f"{EVENTS}/abc123")) == (410, "deleted")
    assert (await raw.get(f"{EVENTS}/abc123")).json()["status"] == "cancelled"
    assert reasons(await raw.post(EVENTS, json=body)) == (409, "duplicate")
    back = (await raw.put(f"{EVENTS}/abc123", json=put)).json()
    assert back["status"] == "confirmed"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"start": START}, "required"),
        ({"end": END}, "required"),
        ({"start": START, "end": {"date": "2026-12-02"}}, "invalid"),
        ({"start": END, "end": START}, "timeRangeEmpty"),
        ({"start": {"dateTime": "2026-12-01T09:00:00"}, "end": END}, "required"),
        ({"start": {"dateTime": "tomorrow"}, "end": END}, "invalid"),
        ({"start": START, "end": END, "id": "xyz!"}, "invalid"),
        ({"start": START, "end": END, "id": "abcde", "iCalUID": "a@b"}, "invalid"),
        ({"start": START, "end": END, "status": "done"}, "invalid"),
        ({"start": START, "end": END, "colorId": "12"}, "invalid"),
        (
            {"start": START, "end": END, "extendedProperties": {"private": {"k" * 45: "v"}}},
            "invalid",
        ),
    ],
    ids=[
        "no end", "no start", "a day and a time", "the end first", "no zone", "not a time",
        "letters an id may not have", "id and iCalUID", "an unknown status", "an unknown color",
        "a long name of a property",
    ],
)  # fmt: skip
async def test_a_wrong_event_is_refused(shared: httpx.AsyncClient, body: Json, reason: str) -> None:
    assert reasons(await shared.post(EVENTS, json=body)) == (400, reason)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-01T00:00:00Z"},
         (400, "timeRangeEmpty")),
        ({"timeMin": "2026-12-01"}, (400, "badRequest")),
        ({"orderBy": "startTime"}, (400, "invalid")),
        ({"maxResults": "0"}, (400, "invalid")),
        ({"syncToken": "what"}, (400, "invalid")),
        ({"pageToken": "what"}, (400, "invalid")),
        ({"timeZone": "Mars/Base"}, (400, "invalid")),
    ],
    ids=[
        "an empty window", "a time without an offset", "an order of series", "no page size",
        "not a sync token", "not a page token", "no zone",
    ],
)  # fmt: skip
async def test_a_wrong_list_is_refused(
    shared: httpx.AsyncClient, params: dict[str, str], expected: tuple[int, str]
) -> None:
    assert reasons(await shared.get(EVENTS, params=params)) == expected


@pytest.mark.parametrize(
    "name",
    ["iCalUID", "orderBy", "privateExtendedProperty", "timeMin", "timeMax", "updatedMin"],
)
async def test_what_may_not_come_with_a_sync_token(shared: httpx.AsyncClient, name: str) -> None:
    token = (await shared.get(EVENTS)).json()["nextSyncToken"]
    assert reasons(await shared.get(EVENTS, params={"syncToken": token, name: "x"})) == (
        400, "invalid",
    )  # fmt: skip
    hidden = await shared.get(EVENTS, params={"syncToken": token, "showDeleted": "false"})
    assert reasons(hidden) == (400, "invalid")


async def test_a_list_comes_in_pages_and_then_only_what_changed(
    stand_in: GoogleCalendarStandIn, raw: httpx.AsyncClient
) -> None:
    staff = stand_in.staff()
    made = [staff.blocks(at(f"2026-12-0{day} 09:00"), at(f"2026-12-0{day} 10:00"))["id"]
            for day in range(1, 6)]  # fmt: skip
    params = {"maxResults": "2", "singleEvents": "true", "showDeleted": "true"}
    seen: list[str] = []
    page: Json = {}
    while "nextSyncToken" not in page:
        more = {"pageToken": page["nextPageToken"]} if page else {}
        page = (await raw.get(EVENTS, params=params | more)).json()
        assert ("nextPageToken" in page) != ("nextSyncToken" in page)
        seen += [event["id"] for event in page["items"]]
        staff.edits(made[0], {"summary": "changed while it was being read"})
    assert seen == made
    staff.deletes(made[4])
    asked = params | {"syncToken": page["nextSyncToken"]}
    changed = (await raw.get(EVENTS, params=asked)).json()
    assert {event["id"]: event["status"] for event in changed["items"]} == {
        made[0]: "confirmed", made[4]: "cancelled",
    }  # fmt: skip
    stand_in.expire_sync_tokens()
    assert reasons(await raw.get(EVENTS, params=asked)) == (410, "fullSyncRequired")
    assert len((await raw.get(EVENTS)).json()["items"]) == 4


async def test_a_series_is_told_as_its_instances(
    stand_in: GoogleCalendarStandIn, raw: httpx.AsyncClient
) -> None:
    staff = stand_in.staff()
    rule = ["RRULE:FREQ=WEEKLY;COUNT=4"]
    # Summer time ends on the first of November 2026.
    lunch = staff.blocks(at("2026-10-26 12:00"), at("2026-10-26 13:00"), recurrence=rule)
    params = {"singleEvents": "true", "timeMin": "2026-10-01T00:00:00Z"}
    page = (await raw.get(EVENTS, params=params)).json()
    assert [event["start"]["dateTime"] for event in page["items"]] == [
        "2026-10-26T12:00:00-05:00", "2026-11-02T12:00:00-06:00",
        "2026-11-09T12:00:00-06:00", "2026-11-16T12:00:00-06:00",
    ]  # fmt: skip
    assert {event["recurringEventId"] for event in page["items"]} == {lunch["id"]}
    second, third, fourth = (event["id"] for event in page["items"][1:])
    staff.moves(second, at("2026-11-02 11:00"))
    staff.deletes(third)
    asked = {"singleEvents": "true", "syncToken": page["nextSyncToken"]}
    page = (await raw.get(EVENTS, params=asked)).json()
    assert {event["id"]: event["status"] for event in page["items"]} == {
        second: "confirmed", third: "cancelled",
    }  # fmt: skip
    staff.deletes(lunch["id"])
    asked = {"singleEvents": "true", "syncToken": page["nextSyncToken"]}
    page = (await raw.get(EVENTS, params=asked)).json()
    gone = {event["id"] for event in page["items"] if event["status"] == "cancelled"}
    assert fourth in gone
    masters = (await raw.get(EVENTS, params={"showDeleted": "true"})).json()["items"]
    assert {event["id"] for event in masters} == {lunch["id"], second, third}


async def test_busy_times_are_merged_and_what_is_not_told_looks_free(
    stand_in: GoogleCalendarStandIn, raw: httpx.AsyncClient
) -> None:
    staff = stand_in.staff()
    staff.blocks(at("2026-12-01 09:00"), at("2026-12-01 10:00"))
    staff.blocks(at("2026-12-01 09:30"), at("2026-12-01 11:00"))
    staff.blocks(at("2026-12-01 12:00"), at("2026-12-01 13:00"), transparency="transparent")
    staff.blocks(date(2026, 12, 2), date(2026, 12, 3))
    question = {
        "timeMin": "2026-12-01T06:00:00Z",
        "timeMax": "2026-12-03T18:00:00Z",
        "items": [{"id": CALENDAR}, {"id": "nobody@example.com"}],
    }
    found = (await raw.post(f"{ROOT}/freeBusy", json=question)).json()["calendars"]
    assert found[CALENDAR]["busy"] == [
        {"start": "2026-12-01T15:00:00Z", "end": "2026-12-01T17:00:00Z"},
        {"start": "2026-12-02T06:00:00Z", "end": "2026-12-03T06:00:00Z"},
    ]
    assert found["nobody@example.com"] == {
        "busy": [], "errors": [{"domain": "global", "reason": "notFound"}],
    }  # fmt: skip
    many = question | {"items": [{"id": f"c{number}"} for number in range(51)]}
    found = (await raw.post(f"{ROOT}/freeBusy", json=many)).json()["calendars"]
    assert {each["errors"][0]["reason"] for each in found.values()} == {"tooManyCalendarsRequested"}
    del question["timeMin"]
    assert reasons(await raw.post(f"{ROOT}/freeBusy", json=question)) == (400, "required")


async def test_nobody_is_served_without_a_good_token(
    stand_in: GoogleCalendarStandIn, raw: httpx.AsyncClient
) -> None:
    stand_in.tokens.forget()
    refused = await raw.get(EVENTS)
    assert reasons(refused) == (401, "authError")
    assert "www-authenticate" in refused.headers


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"refresh_token": "1//other"}, 400, "invalid_grant"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        (
            {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"},
            400,
            "invalid_grant",
        ),
    ],
    ids=["another refresh token", "client", "secret", "way", "an assertion that is none"],
)
async def test_tokens_are_not_given_for_anything_else(
    shared_stand_in: GoogleCalendarStandIn,
    shared: httpx.AsyncClient,
    change: dict[str, str],
    status: int,
    error: str,
) -> None:
    form = consent(shared_stand_in)
    answer = await shared.post("/token", data=form | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_calendar_that_may_only_be_read() -> None:
    stand_in = GoogleCalendarStandIn(GoogleCalendarScript(read_only=(CALENDAR,)))
    async with connected(stand_in) as google:
        with pytest.raises(NotAllowed, match="requiredAccessLevel"):
            await google.insert(CALENDAR, oil_change())
    assert reasons_of(stand_in) == [(403, "requiredAccessLevel")]


def reasons_of(stand_in: GoogleCalendarStandIn) -> list[tuple[int, str]]:
    return [
        (exchange.status, exchange.answer["error"]["errors"][0]["reason"])
        for exchange in stand_in.exchanges
        if exchange.status >= 300
    ]


class Receiver:
    """An HTTPS endpoint of ours, reached over loopback: notes the heads of requests."""

    def __init__(self) -> None:
        self.heads: list[dict[str, str]] = []
        self.lengths: list[str] = []
        self.statuses: list[int] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        head: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(": ")
            head[name.lower()] = value
        self.heads.append(head)
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()


async def test_a_watched_calendar_notifies_with_heads_alone() -> None:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    reach = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    stand_in = GoogleCalendarStandIn(public_url="https://shop.example", reach=reach)
    async with server, connected(stand_in) as google:
        channel = await google.watch(
            CALENDAR,
            channel_id="channel-1",
            address="https://shop.example/calendar/notifications",
            token="secret",
            ttl=timedelta(days=2),
        )
        await stand_in.channels.settled()
        receiver.statuses = [503]
        stand_in.staff().blocks(at("2026-12-01 09:00"), at("2026-12-01 10:00"))
        await stand_in.channels.settled()
        await google.insert(CALENDAR, oil_change())
        await stand_in.channels.settled()
        await google.stop("channel-1", channel.resource_id)
        stand_in.staff().blocks(at("2026-12-01 09:00"), at("2026-12-01 10:00"))
        await stand_in.channels.settled()
        await google.stop("channel-1", channel.resource_id)
    assert [head["x-goog-resource-state"] for head in receiver.heads] == [
        "sync", "exists", "exists", "exists",
    ]  # fmt: skip
    assert {head["content-length"] for head in receiver.heads} == {"0"}
    assert {head["x-goog-channel-token"] for head in receiver.heads} == {"secret"}
    numbers = [int(head["x-goog-message-number"]) for head in receiver.heads]
    assert (numbers[0], numbers[1]) == (1, numbers[2])
    assert numbers[2] < numbers[3]
    assert [each.status for each in stand_in.channels.deliveries] == [200, 503, 200, 200]
    assert reasons_of(stand_in) == [(404, "notFound")]
    for exchange in stand_in.exchanges:
        if exchange.status < 300:
            check(exchange)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"address": "http://shop.example/"}, "push.webhookUrlNotHttps"),
        ({"id": "x" * 65}, "channelIdInvalid"),
        ({"id": "taken"}, "channelIdNotUnique"),
        ({"type": "carrier_pigeon"}, "invalid"),
        ({"params": {"ttl": "soon"}}, "invalid"),
    ],
    ids=["no HTTPS", "a long id", "an id that is taken", "another kind", "no time"],
)
async def test_a_wrong_channel_is_refused(
    shared: httpx.AsyncClient, change: Json, reason: str
) -> None:
    good = {"id": "taken", "type": "web_hook", "address": "https://127.0.0.1:9/"}
    await shared.post(f"{EVENTS}/watch", json=good)
    good["id"] = "other"
    assert reasons(await shared.post(f"{EVENTS}/watch", json=good | change)) == (400, reason)


async def test_what_the_shops_own_client_sends_is_as_google_describes_it() -> None:
    stand_in = GoogleCalendarStandIn(GoogleCalendarScript(page_size=2))
    async with connected(stand_in) as google:
        event = await google.insert(CALENDAR, oil_change())
        await google.update(CALENDAR, event.id, oil_change(), etag=event.etag)
        for number in range(3):
            await google.insert(CALENDAR, oil_change(f"abcde{number}", owner=str(number)))
        window = {"since": at("2026-11-01 00:00"), "until": at("2027-01-01 00:00")}
        changes = await google.changes(CALENDAR, sync_token=None, **window)
        await google.cancel(CALENDAR, event.id)
        await google.changes(CALENDAR, sync_token=changes.sync_token, **window)
        await google.busy([CALENDAR], window["since"], window["until"])
        channel = await google.watch(
            CALENDAR,
            channel_id="c1",
            address="https://127.0.0.1:9/",
            token="t",
            ttl=timedelta(days=7),
        )
        await google.stop(channel.id, channel.resource_id)
    assert {exchange.method for exchange in stand_in.exchanges} == {
        "calendar.events.insert", "calendar.events.update", "calendar.events.list",
        "calendar.events.delete", "calendar.freebusy.query", "calendar.events.watch",
        "calendar.channels.stop",
    }  # fmt: skip
    for exchange in stand_in.exchanges:
        assert exchange.status < 300
        check(exchange)
        required = [
            name
            for name, each in method(exchange.method).get("parameters", {}).items()
            if each.get("required")
        ]
        assert set(required) <= exchange.path.keys()


async def test_googles_own_client_speaks_with_it(
    stand_in: GoogleCalendarStandIn, raw: httpx.AsyncClient
) -> None:
    url = str(raw.base_url)
    authorization = raw.headers["authorization"]
    await asyncio.to_thread(_with_googles_client, url, authorization)
    assert {exchange.status for exchange in stand_in.exchanges} == {200, 204, 409, 412, 404}


def _with_googles_client(url: str, authorization: str) -> None:
    options = {"api_endpoint": f"{url}{ROOT}/"}
    with build(
        "calendar",
        "v3",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # the library has no types
        client_options=options,
        static_discovery=True,
    ) as service:

        def run(request: Any) -> Any:
            request.headers["authorization"] = authorization
            return request.execute()

        events = service.events()
        body = {"id": "abc123", "summary": "Oil change", "start": START, "end": END}
        made = run(events.insert(calendarId=CALENDAR, body=body, sendUpdates="none"))
        assert run(events.get(calendarId=CALENDAR, eventId="abc123"))["etag"] == made["etag"]
        assert _status(lambda: run(events.insert(calendarId=CALENDAR, body=body))) == 409
        assert _status(lambda: run(events.get(calendarId=CALENDAR, eventId="nobody"))) == 404
        stale = events.update(calendarId=CALENDAR, eventId="abc123", body=body)
        stale.headers["if-match"] = '"1"'
        assert _status(lambda: run(stale)) == 412
        patch = {"summary": "Brakes"}
        run(events.patch(calendarId=CALENDAR, eventId="abc123", body=patch))
        page = run(events.list(calendarId=CALENDAR, singleEvents=True, showDeleted=True))
        assert [event["summary"] for event in page["items"]] == ["Brakes"]
        assert events.list_next(events.list(calendarId=CALENDAR), page) is None
        question = {
            "timeMin": "2026-12-01T00:00:00Z",
            "timeMax": "2026-12-02T00:00:00Z",
            "items": [{"id": CALENDAR}],
        }
        found = run(service.freebusy().query(body=question))
        assert len(found["calendars"][CALENDAR]["busy"]) == 1
        run(events.delete(calendarId=CALENDAR, eventId="abc123"))


def _status(ask: Callable[[], Any]) -> int:
    with pytest.raises(HttpError) as refused:
        ask()
    return int(refused.value.resp.status)


@pytest.mark.parametrize(
    ("kind", "served", "seen"),
    [
        ("server_error", False, 500),
        ("unavailable", False, 503),
        ("rate_limited", False, 403),
        ("user_rate_limited", False, 403),
        ("quota_exceeded", False, 403),
        ("too_many", False, 429),
        ("forbidden", False, 403),
        ("slow", True, 200),
        ("half_json", True, 200),
        ("garbage", True, 200),
        ("empty", True, 200),
        ("cut", True, None),
        ("reset_before", False, None),
        ("reset_after", True, None),
        ("hang", False, None),
        ("hang_after", True, None),
    ],
)
async def test_every_fault(
    shared_stand_in: GoogleCalendarStandIn,
    shared: httpx.AsyncClient,
    kind: Kind,
    served: bool,
    seen: int | None,
) -> None:
    shared_stand_in.faults.coming.append(Fault(kind, for_ms=1, retry_after_s=7))
    before = len(shared_stand_in.events())
    body = {"start": START, "end": END}
    status: int | None = None
    try:
        answer = await shared.post(EVENTS, json=body, timeout=0.3)
        status = answer.status_code
        assert (status in (403, 429, 500, 503)) == (answer.headers.get("retry-after") == "7")
    except httpx.TransportError:
        pass
    assert status == seen
    assert (len(shared_stand_in.events()) > before) is served


async def test_a_minute_has_room_for_so_many_requests() -> None:
    now = [datetime(2026, 12, 1, tzinfo=UTC)]
    script = GoogleCalendarScript(per_minute=2)
    stand_in = GoogleCalendarStandIn(script, clock=lambda: now[0])
    async with stand_in.running() as url, plain_client() as client:
        google = calendar(stand_in, url, client, clock=lambda: now[0])
        token = await google.credentials.current()
        headers = {"authorization": f"Bearer {token}"}
        statuses = []
        for _ in range(3):
            statuses.append((await client.get(url + EVENTS, headers=headers)).status_code)
        now[0] += timedelta(minutes=1)
        statuses.append((await client.get(url + EVENTS, headers=headers)).status_code)
    assert statuses == [200, 200, 403, 200]


def test_the_documented_script_can_be_loaded(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "standins.md").read_text()
    section = text.partition("## Google Calendar\n")[2].partition("\n## ")[0]
    path = tmp_path / "example.toml"
    path.write_text(section.partition("```toml\n")[2].partition("```")[0])
    assert load(path, GoogleCalendarScript) != GoogleCalendarScript()
    faults = set(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))
    assert set(re.findall(r"\w+", " ".join(faults))) == set(get_args(Kind))
