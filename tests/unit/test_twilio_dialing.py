"""What the carrier's form says about a call that was handed on."""

import pytest

from api.twilio import dialing, twiml
from api.twilio.dialing import DialOutcome

LIVE, OVER = {"CallStatus": "in-progress"}, {"CallStatus": "completed"}


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({**LIVE, "DialCallStatus": "completed"}, "answered"),
        ({**LIVE, "DialCallStatus": "completed", "DialBridged": "true"}, "answered"),
        ({**OVER, "DialCallStatus": "completed", "DialBridged": "true"}, "answered"),
        ({**LIVE, "DialCallStatus": "completed", "DialBridged": "false"}, "declined"),
        (
            {
                **LIVE,
                "DialCallStatus": "completed",
                "DialBridged": "false",
                "AnsweredBy": "machine_end_beep",
            },
            "voicemail",
        ),
        ({**LIVE, "DialCallStatus": "busy"}, "busy"),
        ({**LIVE, "DialCallStatus": "no-answer"}, "no_answer"),
        ({**LIVE, "DialCallStatus": "failed"}, "failed"),
        ({**LIVE, "DialCallStatus": "canceled"}, "failed"),
        ({**LIVE, "DialCallStatus": "<script>"}, "failed"),
        (LIVE, "failed"),
        ({**OVER, "DialCallStatus": "no-answer"}, "caller_left"),
        ({**OVER, "DialCallStatus": "canceled"}, "caller_left"),
        ({**OVER, "DialCallStatus": "completed", "DialBridged": "false"}, "caller_left"),
    ],
)
def test_how_ringing_ended(fields: dict[str, str], outcome: DialOutcome) -> None:
    assert dialing.outcome(fields) == outcome


@pytest.mark.parametrize(
    ("fields", "taken"),
    [({"Digits": "1"}, True), ({"Digits": "2"}, False), ({"Digits": ""}, False), ({}, False)],
)
def test_only_key_1_takes_the_call(fields: dict[str, str], taken: bool) -> None:
    assert dialing.accepts(fields) is taken


def test_what_is_whispered_is_one_line_from_a_list() -> None:
    assert "They have a complaint." in dialing.whispered("complaint")
    assert dialing.whispered("<b>Maria Lopez</b>") == dialing.whispered("other")


def test_addresses_are_escaped() -> None:
    wanted = twiml.Dial("+1217", then="https://a/?x=1&y=2", whisper="https://a/?about=<b>")
    assert twiml.dial(wanted) == (
        '<Response><Dial answerOnBridge="true" timeout="20" action="https://a/?x=1&amp;y=2"'
        ' method="POST"><Number url="https://a/?about=&lt;b&gt;" method="POST">+1217</Number>'
        "</Dial></Response>"
    )
