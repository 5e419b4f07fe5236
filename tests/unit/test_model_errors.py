"""Every way a model can fail is one of five, and says whether and when to ask again."""

import httpx2
import openai
import pytest

from graph.models.errors import (
    Broke,
    ModelError,
    Overloaded,
    Refused,
    Stalled,
    Unreachable,
    retry_after,
    translated,
)

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
SECRET = "Maria Lopez, sk-secret"


def status(code: int, reason: str | None = None, **headers: str) -> openai.APIStatusError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(code, request=REQUEST, headers=named)
    body = {"code": reason, "message": SECRET}
    return openai.APIStatusError(SECRET, response=response, body=body)


@pytest.mark.parametrize(
    ("error", "kind", "passing", "rest_s"),
    [
        (status(400), Refused, False, 0.0),
        (status(400, "content_filter"), Refused, False, 0.0),
        (status(401), Refused, False, None),
        (status(403), Refused, False, None),
        (status(404), Refused, False, 0.0),
        (status(409), Broke, True, None),
        (status(429), Overloaded, False, 20.0),
        (status(429, retry_after="3"), Overloaded, False, 3.0),
        (status(429, retry_after="3", retry_after_ms="250"), Overloaded, False, 0.25),
        (status(429, "insufficient_quota", retry_after="1"), Refused, False, None),
        (status(500), Broke, True, None),
        (status(503), Overloaded, True, None),
        (status(503, retry_after="7"), Overloaded, False, 7.0),
        (openai.APIConnectionError(request=REQUEST), Unreachable, True, None),
        (openai.APITimeoutError(request=REQUEST), Stalled, False, None),
        (TimeoutError(SECRET), Stalled, False, None),
        (ConnectionResetError(SECRET), Unreachable, True, None),
        (httpx2.RemoteProtocolError(SECRET), Unreachable, True, None),
        (ValueError(SECRET), Broke, False, None),
    ],
    ids=str,
)
def test_each_failure_has_its_kind(
    error: Exception, kind: type[ModelError], passing: bool, rest_s: float | None
) -> None:
    ours = translated(error)
    assert type(ours) is kind
    assert (ours.passing, ours.rest_s) == (passing, rest_s)
    assert "secret" not in str(ours)


def test_an_error_of_ours_is_not_translated_again() -> None:
    ours = Stalled("it did not begin in time")
    assert translated(ours) is ours


def test_a_filter_is_told_from_a_wrong_request() -> None:
    filtered, wrong = translated(status(400, "content_filter")), translated(status(400))
    assert isinstance(filtered, Refused)
    assert isinstance(wrong, Refused)
    assert (filtered.declined, wrong.declined) == (True, False)


@pytest.mark.parametrize(
    ("error", "of_server"),
    [
        (status(401), True), (status(404), False), (status(429), False), (status(500), False),
        (status(429, "insufficient_quota"), True), (status(400, "content_filter"), True),
        (ConnectionRefusedError(), True), (TimeoutError(), False),
    ],
    ids=str,
)  # fmt: skip
def test_some_failures_are_those_of_all_models_of_the_server(
    error: Exception, of_server: bool
) -> None:
    assert translated(error).of_server is of_server


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "many", "retry-after": "2"}, 2.0),
    ],
)
def test_a_server_may_say_how_long_to_leave_it_alone(
    headers: dict[str, str], asked: float | None
) -> None:
    assert retry_after(headers) == asked
