"""What tools say and write is what was said and agreed: each write with its hostile twin."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from starlette.types import ASGIApp, Receive, Scope, Send

from evals.models import Says, ScriptedModel
from evals.standins.nhtsa import NhtsaScript, NhtsaStandIn, Recall
from evals.standins.serve import serve
from graph.context import CallContext, CallType
from graph.state import CallState
from shop.cars.nhtsa import Vpic
from shop.cars.recalls import Recalls
from shop.db import Pool
from shop.schedule.booking import Booking
from shop.words.redact import CARD
from tests.support.conversation import MARIA, MONDAY_MORNING, a_call, a_desk, answering
from tests.support.front import TUESDAY, Front, at, caller, opened, shop_with
from tools.calling import OnCall
from tools.router import ToolRouter

pytestmark = pytest.mark.anyio

NUMBER = "+12175550131"
ACCORD = "1HGCM82633A004352"
TEN = at(TUESDAY, 10)


@pytest.fixture
async def front(pool: Pool) -> AsyncIterator[Front]:
    """A shop with two bays."""
    async with opened(pool, shop_with(2)) as found:
        yield found


def on_call(
    front: Front,
    *said: AnyMessage | str,
    number: str = NUMBER,
    call_sid: str = "CA1",
    call_type: CallType = "inbound_general",
    **state: Any,
) -> ToolRouter:
    messages = [HumanMessage(one) if isinstance(one, str) else one for one in said]
    known = CallState(messages=messages, **state)  # type: ignore[typeddict-item]  # partial on purpose
    context = CallContext(call_sid=call_sid, caller_number=number, call_type=call_type)
    return ToolRouter.on(OnCall(call_sid, context, known, front.desk, False))


async def described(call: ToolRouter) -> dict[str, str]:
    who = await call.execute("create_customer", first_name="Daniel", last_name="Brooks")
    handle = who["data"]["customer_id"]
    car = await call.execute(
        "create_vehicle", customer_id=handle, year=2018, make="Honda", model="Civic"
    )
    return {"customer_id": handle, "vehicle_id": car["data"]["vehicle_id"]}


async def wished(call: ToolRouter, service: str = "oil change", **more: Any) -> dict[str, Any]:
    known = await described(call)
    found = await call.execute("get_available_slots", date="2026-11-24T10:00", service_type=service)
    assert TEN.isoformat() in [slot["start_time"] for slot in found["data"]["slots"]]
    return {**known, "service_type": service, "start_time": TEN.isoformat(), **more}


async def agreed(call: ToolRouter, tool: str, **args: Any) -> dict[str, Any]:
    """Ask for a write, hear it read back, say yes."""
    asked = await call.execute(tool, **args)
    assert asked["error"] == "awaiting_assent", asked
    proposal = call.call.state["proposal"]
    assert proposal is not None
    call.call.state["proposal"] = {**proposal, "status": "agreed"}
    return await call.execute(tool, **args)


def recap(call: ToolRouter) -> str:
    proposal = call.call.state.get("proposal")
    assert proposal is not None
    return proposal["recap"]


async def appointments(front: Front, columns: str) -> list[tuple[Any, ...]]:
    return await front.fetch(f"SELECT {columns} FROM appointments ORDER BY created_at")


async def test_how_the_customer_comes_is_read_back_and_written_down(front: Front) -> None:
    call = on_call(front)
    wish = await wished(call, visit="wait", ride="loaner")
    await call.execute("book_appointment", **wish)
    assert "you'll wait here" in recap(call)
    assert "a loaner car, which I can't promise. Shall I book it?" in recap(call)
    call.call.state["proposal"] = None
    booked = await agreed(call, "book_appointment", **wish)
    assert booked["data"]["visit"] == "wait"
    assert booked["data"]["ride_asked_for"] == "loaner"
    assert await appointments(front, "visit, ride") == [("wait", "loaner")]


async def test_how_the_customer_comes_can_be_said_after_the_booking(front: Front) -> None:
    call = on_call(front)
    wish = await wished(call)
    await agreed(call, "book_appointment", **wish)
    added = await agreed(call, "book_appointment", **wish, ride="shuttle")
    assert (added["success"], added["data"]["ride_asked_for"]) == (True, "shuttle")
    assert await appointments(front, "visit, ride") == [(None, "shuttle")]
    assert len(call.call.state["deeds"]) == 1, "nothing was booked a second time"
    entries = await front.fetch("SELECT count(*) FROM audit_log WHERE action = 'arrange'")
    assert entries == [(1,)]


async def test_another_way_to_come_than_was_read_back_is_read_back_first(front: Front) -> None:
    call = on_call(front)
    wish = await wished(call)
    await call.execute("book_appointment", **wish)
    proposal = call.call.state["proposal"]
    assert proposal is not None
    call.call.state["proposal"] = {**proposal, "status": "agreed"}
    again = await call.execute("book_appointment", **wish, ride="loaner")
    assert again["error"] == "awaiting_assent"
    assert await front.count("appointments") == 0


async def test_a_request_is_noted_as_one_and_not_as_a_booking(front: Front) -> None:
    call = on_call(front)
    made = await agreed(call, "book_appointment", **await wished(call, "engine diagnostics"))
    (deed,) = call.call.state["deeds"]
    assert (deed["outcome"], deed["status"]) == ("appointment_booked", "requested")
    assert deed["summary"].startswith("request for an advisor to confirm: ")
    assert made["message"].startswith("I've put in your request")


async def test_waiting_is_noted_as_waiting(front: Front) -> None:
    call = on_call(front, access="verified")
    days = {"first_day": "friday", "last_day": "friday"}
    await agreed(call, "join_waitlist", service_type="oil change", **days)
    await agreed(call, "leave_waitlist")
    deeds = [(deed["outcome"], deed["status"]) for deed in call.call.state["deeds"]]
    assert deeds == [
        ("information_provided", "waitlisted"),
        ("information_provided", "off_waitlist"),
    ]


async def come_free(front: Front, number: str = NUMBER, name: str | None = "Daniel Brooks") -> None:
    """Somebody waits for Tuesday morning, and ten o'clock comes free."""
    blocks = [await front.book(TEN, customer=caller(n)) for n in range(2)]
    await front.desk.join_waitlist(
        call_sid="CA0", key="w", phone=number, name=name, service_key="oil_change",
        first_day=TUESDAY, last_day=TUESDAY,
    )  # fmt: skip
    await front.cancel(blocks[0], key="free")


