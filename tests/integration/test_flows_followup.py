"""Calls of ours after a visit: what is said to whom, and what is done where the car is not well."""

import pytest

from evals.models import Says, ScriptedModel
from graph.context import CallContext
from shop.db import Pool
from tests.support.conversation import (
    MARIA,
    MONDAY_MORNING,
    STRANGER,
    Conversation,
    a_desk,
    answering,
)
from tests.support.flows import BORN, Flow, Rows, booked, check, on_the_line

pytestmark = pytest.mark.anyio

ME = "Maria Lopez speaking"
HOW = "How has the car been running since your visit?"
A_CALL = {"status": "open", "phone": MARIA, "topic": "trouble since your visit"}

WE_RING: dict[str, tuple[tuple[str, ...], Rows, str]] = {
    "somebody who is content": (
        (ME, "it's been running great, thanks", "no, that's all"),
        {},
        "Thank you for your time. Have a good day. Goodbye.",
    ),
    "somebody who had no trouble at all": (
        (ME, "no problems at all"),
        {},
        "Glad to hear it. Anything else",
    ),
    "somebody whose car has trouble, and who brings it back": (
        (
            ME,
            "well it pulls to the left since then",
            "I'd like to bring it in",
            "2019 Honda Civic",
            "Tuesday at ten",
            "yes",
        ),
        {"appointments": [booked("engine_diagnostics", "11-24T16:00")]},
        "An advisor will confirm it",
    ),
    "somebody whose car has trouble, and who wants to be called": (
        (ME, "not great", "it makes a squealing noise", "have somebody call me please", "yes"),
        {"callbacks": [A_CALL]},
        "will call you back",
    ),
    "somebody with a light on who says that it runs": (
        (ME, "it's okay but the check engine light came on", "an advisor should call me", "yes"),
        {"callbacks": [A_CALL]},
        "will call you back",
    ),
    "somebody whose brakes fail": (
        (ME, "the brake pedal goes to the floor", "at Main and Fifth", "yes"),
        {"tow_requests": [{"location": "Main and Fifth"}]},
        "tow truck is requested",
    ),
    "somebody who complains of the work": (
        (ME, "the brakes you fixed still make the noise", "yes", "yes"),
        {"callbacks": [{"status": "open", "phone": MARIA}]},
        "call you back",
    ),
    "somebody who is content and moves an appointment": (
        (
            ME,
            "no issues so far, but I can't make it to my appointment on Wednesday",
            BORN,
            "Friday at two",
            "yes",
        ),
        {"appointments": [booked("oil_change", "11-27T20:00")]},
        "is moved",
    ),
    "somebody who wants no more calls": (
        (ME, "stop calling me"),
        {"opt_outs": [{"phone": MARIA}], "customers": [{"receive_reminders": False}]},
        "won't call this number again",
    ),
    "a machine": (
        ("You have reached the voicemail of Maria Lopez, please leave a message after the tone",),
        {},
        "This is Sophie, the shop's automated assistant, with a short follow-up call. Please call"
        " us back at the shop.",
    ),
    "somebody else": (("No, she isn't here right now",), {}, "ask them to call the shop"),
    "a wrong number": (("You have the wrong number",), {}, "we have the wrong number"),
    "somebody who drives": (("I'm driving right now",), {}, "when it suits you"),
    "somebody who asks who that is": (("who is this?",), {}, "automated assistant"),
    "somebody of another name": (("Hello?", "John Smith"), {}, "check who I'm speaking with"),
    "somebody who mumbles": ((ME, "hmm"), {}, "Has there been any trouble"),
}


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(Flow(*call, caller=MARIA, call_type="outbound_followup"), id=f"we ring {who}")
        for who, call in WE_RING.items()
    ],
)
async def test_each_call_leaves_the_records_it_should(pool: Pool, flow: Flow) -> None:
    await check(flow, pool)


@pytest.mark.parametrize(
    ("caller", "says"),
    [
        pytest.param(MARIA, ("Hello?", "John Smith", "what is this about?"), id="another name"),
        pytest.param(STRANGER, (ME, "I don't know"), id="a number we do not know"),
        pytest.param(MARIA, ("what is this about?", "tell me first"), id="no name at all"),
        pytest.param(MARIA, ("You've reached Maria, leave a message",), id="a machine"),
        pytest.param(MARIA, ("she's not home", "what about?"), id="somebody else"),
    ],
)
async def test_nobody_hears_of_the_visit_before_they_are_who_we_ring(
    pool: Pool, caller: str, says: tuple[str, ...]
) -> None:
    flow = Flow(says, caller=caller, call_type="outbound_followup")
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk, on_the_line(flow, desk, pool) as call:
        told = " ".join(await call.say_all(*says))
    assert "visit" not in told
    assert "car" not in told.replace("care", "")


async def test_who_proves_it_instead_is_asked_then(pool: Pool) -> None:
    flow = Flow((), caller=MARIA, call_type="outbound_followup")
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk, on_the_line(flow, desk, pool) as call:
        replies = await call.say_all("Yes, this is Maria", BORN)
    assert HOW in replies[-1]


async def test_nobody_is_sold_anything_or_asked_for_praise(pool: Pool) -> None:
    flow = Flow((), caller=MARIA, call_type="outbound_followup")
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk, on_the_line(flow, desk, pool) as call:
        told = " ".join(await call.say_all(ME, "wonderful, you did a great job", "no thanks"))
    assert not any(word in told.lower() for word in ("review", "recommend", "friend", "offer"))


ASKS_TOO_MUCH = [
    Says(calls=[("create_customer", {"first_name": "Maria", "last_name": "Lopez"})]),
    Says(calls=[("get_upcoming_appointments", {"customer_id": "c1"})]),
    Says(text="How has the car been since?"),
]


async def test_a_model_that_asks_for_more_than_a_name_allows_is_refused(pool: Pool) -> None:
    """On a reminder a name is enough to hear of the one appointment; here it is not."""
    model = ScriptedModel(replies=ASKS_TOO_MUCH)
    async with a_desk(pool, lambda: MONDAY_MORNING) as desk:
        maker = await answering(desk, pool, model)
        call = Conversation(maker(CallContext("CA-1", MARIA, "outbound_followup", "phone")), pool)
        await call.say(ME)
        assert '"not_allowed"' in call.results[-1]
        assert not any("oil" in result for result in call.results)
        await call.agent.aclose()
