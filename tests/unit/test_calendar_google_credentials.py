"""How access tokens are got, renewed and kept to oneself."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evals.standins.google_calendar import (
    CALENDAR,
    Fault,
    GoogleCalendarScript,
    GoogleCalendarStandIn,
)
from shop.calendar.credentials import TOKEN_URL, AccessTokens, RefreshToken, ServiceAccount
from shop.calendar.errors import (
    CalendarError,
    CalendarGarbled,
    NotAllowed,
    ServerTrouble,
    Unreachable,
)
from tests.support.google import calendar, grant, oil_change, plain_client

pytestmark = pytest.mark.anyio


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 1, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **much: float) -> None:
        self.now += timedelta(**much)


@asynccontextmanager
async def account(
    script: GoogleCalendarScript | None = None,
) -> AsyncIterator[tuple[GoogleCalendarStandIn, AccessTokens, Watch]]:
    """A Google account, the shop's tokens for it, and the clock of both."""
    watch = Watch()
    stand_in = GoogleCalendarStandIn(script, clock=watch)
    async with stand_in.running() as url, plain_client() as client:
        yield stand_in, AccessTokens(grant(stand_in, url), client, watch), watch


def key_file(folder: Path, found: Any) -> Path:
    path = folder / "key.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    return path


async def test_a_token_is_kept_and_renewed_some_minutes_early() -> None:
    async with account() as (stand_in, tokens, watch):
        first = await tokens.current()
        watch.passes(minutes=54)
        assert await tokens.current() == first
        watch.passes(minutes=1)
        second = await tokens.current()
        assert second != first
        assert stand_in.tokens.granted == 2


async def test_many_requests_at_once_renew_once() -> None:
    async with account() as (stand_in, tokens, watch):
        found = await asyncio.gather(*(tokens.current() for _ in range(20)))
        assert len(set(found)) == stand_in.tokens.granted == 1
        watch.passes(hours=2)
        renewed = await asyncio.gather(*(tokens.instead_of(found[0]) for _ in range(20)))
        assert len({*renewed, *found}) == stand_in.tokens.granted == 2


async def test_one_who_hangs_up_while_renewing_leaves_the_next_to_do_it() -> None:
    script = GoogleCalendarScript(token_faults=(Fault("hang"),))
    async with account(script) as (stand_in, tokens, _):
        gone = asyncio.create_task(tokens.current())
        await stand_in.token_faults.held.wait()
        waiting = asyncio.create_task(tokens.current())
        gone.cancel()
        assert (await waiting).startswith("ya29.")
        with pytest.raises(asyncio.CancelledError):
            await gone


@pytest.mark.parametrize("kind", ["server_error", "too_many", "reset_before", "half_json"])
async def test_a_token_that_is_still_good_outlasts_trouble_with_the_next(kind: Any) -> None:
    script = GoogleCalendarScript(token_faults=(None, Fault(kind)))
    async with account(script) as (_, tokens, watch):
        first = await tokens.current()
        watch.passes(minutes=56)
        assert await tokens.current() == first
        assert await tokens.current() != first


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("server_error", ServerTrouble),
        ("too_many", ServerTrouble),
        ("reset_before", Unreachable),
        ("cut", Unreachable),
        ("half_json", CalendarGarbled),
        ("garbage", CalendarGarbled),
        ("empty", CalendarGarbled),
        ("forbidden", NotAllowed),
    ],
)
async def test_no_token_can_be_had(kind: Any, error: type[CalendarError]) -> None:
    script = GoogleCalendarScript(token_faults=(Fault(kind, retry_after_s=9),))
    async with account(script) as (_, tokens, _watch):
        with pytest.raises(error) as failed:
            await tokens.current()
        if isinstance(failed.value, ServerTrouble):
            assert failed.value.retry_after == 9
        assert (await tokens.current()).startswith("ya29.")


async def test_a_consent_that_was_taken_back_is_named_and_not_tried_again() -> None:
    async with account() as (stand_in, tokens, _):
        stand_in.tokens.revoke()
        with pytest.raises(NotAllowed, match="invalid_grant"):
            await tokens.current()
        assert stand_in.tokens.granted == 0


async def test_a_token_that_is_refused_before_its_time_is_replaced_once() -> None:
    stand_in = GoogleCalendarStandIn()
    async with stand_in.running() as url, plain_client() as client:
        google = calendar(stand_in, url, client)
        assert await google.get(CALENDAR, "abcde") is None
        stand_in.tokens.forget()
        answers = [google.get(CALENDAR, f"abcde{number}") for number in range(10)]
        assert await asyncio.gather(*answers) == [None] * 10
        assert stand_in.tokens.granted == 2
        assert sum(each.status == 401 for each in stand_in.exchanges) <= 10