async def test_a_time_that_came_free_is_told_to_whom_it_is_held_for_and_booked(
    front: Front,
) -> None:
    await come_free(front)
    call = on_call(front)
    known = await described(call)
    told = await call.execute("get_waitlist_offer")
    assert told["message"] == (
        "A time has come free for an oil change on Tuesday, November twenty-fourth at ten AM."
    )
    (slot,) = told["data"]["slots"]
    wish = {**known, "service_type": slot["service_type"], "start_time": slot["start_time"]}
    booked = await agreed(call, "book_appointment", **wish)
    assert booked["success"]
    assert await front.fetch("SELECT status FROM waitlist") == [("booked",)]
    assert await front.fetch("SELECT count(*) FROM slot_holds") == [(0,)]
    disclosed = await front.fetch("SELECT count(*) FROM audit_log WHERE entity = 'waitlist'"
                                  " AND action = 'disclose'")  # fmt: skip
    assert disclosed == [(1,)]


async def test_who_does_not_want_a_time_that_came_free_can_decline_it(front: Front) -> None:
    await come_free(front)
    call = on_call(front)
    await described(call)
    await call.execute("get_waitlist_offer")
    assert (await agreed(call, "leave_waitlist"))["success"]
    assert await front.fetch("SELECT status FROM waitlist") == [("withdrawn",)]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("+12175550199", ("Daniel", "Brooks")),
        (NUMBER, ("Mallory", "Evil")),
    ],
    ids=["the name from another number", "another name from the number"],
)
async def test_nobody_else_learns_of_a_time_that_came_free_or_books_it(
    front: Front, number: str, name: tuple[str, str]
) -> None:
    await come_free(front)
    call = on_call(front, number=number)
    nameless = await call.execute("get_waitlist_offer")
    assert nameless["message"] == "May I have your first and last name?"
    known = await described(call)
    await call.execute("create_customer", first_name=name[0], last_name=name[1])
    refused = await call.execute("get_waitlist_offer")
    stranger = on_call(front, number="+12175550188", stated_name="No Body")
    assert refused == await stranger.execute("get_waitlist_offer"), "as if nobody waited"
    wish = {**known, "service_type": "oil_change", "start_time": TEN.isoformat()}
    assert (await call.execute("book_appointment", **wish))["error"] == "bad_value"
    assert (await call.execute("leave_waitlist"))["error"] == "not_allowed"
    assert await front.fetch("SELECT status FROM waitlist") == [("offered",)]


TOLD = AIMessage("You have an oil change on Tuesday, November twenty-fourth at ten AM.")


