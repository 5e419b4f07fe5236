"""Signatures agree with Twilio's own library, and only right ones are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from api.twilio.signature import sign, socket_url, valid

TOKEN = "12345"
URL = "https://shop.example/twilio/voice"
PARAMS = [("CallSid", "CA1"), ("From", "+12175550142"), ("Digits", ""), ("To", "Bart's ü")]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def test_twilios_published_example() -> None:
    # https://www.twilio.com/docs/usage/security#explore-the-algorithm-yourself
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert sign(url, params.items(), TOKEN) == RequestValidator(TOKEN).compute_signature(
        url, params
    )
    assert sign(url, params.items(), TOKEN) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


class _Fields(dict[str, list[str]]):
    """Repeated parameters in the form Twilio's library takes them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


@given(st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=3), max_size=6), TEXT)
def test_signatures_agree_with_twilios_library(params: dict[str, list[str]], token: str) -> None:
    pairs = [(name, value) for name, values in params.items() for value in values]
    expected = RequestValidator(token).compute_signature(URL, _Fields(params))
    assert sign(URL, pairs, token) == expected
    assert valid(URL, pairs, token, expected)


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        (URL, URL),
        (URL, "https://shop.example:443/twilio/voice"),
        ("https://shop.example:443/twilio/voice?a=1", "https://shop.example/twilio/voice?a=1"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1/x"),
        ("http://[::1]:8000/x", "http://[::1]/x"),
        ("https://user:pass@shop.example/x", "https://user:pass@shop.example:443/x"),
        ("wss://shop.example/twilio/media", "wss://shop.example:443/twilio/media"),
    ],
)
def test_a_url_is_taken_with_or_without_its_port(url: str, signed: str) -> None:
    assert valid(url, PARAMS, TOKEN, sign(signed, PARAMS, TOKEN))


@pytest.mark.parametrize(
    ("url", "params", "token", "signature"),
    [
        (URL, PARAMS, TOKEN, None),
        (URL, PARAMS, TOKEN, ""),
        (URL, PARAMS, TOKEN, "é\ud800"),
        (URL, PARAMS, "other", sign(URL, PARAMS, TOKEN)),
        (URL, PARAMS[1:], TOKEN, sign(URL, PARAMS, TOKEN)),
        (URL + "?again=1", PARAMS, TOKEN, sign(URL, PARAMS, TOKEN)),
        ("wss://shop.example/twilio/media", [], TOKEN, sign(URL, [], TOKEN)),
        (
            "wss://shop.example/twilio/media",
            [],
            TOKEN,
            sign("https://shop.example/twilio/media", [], TOKEN),
        ),
    ],
    ids=[
        "no signature", "an empty one", "one that is not ASCII", "another token",
        "a parameter missing", "another query", "another path", "an https form of a socket",
    ],
)  # fmt: skip
def test_a_wrong_signature_is_refused(
    url: str, params: list[tuple[str, str]], token: str, signature: str | None
) -> None:
    assert not valid(url, params, token, signature)


def test_the_library_takes_our_signature_of_an_upgrade() -> None:
    url = socket_url("https://shop.example/", "/twilio/media")
    assert url == "wss://shop.example/twilio/media"
    assert RequestValidator(TOKEN).validate(url, {}, sign(url, [], TOKEN))


@pytest.mark.parametrize("public_url", ["shop.example", "ftp://shop.example", ""])
def test_a_public_url_of_another_kind_is_refused(public_url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        socket_url(public_url, "/twilio/media")