async def test_a_service_account_signs_for_its_tokens(tmp_path: Path) -> None:
    stand_in = GoogleCalendarStandIn()
    async with stand_in.running() as url, plain_client() as client:
        path = key_file(tmp_path, stand_in.tokens.key_file(f"{url}/token"))
        own = ServiceAccount.from_file(path)
        elsewhere = key_file(tmp_path, stand_in.tokens.key_file())
        injected = ServiceAccount.from_file(elsewhere, token_url=f"{url}/token")
        assert (injected.audience, own.audience) == (TOKEN_URL, f"{url}/token")
        for given in (own, injected):
            tokens = AccessTokens(given, client, lambda: datetime.now(UTC))
            assert (await tokens.current()).startswith("ya29.")


@pytest.mark.parametrize(
    ("change", "off", "wrong"),
    [
        ({"client_email": "other@stand-in.iam.gserviceaccount.com"}, 0, "invalid_grant"),
        ({"private_key_id": "0"}, 0, "invalid_grant"),
        ({}, -2, "invalid_grant"),
        ({}, 2, "invalid_grant"),
    ],
    ids=["another account", "another key", "a clock behind", "a clock ahead"],
)
async def test_a_service_account_that_is_refused(
    tmp_path: Path, change: dict[str, str], off: float, wrong: str
) -> None:
    stand_in = GoogleCalendarStandIn()
    async with stand_in.running() as url, plain_client() as client:
        found = stand_in.tokens.key_file(f"{url}/token") | change
        given = ServiceAccount.from_file(key_file(tmp_path, found))
        tokens = AccessTokens(given, client, lambda: datetime.now(UTC) + timedelta(hours=off))
        with pytest.raises(NotAllowed, match=wrong) as refused:
            await tokens.current()
        assert "clock" in str(refused.value)


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ("{", "not JSON"),
        ([], "not a service account"),
        ({"type": "authorized_user"}, "not a service account"),
        ({"client_email": None}, "client_email"),
        ({"private_key": ""}, "private_key"),
        ({"token_uri": 7}, "token_uri"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"},
         "not an RSA key"),
        ({"private_key": "secret"}, "not an RSA key"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_key_is_named_but_not_quoted(
    tmp_path: Path, found: Any, wrong: str
) -> None:
    if isinstance(found, dict):
        found = GoogleCalendarStandIn().tokens.key_file() | found
    with pytest.raises(ValueError, match=wrong) as refused:
        ServiceAccount.from_file(key_file(tmp_path, found))
    assert "key.json" in str(refused.value)
    text = "".join(traceback.format_exception(refused.value))
    assert "c2VjcmV0" not in text


def test_there_may_be_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"key\.json"):
        ServiceAccount.from_file(tmp_path / "key.json")


async def test_secrets_are_in_no_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in = GoogleCalendarStandIn()
    texts: list[str] = []
    async with stand_in.running() as url, plain_client() as client:
        refresh = grant(stand_in, url)
        signing = ServiceAccount.from_file(key_file(tmp_path, stand_in.tokens.key_file()))
        google = calendar(stand_in, url, client)
        token = await google.credentials.current()
        texts += [repr(refresh), repr(signing), repr(google), repr(google.credentials)]
        for kind in ("reset_before", "server_error", "garbage"):
            stand_in.faults.coming.extend([Fault(kind)] * 9)
            with pytest.raises(CalendarError) as failed:
                await google.insert(CALENDAR, oil_change())
            stand_in.faults.coming.clear()
            texts += traceback.format_exception(failed.value)
        stand_in.tokens.revoke()
        with pytest.raises(NotAllowed) as refused:
            await google.insert(CALENDAR, oil_change())
        texts += traceback.format_exception(refused.value)
    texts += [record.getMessage() for record in caplog.records]
    for secret in (
        token,
        stand_in.tokens.refresh_token,
        stand_in.tokens.client_secret,
        "BEGIN PRIVATE KEY",
        "Civic",
        "Rattles",
    ):
        assert not [text for text in texts if secret in text]


def test_google_is_asked_where_nothing_else_is_said() -> None:
    given = RefreshToken("client", "secret", "refresh")
    assert given.token_url == TOKEN_URL == "https://oauth2.googleapis.com/token"