@asynccontextmanager
async def with_booking(front: Front, *said: AnyMessage | str, **state: Any) -> AsyncIterator[Any]:
    made = await front.book(TEN)
    known = {"c1": str(made.customer_id), "a1": str(made.appointment.id)}
    who = {"customer_id": str(made.customer_id), "handles": known}
    yield on_call(front, *said, **{"access": "verified", **who, **state}), made


async def standing(front: Front, made: Booking) -> tuple[str, bool]:
    ((status, reminded),) = await front.fetch(
        "SELECT status, reminder_sent FROM appointments WHERE id = %s", [made.appointment.id]
    )
    return status, reminded


async def test_who_says_they_will_be_there_has_confirmed_and_is_not_asked_again(
    front: Front,
) -> None:
    async with with_booking(front, "hi", TOLD, "Yes, I'll be there") as (call, made):
        for _ in range(2):
            done = await call.execute("confirm_appointment", appointment_id="a1")
            assert done["message"].startswith("Thank you, that's confirmed")
        assert await standing(front, made) == ("confirmed", False)
        assert call.call.state["deeds"][0]["status"] == "confirmed"
    entries = await front.fetch("SELECT count(*) FROM audit_log WHERE action = 'confirm'")
    assert entries == [(1,)]


NOT_YET = [
    ("not told of the day", ("hi", AIMessage("Will you be there?"), "Yes, I'll be there")),
    ("unsure", ("hi", TOLD, "Yes, if I can get off work")),
    ("says something else", ("hi", TOLD, "April twelfth nineteen eighty five")),
    ("said so before they were told", ("Yes, I'll be there", TOLD)),
]


@pytest.mark.parametrize("said", [row[1] for row in NOT_YET], ids=[row[0] for row in NOT_YET])
async def test_who_has_not_said_so_is_asked_first(
    front: Front, said: tuple[AnyMessage | str, ...]
) -> None:
    async with with_booking(front, *said) as (call, made):
        asked = await call.execute("confirm_appointment", appointment_id="a1")
        assert asked["error"] == "awaiting_assent"
        assert await standing(front, made) == ("scheduled", False)


async def test_nobody_confirms_what_they_have_not_proved_to_be_theirs(front: Front) -> None:
    for access in ("unknown", "recognized"):
        async with with_booking(front, "hi", TOLD, "Yes, I'll be there", access=access) as found:
            call, made = found
            for handle in ("a1", "a9", str(made.appointment.id)):
                refused = await call.execute("confirm_appointment", appointment_id=handle)
                assert refused["error"] == "not_allowed"
            assert await standing(front, made) == ("scheduled", False)


async def test_who_is_reminded_hears_of_the_next_one_only_and_confirms_it_by_name(
    front: Front,
) -> None:
    await front.book(at(TUESDAY, 15), service_key="inspection")
    reminder: dict[str, Any] = {"access": "recognized", "call_type": "outbound_reminder"}
    async with with_booking(front, "hi", TOLD, "Yes, I'll be there", **reminder) as (call, made):
        listed = await call.execute("get_upcoming_appointments", customer_id="c1")
        assert [a["service_type"] for a in listed["data"]["appointments"]] == ["oil_change"]
        assert (await call.execute("confirm_appointment", appointment_id="a1"))["success"]
        assert await standing(front, made) == ("confirmed", True)
        refused = await call.execute("cancel_appointment", appointment_id="a1")
        assert refused["error"] == "not_allowed", "to have confirmed it gives no right to it"


async def test_a_reminder_gives_no_right_to_cancel(front: Front) -> None:
    reminder: dict[str, Any] = {"access": "recognized", "call_type": "outbound_reminder"}
    async with with_booking(front, "hi", TOLD, "cancel it", **reminder) as (call, _):
        refused = await call.execute("cancel_appointment", appointment_id="a1")
        assert refused["error"] == "not_allowed"


async def test_a_request_is_for_an_advisor_to_confirm(front: Front) -> None:
    made = await front.book(TEN, service_key="engine_diagnostics")
    handles = {"a1": str(made.appointment.id)}
    call = on_call(front, "hi", TOLD, "Yes, I'll be there", access="verified", handles=handles)
    refused = await call.execute("confirm_appointment", appointment_id="a1")
    assert refused["error"] == "wrong_state"
    assert await standing(front, made) == ("scheduled", False)


BORN = {"factor": "birth_date", "value": "1985-04-12"}


