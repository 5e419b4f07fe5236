"""The calendar's settings: whole or not at all, and never repeated."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.parts import described
from api.settings import Settings, SettingsRefused, read_settings
from evals.standins.google_calendar import GoogleCalendarStandIn

SECRET = "hunter2"
CONSENT = {
    "google_client_id": "client",
    "google_client_secret": f"{SECRET}-client",
    "google_refresh_token": f"{SECRET}-refresh",
}
CALENDAR = {"google_calendar_id": "shop@group.calendar.google.com"}


def settings(**given: Any) -> Settings:
    """Settings of the test's own, whatever the environment and `.env` say."""
    return read_settings(_env_file=None, **given)


def _using(given: Settings) -> str:
    return next(part.using for part in described(given) if part.name == "calendar")


def test_with_nothing_set_there_is_the_databases_own_schedule() -> None:
    assert _using(settings()) == "the database's own schedule"


def test_a_consent_is_enough() -> None:
    given = settings(**CALENDAR, **CONSENT)
    assert "Google Calendar" in _using(given)
    assert SECRET not in repr(given) + repr(described(given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (CALENDAR, "set GOOGLE_SERVICE_ACCOUNT_FILE, or all of GOOGLE_CLIENT_ID"),
        (CONSENT, "GOOGLE_CLIENT_ID is set but GOOGLE_CALENDAR_ID is not"),
        ({"google_base_url": "http://a.example"}, "GOOGLE_BASE_URL is set but GOOGLE_CALENDAR_ID"),
        ({"google_token_url": "http://a.example"}, "GOOGLE_TOKEN_URL is set but GOOGLE_CALENDAR"),
        ({"google_service_account_file": "no.json"}, "GOOGLE_SERVICE_ACCOUNT_FILE is set but"),
        (CALENDAR | {"google_client_id": "c"}, "GOOGLE_CLIENT_ID is set but GOOGLE_CLIENT_SECRET"),
        (
            CALENDAR | CONSENT | {"google_refresh_token": ""},
            "GOOGLE_CLIENT_ID is set but GOOGLE_REFRESH_TOKEN is not",
        ),
        (
            CALENDAR | {"google_refresh_token": f"{SECRET}"},
            "GOOGLE_REFRESH_TOKEN is set but GOOGLE_CLIENT_ID is not",
        ),
        (
            CALENDAR | {"google_service_account_file": "there/is/none.json"},
            "GOOGLE_SERVICE_ACCOUNT_FILE: there/is/none.json cannot be read (FileNotFoundError)",
        ),
        (
            CALENDAR | CONSENT | {"google_base_url": f"https://me:{SECRET}@a.example"},
            "GOOGLE_BASE_URL: must not hold a user name or password",
        ),
        (
            CALENDAR | CONSENT | {"google_calendar_id": "a calendar"},
            "GOOGLE_CALENDAR_ID",
        ),
    ],
    ids=[
        "a calendar without credentials", "credentials without a calendar",
        "an address without a calendar", "a token address without a calendar",
        "an account without a calendar", "a client without its secret",
        "a consent without its token", "a token without its client", "a file that is not there",
        "a password in an address", "an id that cannot be one",
    ],
)  # fmt: skip
def test_half_a_calendar_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        settings(**given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [f"{SECRET}", "[]", json.dumps({"type": "authorized_user", "refresh_token": SECRET})],
    ids=["not JSON", "not an object", "another kind of credentials"],
)
def test_another_file_than_a_service_accounts_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsRefused, match="GOOGLE_SERVICE_ACCOUNT_FILE: ") as refused:
        settings(**CALENDAR, google_service_account_file=file)
    assert SECRET not in str(refused.value)


def test_two_kinds_of_credentials_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(GoogleCalendarStandIn().tokens.key_file()), encoding="utf-8")
    given = CALENDAR | {"google_service_account_file": str(file)}
    assert settings(**given).google_service_account_file == file
    with pytest.raises(SettingsRefused, match="are both set: unset one"):
        settings(**given, **CONSENT)


def test_a_public_address_may_be_for_the_calendar_alone() -> None:
    given = settings(**CALENDAR, **CONSENT, public_url="https://a.example")
    phone = next(part.using for part in described(given) if part.name == "phone")
    assert phone == "this machine only"