async def test_a_proof_that_the_caller_did_not_say_is_not_checked(pool: Pool) -> None:
    model = ScriptedModel(
        replies=[
            Says(calls=[("verify_identity", BORN)]),
            Says(text="Sorry?"),
            Says(calls=[("verify_identity", BORN)]),
            Says(text="Thanks."),
        ]
    )
    async with a_call(pool, caller=MARIA, model=model) as call:
        await call.say("cancel my appointment")
        assert json.loads(call.results[0])["error"] == "not_said"
        assert call.agent.state.get("failed_factors", 0) == 0
        assert await call.rows("verification_attempts") == []
        await call.say("I was born April twelfth nineteen eighty five")
        assert call.agent.state["access"] == "verified"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (["I'm her husband Peter", "April twelfth nineteen eighty five"], "not_the_person"),
        (["when is my wife's appointment", "April twelfth 1985"], "name_needed"),
    ],
    ids=["says so", "may be"],
)
async def test_nobody_is_checked_for_somebody_else(pool: Pool, said: list[str], error: str) -> None:
    model = ScriptedModel(
        replies=[Says(text="Sure?"), Says(calls=[("verify_identity", BORN)]), Says(text="Hm.")]
    )
    async with a_call(pool, caller=MARIA, model=model) as call:
        await call.say_all(*said)
        assert json.loads(call.results[0])["error"] == error
        assert call.agent.state["access"] == "unknown"


@pytest.mark.parametrize("first", ["María", "Marie-Claire", "Mia"])
async def test_a_name_is_known_as_it_is_said_and_another_is_not(pool: Pool, first: str) -> None:
    named = ("create_customer", {"first_name": first, "last_name": "López"})
    model = ScriptedModel(
        replies=[Says(calls=[named, ("verify_identity", BORN)]), Says(text="Hm.")]
    )
    async with a_call(pool, caller=MARIA, model=model) as call:
        await call.say(f"{first} López, April twelfth 1985")
        assert (call.agent.state["access"] == "verified") is (first == "María")


async def test_another_name_than_the_records_is_not_verified(pool: Pool) -> None:
    peter = ("create_customer", {"first_name": "Peter", "last_name": "Lopez"})
    model = ScriptedModel(
        replies=[Says(calls=[peter, ("verify_identity", BORN)]), Says(text="Hm.")]
    )
    async with a_call(pool, caller=MARIA, model=model) as call:
        await call.say("Peter Lopez, April twelfth 1985")
        refused = json.loads(call.results[1])
        assert (refused["error"], call.agent.state["failed_factors"]) == ("not_matched", 1)


async def test_what_has_failed_is_not_asked_for_again(pool: Pool) -> None:
    wrong = ("verify_identity", {"factor": "birth_date", "value": "january 1 1970"})
    other = ("verify_identity", {"factor": "plate", "value": "ZZZ 999"})
    model = ScriptedModel(
        replies=[Says(calls=[wrong]), Says(text="No?"), Says(calls=[other]), Says(text="No.")]
    )
    async with a_call(pool, caller=MARIA, model=model) as call:
        await call.say("january 1 1970")
        assert "date of birth" not in json.loads(call.results[0])["message"]
        assert "your plate" in json.loads(call.results[0])["message"]
        await call.say("ZZZ 999")
        assert "plate" not in json.loads(call.results[0])["message"]


READ_BACK = [
    ("book_tow", {"location": "corner of Main and Fifth", "problem": "no brakes"},
     "I have the place down as: corner of Main and Fifth."),
    ("request_callback", {"topic": "bill from last week", "summary": "the bill"},
     "I have it down as: bill from last week."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "args", "words"), READ_BACK, ids=["tow", "call-back"])
async def test_callers_words_are_read_back_as_they_are(
    front: Front, tool: str, args: dict[str, str], words: str
) -> None:
    call = on_call(front)
    await call.execute(tool, **args)
    assert words in recap(call)


async def test_a_card_number_put_together_from_pieces_is_not_kept(front: Front) -> None:
    call = on_call(front)
    card = "4111 1111 1111 1111"
    await agreed(call, "request_callback", topic=f"card {card}", summary=f"it is {card}")
    await agreed(call, "book_appointment", **await wished(call, notes=f"pays with {card}"))
    kept = await front.fetch("SELECT topic || summary FROM callbacks")
    kept += await appointments(front, "customer_concerns")
    assert [text for (text,) in kept if "1111" in text] == []
    assert "1111" not in json.dumps(call.call.state, default=str)


async def test_what_is_known_of_a_car_is_asked_once_a_call(pool: Pool, front: Front) -> None:
    recall = Recall(
        "HONDA", "ACCORD", 2003, campaign="03V001000", component="AIR BAGS", summary="May burst."
    )
    registry = NhtsaStandIn(NhtsaScript(recalls=(recall,)))
    async with registry.running() as url, httpx.AsyncClient() as client:
        desk = replace(front.desk, vpic=Vpic(url, client), recall_registry=Recalls(url, client))
        asked: tuple[tuple[str, dict[str, Any]], ...] = (
            ("decode_vin", {"vin": ACCORD}),
            ("check_recalls", {"make": "Honda", "model": "Accord", "year": 2003}),
        )
        for name, args in asked:
            call = on_call(replace(front, desk=desk))
            first = await call.execute(name, **args)
            call.call.state["messages"] += [
                AIMessage("", tool_calls=[{"name": name, "args": args, "id": "1"}]),
                ToolMessage(json.dumps(first), tool_call_id="1", name=name),
            ]
            before = pool.get_stats().get("requests_num", 0)
            assert await call.execute(name, **args) == first
            assert pool.get_stats().get("requests_num", 0) == before
        assert len(registry.requests) == 2


class Together:
    """Answers nobody until two have asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._both = asyncio.Barrier(2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._both.wait()
        await self._app(scope, receive, send)


async def test_reads_run_at_once_and_writes_in_their_order(pool: Pool) -> None:
    registry = NhtsaStandIn()
    kia = {"customer_id": "c1", "year": 2019, "make": "Kia", "model": "Soul"}
    model = ScriptedModel(
        replies=[
            Says(
                calls=[
                    ("decode_vin", {"vin": ACCORD}),
                    ("create_customer", {"first_name": "Ada", "last_name": "Byron"}),
                    ("check_recalls", {"make": "Nobody", "model": "Nothing", "year": 2003}),
                    ("create_vehicle", kia),
                ]
            ),
            Says(text="Well."),
        ]
    )
    async with (
        serve(Together(registry.app)) as url,
        httpx.AsyncClient() as client,
        a_desk(pool, lambda: MONDAY_MORNING) as plain,
    ):
        vpic, recalls = Vpic(url, client, total_s=20), Recalls(url, client, total_s=20)
        desk = replace(plain, vpic=vpic, recall_registry=recalls)
        maker = await answering(desk, pool, model)
        agent = maker(CallContext(call_sid="CA-reads", caller_number=NUMBER))
        [event async for event in agent.turn("two things at once")]
        await agent.settled()
        results = [m for m in agent.messages if isinstance(m, ToolMessage)]
        await agent.aclose()
    names = ["decode_vin", "create_customer", "check_recalls", "create_vehicle"]
    assert [m.name for m in results] == names
    outcomes = [json.loads(str(m.text)) for m in results]
    assert [one["success"] for one in outcomes] == [True, True, False, True]
    assert outcomes[0]["data"]["model"] == "Accord"
    assert outcomes[3]["data"]["vehicle_id"] == "v1"


async def test_a_held_time_is_not_lost_to_a_second_look_for_it(front: Front) -> None:
    """What is answered from before is still held; once it may not be, it is looked for again."""
    call = on_call(front)
    wish = await wished(call)
    front.clock.now += timedelta(minutes=front.desk.shop.hold_minutes) * 2
    for number in range(2):
        await front.book(TEN, customer=caller(number), call_sid="CA8")
    again = await call.execute(
        "get_available_slots", date="2026-11-24T10:00", service_type="oil change"
    )
    assert again["data"]["wished_time_free"] is False
    refused = await call.execute("book_appointment", **wish)
    assert refused["error"] == "slot_taken"


async def test_no_checkpoint_holds_a_card_number_that_a_model_put_together(pool: Pool) -> None:
    asks = {"topic": "payment", "summary": "pays with 4111 1111", "name": "4111 1111 1111 1111"}
    model = ScriptedModel(replies=[Says(calls=[("request_callback", asks)]), Says(text="Sure.")])
    async with a_call(pool, model=model) as call:
        await call.say("four one one one one one one one, the rest you know")
        (asked,) = [m for m in call.agent.messages if isinstance(m, AIMessage) and m.tool_calls]
        assert asked.tool_calls[0]["args"] == {**asks, "name": CARD}
        kept = await call.agent.saver.of_another("CA-test")
        assert "1111 1111 1111" not in str(kept)


async def test_a_call_back_to_somebody_else_is_read_back_with_their_name(front: Front) -> None:
    call = on_call(front, stated_name="Daniel Brooks")
    ask = {"topic": "tires", "summary": "", "phone_number": "217 555 0131"}
    own = await call.execute("request_callback", **ask, name="Daniel")
    assert "call you back" in own["data"]["read_back"]
    call = on_call(front, stated_name="Daniel Brooks")
    other = await call.execute("request_callback", **ask, name="Maria Lopez")
    assert "call Maria Lopez back" in other["data"]["read_back"]
