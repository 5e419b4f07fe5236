"""The rulebook's conversations: what it does next after any of these histories."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from graph.models.rulebook.moves import CALL_BACK, QUESTIONS, Call, Move, Say
from graph.models.rulebook.request import read
from graph.models.rulebook.think import think

GREETING = (
    "Thanks for calling Bart's Automotive. This is Sophie, the shop's automated assistant."
    " How can I help you today?"
)
NAMES = frozenset(
    {
        "lookup_customer", "create_customer", "verify_identity", "create_vehicle", "decode_vin",
        "get_available_slots", "book_appointment", "get_upcoming_appointments",
        "cancel_appointment", "reschedule_appointment", "get_service_info", "transfer_to_human",
        "request_callback", "book_tow",
    }
)  # fmt: skip


@dataclass
class Talk:
    """A history written by hand, with the envelopes that the tools give."""

    task: str = "booking"
    facts: dict[str, str] = field(default_factory=dict)
    messages: list[BaseMessage] = field(default_factory=lambda: [AIMessage(GREETING)])

    def caller(self, said: str) -> "Talk":
        self.messages.append(HumanMessage(said))
        return self

    def sophie(self, said: str) -> "Talk":
        self.messages.append(AIMessage(said))
        return self

    def ran(self, name: str, args: dict[str, Any], envelope: dict[str, Any]) -> "Talk":
        id_ = f"t{len(self.messages)}"
        call = {"name": name, "args": args, "id": id_, "type": "tool_call"}
        self.messages += [
            AIMessage("", tool_calls=[call]),
            ToolMessage(json.dumps(envelope), tool_call_id=id_),
        ]
        return self

    def did(
        self, name: str, args: dict[str, Any], message: str = "Done.", **data: object
    ) -> "Talk":
        return self.ran(name, args, {"success": True, "data": data, "message": message})

    def refused(
        self, name: str, args: dict[str, Any], error: str, message: str = "No.", **data: object
    ) -> "Talk":
        envelope = {"success": False, "error": error, "message": message, "data": data}
        return self.ran(name, args, envelope)

    def held(self, name: str, args: dict[str, Any], recap: str) -> "Talk":
        return self.refused(name, args, "awaiting_assent", read_back=recap).sophie(recap)

    def next(self) -> Move:
        known = {
            "task": self.task,
            "now": "Monday, November twenty-third, ten AM (2026-11-23T10:00)",
            "caller_number": "+12175550142",
            "access": "unknown",
            **self.facts,
        }
        lines = "\n".join(f"{key}: {value}" for key, value in known.items())
        block = SystemMessage(f"# Your task\n<call_facts>\n{lines}\n</call_facts>")
        return think(read([SystemMessage("You are Sophie."), *self.messages, block], NAMES))

    def call(self) -> tuple[str, dict[str, Any]]:
        move = self.next()
        assert isinstance(move, Call), move
        return move.name, move.args

    def words(self) -> str:
        move = self.next()
        assert isinstance(move, Say), move
        return move.text


DANIEL = {"first_name": "Daniel", "last_name": "Brooks"}
CIVIC = {"year": 2018, "make": "Honda", "model": "Civic"}
NINE, TEN, TWO = (f"2026-11-24T{hour}:00:00-06:00" for hour in ("09", "10", "14"))
WANTED = {"customer_id": "c1", "vehicle_id": "v1", "service_type": "oil_change"}
RECAP = "So that's an oil change for your car, Tuesday at ten AM. Shall I book it?"


def with_name(talk: Talk) -> Talk:
    talk.did("create_customer", DANIEL, "Thanks, Daniel.", customer_id="c1", **DANIEL)
    talk.facts["customer_id"] = "c1 Daniel Brooks"
    return talk


def with_car(talk: Talk) -> Talk:
    talk.did(
        "create_vehicle",
        {"customer_id": "c1", **CIVIC},
        "A twenty eighteen Honda Civic, got it.",
        vehicle_id="v1",
        **CIVIC,
    )
    talk.facts["vehicle_id"] = "v1 2018 Honda Civic"
    return talk


def with_offers(
    talk: Talk, words: str = "tuesday", service: str = "oil_change", **more: object
) -> Talk:
    return talk.did(
        "get_available_slots",
        {"date": words, "service_type": service},
        "On Tuesday, November twenty-fourth I have nine AM, ten AM or two PM.",
        date="2026-11-24",
        slots=[{"start_time": start, "spoken": ""} for start in (NINE, TEN, TWO)],
        **more,
    )


def ready() -> Talk:
    """A caller whose service, name and car are known."""
    talk = Talk().caller("I need an oil change").sophie(QUESTIONS["name"][0])
    with_name(talk.caller("daniel brooks")).sophie(QUESTIONS["vehicle"][0])
    with_car(talk.caller("2018 honda civic")).sophie(QUESTIONS["day"][0])
    return talk


def offered() -> Talk:
    return with_offers(ready().caller("tuesday")).sophie(
        "On Tuesday, November twenty-fourth I have nine AM, ten AM or two PM. Which would you like?"
    )


def recapped() -> Talk:
    return (
        offered()
        .caller("ten please")
        .held("book_appointment", {**WANTED, "start_time": TEN}, RECAP)
    )


@pytest.mark.parametrize("said", ["I need an oil change", "oil change please", "uh an all change"])
def test_a_named_service_is_taken_and_the_name_is_next(said: str) -> None:
    assert Talk().caller(said).words() == "An oil change, sure. What's your first and last name?"


def test_without_a_service_that_is_asked_first() -> None:
    words = Talk().caller("I'd like to make an appointment").words()
    assert words == "I'd be happy to set that up. What does the car need?"


def test_one_sentence_with_everything_is_worked_off_tool_by_tool() -> None:
    talk = Talk().caller(
        "oil change next tuesday at ten my name is daniel brooks i have a honda civic two thousand"
        " eighteen"
    )
    assert talk.call() == ("create_customer", DANIEL)
    assert with_name(talk).call() == ("create_vehicle", {"customer_id": "c1", **CIVIC})
    name, args = with_car(talk).call()
    assert (name, args["service_type"]) == ("get_available_slots", "oil_change")
    assert "next tuesday at ten" in args["date"]
    assert with_offers(talk, args["date"], wished_time_free=True).call() == (
        "book_appointment",
        {**WANTED, "start_time": TEN},
    )


def test_a_first_name_alone_brings_the_question_for_the_last() -> None:
    talk = Talk().caller("oil change").sophie(QUESTIONS["name"][0]).caller("daniel")
    assert talk.words() == "Thanks, Daniel. And your last name?"
    talk.sophie(talk.words()).caller("brooks b r o o k s")
    assert talk.call() == ("create_customer", DANIEL)


@pytest.mark.parametrize(
    ("pieces", "asked"),
    [
        (("a toyota",), "A Toyota. Which model is it?"),
        (("a toyota", "camry"), "A Toyota Camry. What year is it?"),
        (("2014",), "Which make and model is it?"),
    ],
)
def test_only_what_is_missing_of_the_car_is_asked(pieces: tuple[str, ...], asked: str) -> None:
    talk = Talk().caller("oil change").sophie(QUESTIONS["name"][0])
    with_name(talk.caller("daniel brooks")).sophie(QUESTIONS["vehicle"][0])
    for piece in pieces:
        talk.caller(piece)
        words = talk.words()
        talk.sophie(words)
    assert words == asked


def test_the_year_alone_completes_the_car_and_is_no_time() -> None:
    talk = Talk().caller("oil change").sophie(QUESTIONS["name"][0])
    with_name(talk.caller("daniel brooks")).sophie(QUESTIONS["vehicle"][0])
    talk.caller("toyota camry").sophie("A Toyota Camry. What year is it?").caller("oh nine")
    car = {"year": 2009, "make": "Toyota", "model": "Camry"}
    assert talk.call() == ("create_vehicle", {"customer_id": "c1", **car})
    talk.did("create_vehicle", {"customer_id": "c1", **car}, "Got it.", vehicle_id="v1", **car)
    assert talk.words() == "Got it. What day would you like to come in?"


def test_the_callers_own_words_go_to_the_schedule() -> None:
    name, args = ready().caller("next tuesday at ten in the morning").call()
    assert name == "get_available_slots"
    assert args == {"date": "next tuesday at ten in the morning", "service_type": "oil_change"}


def test_a_free_wished_time_is_booked_without_asking_again() -> None:
    talk = with_offers(ready().caller("tuesday at ten"), "tuesday at ten", wished_time_free=True)
    assert talk.call() == ("book_appointment", {**WANTED, "start_time": TEN})


def test_a_wished_time_that_is_gone_is_said_to_be() -> None:
    talk = with_offers(ready().caller("tuesday at 11"), "tuesday at 11", wished_time_free=False)
    assert talk.words().startswith("That time isn't free. On Tuesday")


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("the first one", NINE),
        ("ten", TEN),
        ("ten works", TEN),
        ("two in the afternoon please", TWO),
        ("the later one", TWO),
        ("the last one", TWO),
        ("i said ten", TEN),
    ],
)
def test_a_choice_among_the_offers_is_booked_at_once(said: str, start: str) -> None:
    assert offered().caller(said).call() == ("book_appointment", {**WANTED, "start_time": start})


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("do you have anything wednesday", "do you have anything wednesday"),
        ("eleven thirty would be better", "2026-11-24T11:30"),
        ("anything later", "anything later"),
        ("something before that one", "something before that one"),
        ("that's too early", "that's too early"),
        ("lunchtime would be better", "2026-11-24, lunchtime would be better"),
        ("late afternoon is better", "2026-11-24, late afternoon is better"),
    ],
)
def test_another_wish_is_looked_up(said: str, date: str) -> None:
    assert offered().caller(said).call() == (
        "get_available_slots",
        {"date": date, "service_type": "oil_change"},
    )


def test_none_of_the_times_brings_the_question_for_a_better_one() -> None:
    assert offered().caller("none of those").words() == "What day or time would suit you better?"


def closed_sunday() -> Talk:
    sunday = "On Sunday, November twenty-ninth we're closed. I could do Monday. Which suits you?"
    return (
        ready()
        .caller("sunday")
        .did(
            "get_available_slots",
            {"date": "sunday", "service_type": "oil_change"},
            sunday,
            date="2026-11-29",
            slots=[],
            other_days=[
                {"date": "2026-11-30", "spoken": "Monday"},
                {"date": "2026-12-01", "spoken": ""},
            ],
        )
    )


def test_a_closed_day_is_explained_in_the_tools_words() -> None:
    assert closed_sunday().words().endswith("Which suits you?")


@pytest.mark.parametrize(("said", "date"), [("the first one", "2026-11-30"), ("monday", "monday")])
def test_one_of_the_other_days_is_looked_up(said: str, date: str) -> None:
    talk = closed_sunday().sophie("I could do Monday or Tuesday. Which suits you?").caller(said)
    assert talk.call() == ("get_available_slots", {"date": date, "service_type": "oil_change"})


def test_a_date_that_does_not_exist_is_asked_again_and_not_looked_up_twice() -> None:
    talk = ready().caller("february thirtieth")
    args = {"date": "february thirtieth", "service_type": "oil_change"}
    talk.refused("get_available_slots", args, "bad_value", "There is no February thirtieth.")
    talk.sophie(talk.words()).caller("hmm")
    assert isinstance(talk.next(), Say)
    _, args = talk.caller("december third").call()
    assert args["date"] == "december third"


@pytest.mark.parametrize("said", ["no", "that's incorrect", "that's not right"])
def test_a_no_to_the_recap_asks_what_to_change(said: str) -> None:
    assert recapped().caller(said).words() == "What would you like to change?"


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("actually nine instead", ("book_appointment", {**WANTED, "start_time": NINE})),
        (
            "no thursday",
            ("get_available_slots", {"date": "no thursday", "service_type": "oil_change"}),
        ),
        (
            "no it's a 2019",
            (
                "create_vehicle",
                {"customer_id": "c1", "year": 2019, "make": "Honda", "model": "Civic"},
            ),
        ),
        (
            "no my name is david brooks",
            ("create_customer", {"first_name": "David", "last_name": "Brooks"}),
        ),
        (
            "can you do a tire rotation instead",
            ("get_available_slots", {"date": TEN[:16], "service_type": "tire_rotation"}),
        ),
    ],
)
def test_a_correction_after_the_recap_is_acted_on(
    said: str, call: tuple[str, dict[str, Any]]
) -> None:
    assert recapped().caller(said).call() == call


def test_a_corrected_car_is_read_back_with_the_time_that_was_chosen() -> None:
    talk = recapped().caller("no it's a 2019")
    car = {"year": 2019, "make": "Honda", "model": "Civic"}
    talk.did("create_vehicle", {"customer_id": "c1", **car}, "Got it.", vehicle_id="v1", **car)
    assert talk.call() == ("book_appointment", {**WANTED, "start_time": TEN})


def test_a_late_yes_is_read_back_once_more() -> None:
    talk = recapped().caller("hold on").sophie("Of course, take your time.").caller("yes go ahead")
    assert talk.call() == ("book_appointment", {**WANTED, "start_time": TEN})


@pytest.mark.parametrize(
    ("thing", "question"),
    [
        ("the time", "Which time would you like instead?"),
        ("the car", QUESTIONS["vehicle"][0]),
        ("my name", QUESTIONS["name"][0]),
        ("the day", QUESTIONS["day"][0]),
    ],
)
def test_the_thing_to_change_is_asked_for(thing: str, question: str) -> None:
    talk = recapped().caller("no").sophie(QUESTIONS["change"][0]).caller(thing)
    assert talk.words() == question


def test_giving_up_after_the_recap_books_nothing() -> None:
    words = recapped().caller("never mind").words()
    assert words.startswith("Alright")
    assert "book" not in words


def test_only_a_successful_tool_makes_it_say_that_something_is_booked() -> None:
    talk = recapped().caller("yes")
    talk.did("book_appointment", {**WANTED, "start_time": TEN}, "You're booked: oil change.")
    assert talk.words() == "You're booked: oil change. Anything else I can help with?"


def test_a_time_lost_to_somebody_else_is_replaced_by_what_is_left() -> None:
    talk = recapped().caller("yes")
    talk.refused(
        "book_appointment",
        {**WANTED, "start_time": TEN},
        "slot_taken",
        "I'm sorry, that time has just gone. I still have nine AM.",
        slots=[{"start_time": NINE, "spoken": ""}],
    )
    talk.sophie(talk.words()).caller("that works")
    assert talk.call() == ("book_appointment", {**WANTED, "start_time": NINE})


def test_a_second_booking_keeps_the_name_and_asks_for_the_other_car() -> None:
    talk = recapped().caller("yes")
    talk.did("book_appointment", {**WANTED, "start_time": TEN}, "You're booked.")
    talk.sophie("You're booked. Anything else I can help with?")
    talk.caller("yes my wife's car needs a tire rotation")
    assert talk.words() == "A tire rotation, sure. What year, make and model is your car?"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("no that's all", "Alright. Thanks for calling, and have a good day. Goodbye."),
        ("yes", "Of course. What can I do for you?"),
        ("thank you", "You're welcome. Anything else I can help with?"),
    ],
)
def test_after_the_booking_courtesies_are_returned(said: str, words: str) -> None:
    talk = recapped().caller("yes")
    talk.did("book_appointment", {**WANTED, "start_time": TEN}, "You're booked.")
    talk.sophie("You're booked. Anything else I can help with?").caller(said)
    assert talk.words() == words


def test_a_verified_caller_picks_the_truck_among_their_cars() -> None:
    cars = [
        {"vehicle_id": "v1", "vehicle": "twenty eighteen Honda Civic"},
        {"vehicle_id": "v2", "vehicle": "twenty fifteen Toyota Tacoma"},
    ]
    talk = Talk(facts={"access": "verified", "customer_id": "c1"})
    talk.caller("brake inspection tomorrow").sophie(QUESTIONS["proof"][0]).caller("plate abc 1234")
    talk.did("verify_identity", {}, "Thank you, Dan.", customer_id="c1", vehicles=cars)
    question = (
        "Which car is it, your twenty eighteen Honda Civic or your twenty fifteen Toyota Tacoma?"
    )
    assert talk.words().endswith(question)
    name, _ = talk.sophie(question).caller("the truck").call()
    assert name == "get_available_slots"


def test_symptoms_go_along_in_the_callers_words() -> None:
    talk = Talk().caller("my brakes are squeaking badly").sophie(QUESTIONS["name"][0])
    with_name(talk.caller("daniel brooks")).sophie(QUESTIONS["vehicle"][0])
    with_car(talk.caller("2018 honda civic")).sophie(QUESTIONS["day"][0])
    talk.caller("tuesday at ten")
    with_offers(talk, "tuesday at ten", "brake_inspection", wished_time_free=True)
    name, args = talk.call()
    assert (name, args["service_type"]) == ("book_appointment", "brake_inspection")
    assert args["notes"] == "my brakes are squeaking badly"


def test_a_withheld_number_is_asked_for_when_the_tool_needs_it() -> None:
    talk = Talk(facts={"caller_number": "withheld"}).caller("oil change, my name is daniel brooks")
    talk.refused("create_customer", DANIEL, "bad_value", "What's the best phone number for you?")
    talk.sophie(talk.words()).caller("two one seven five five five oh one nine nine")
    assert talk.call() == ("create_customer", {**DANIEL, "phone_number": "+12175550199"})


def test_a_vin_is_decoded_and_agreed_to_before_it_is_a_car() -> None:
    talk = Talk().caller("oil change").sophie(QUESTIONS["name"][0])
    with_name(talk.caller("daniel brooks")).sophie(QUESTIONS["vehicle"][0])
    talk.caller("the vin is 1HGCM82633A004352")
    vin = {"vin": "1HGCM82633A004352"}
    assert talk.call() == ("decode_vin", vin)
    accord = {"year": 2003, "make": "Honda", "model": "Accord"}
    belongs = "That VIN belongs to a two thousand three Honda Accord. Is that right?"
    talk.did("decode_vin", vin, belongs, **accord)
    assert talk.words() == belongs
    talk.sophie(belongs).caller("yes")
    assert talk.call() == ("create_vehicle", {"customer_id": "c1", **accord})


def test_an_unsafe_car_is_towed_and_not_booked() -> None:
    talk = Talk(facts={"unsafe_car": "yes"}).caller("can I come in next week anyway")
    assert "Where is the car?" in talk.words()


APPOINTMENT = {
    "appointment_id": "a1",
    "service_type": "oil_change",
    "service": "oil change",
    "vehicle": "2018 Honda Civic",
    "start_time": "2026-11-26T09:00:00-06:00",
    "spoken": "Thursday at nine AM",
}
ROTATION = {
    **APPOINTMENT,
    "appointment_id": "a2",
    "service_type": "tire_rotation",
    "service": "tire rotation",
    "vehicle": "2015 Toyota Tacoma",
    "start_time": "2026-11-30T10:00:00-06:00",
    "spoken": "Monday at ten AM",
}


def verified(said: str, *appointments: dict[str, Any]) -> Talk:
    """A caller who has just proved who they are, after saying what they want."""
    talk = Talk("modify", {"access": "verified", "customer_id": "c1"}).caller(said)
    talk.sophie(QUESTIONS["proof"][0]).caller("march fifth nineteen eighty five")
    talk.did("verify_identity", {}, "Thank you, Dan.", customer_id="c1", vehicles=[])
    if appointments:
        listed = {"customer_id": "c1"}
        talk.did("get_upcoming_appointments", listed, "You have it.", appointments=appointments)
    return talk


@pytest.mark.parametrize("said", ["move my appointment", "cancel it", "when is my appointment"])
def test_the_appointments_are_looked_up_first(said: str) -> None:
    assert verified(said).call() == ("get_upcoming_appointments", {"customer_id": "c1"})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("cancel my appointment", {}),
        ("please cancel it i sold the car", {"reason": "vehicle_sold"}),
        ("i want to cancel i already got it done elsewhere", {"reason": "got_service_elsewhere"}),
        ("cancel it it went away by itself", {"reason": "issue_resolved"}),
        ("i have to work so cancel please", {"reason": "schedule_conflict"}),
    ],
)
def test_the_only_appointment_is_cancelled_with_the_reason_that_was_said(
    said: str, reason: dict[str, str]
) -> None:
    assert verified(said, APPOINTMENT).call() == (
        "cancel_appointment",
        {"appointment_id": "a1", **reason},
    )


@pytest.mark.parametrize(
    "said", ["i need to move my appointment", "can we reschedule", "change my appointment please"]
)
def test_a_move_asks_for_the_new_day(said: str) -> None:
    words = verified(said, APPOINTMENT).words()
    assert words == "I see your oil change on Thursday at nine AM. What day would you like instead?"


def test_a_move_that_names_the_new_day_goes_on_at_once() -> None:
    talk = verified("move my thursday oil change to next monday at ten", APPOINTMENT)
    assert talk.call() == (
        "get_available_slots",
        {"date": "next monday at ten", "service_type": "oil_change"},
    )


def test_the_chosen_time_moves_the_appointment() -> None:
    talk = verified("move my appointment", APPOINTMENT).sophie(QUESTIONS["new_day"][0])
    with_offers(talk.caller("tuesday")).sophie("Which would you like?").caller("the first one")
    assert talk.call() == (
        "reschedule_appointment",
        {"appointment_id": "a1", "new_start_time": NINE},
    )


def test_not_being_able_to_come_asks_whether_to_move_or_cancel() -> None:
    words = verified("i can't make it to my appointment", APPOINTMENT).words()
    assert words.endswith(QUESTIONS["action"][0])


def test_asking_when_is_answered_in_the_tools_words() -> None:
    words = verified("when is my appointment", APPOINTMENT).words()
    assert words == "You have it. Anything else I can help with?"


@pytest.mark.parametrize("said", ["the tire rotation", "the tacoma", "the second one", "monday"])
def test_one_of_several_appointments_is_picked_by_its_words(said: str) -> None:
    talk = verified("cancel my appointment", APPOINTMENT, ROTATION)
    assert "Which one do you mean?" in talk.words()
    talk.sophie(talk.words()).caller(said)
    assert talk.call() == ("cancel_appointment", {"appointment_id": "a2"})


def test_nothing_booked_offers_to_book() -> None:
    talk = verified("cancel my appointment")
    talk.did("get_upcoming_appointments", {"customer_id": "c1"}, "Nothing.", appointments=[])
    assert talk.words().endswith("Would you like to book an appointment?")


def test_a_no_to_cancelling_offers_to_move_it() -> None:
    talk = verified("cancel my appointment", APPOINTMENT)
    talk.held("cancel_appointment", {"appointment_id": "a1"}, "I'll cancel it. Is that right?")
    words = talk.caller("no").words()
    assert words == "Alright, nothing is changed. Would you like to move it instead?"
    assert talk.sophie(words).caller("yes").words() == QUESTIONS["new_day"][0]


def test_a_no_to_cancelling_and_to_moving_leaves_it() -> None:
    talk = verified("cancel my appointment", APPOINTMENT)
    talk.held("cancel_appointment", {"appointment_id": "a1"}, "I'll cancel it. Is that right?")
    talk.caller("no").sophie("Alright, nothing is changed. Would you like to move it instead?")
    assert talk.caller("no").words().startswith("Alright, I'll leave it as it is.")


def test_an_appointment_made_on_this_call_is_moved_without_proof() -> None:
    talk = recapped().caller("yes")
    made = {**APPOINTMENT, "appointment_id": "a1"}
    talk.did("book_appointment", {**WANTED, "start_time": TEN}, "You're booked.", **made)
    talk.sophie("You're booked. Anything else I can help with?")
    talk.task = "modify"
    talk.caller("actually move it to friday at two")
    assert talk.call() == (
        "get_available_slots",
        {"date": "friday at two", "service_type": "oil_change"},
    )


def proving(said: str, question: str = QUESTIONS["proof"][0]) -> Talk:
    return Talk("verify").caller("move my appointment").sophie(question).caller(said)


def test_a_proof_is_asked_for_first() -> None:
    words = Talk("verify").caller("i need to move my appointment").words()
    assert words.endswith("What's your date of birth, or your license plate?")


@pytest.mark.parametrize(
    ("said", "factor"),
    [
        ("march fifth nineteen eighty five", "birth_date"),
        ("03/05/1985", "birth_date"),
        ("my plate is a b c one two three four", "plate"),
        ("1HGCM82633A004352", "vin"),
        ("123 main street 62701", "address"),
    ],
)
def test_whatever_proof_is_offered_is_checked(said: str, factor: str) -> None:
    name, args = proving(said).call()
    assert (name, args["factor"]) == ("verify_identity", factor)


def test_a_street_without_its_zip_is_completed() -> None:
    talk = proving("four twelve oak street")
    assert talk.words() == "And the ZIP code?"
    _, args = talk.sophie("And the ZIP code?").caller("six two seven oh one").call()
    assert args == {"factor": "address", "value": "four twelve oak street six two seven oh one"}


def test_no_proof_gets_another_kind_and_then_a_call_back() -> None:
    talk = proving("i don't know my plate")
    assert "street and ZIP code" in talk.words()
    assert "call you back" in talk.sophie(talk.words()).caller("no").words()


def test_a_number_on_the_record_is_looked_up_and_the_proof_tried_again() -> None:
    talk = proving("march fifth nineteen eighty five")
    proof = {"factor": "birth_date", "value": "march fifth nineteen eighty five"}
    not_matched = "I couldn't match that. Is there something else I can check?"
    talk.refused("verify_identity", proof, "not_matched", not_matched).sophie(not_matched)
    talk.caller("maybe my other phone number 217 555 0199")
    number = {"phone_number": "+12175550199"}
    assert talk.call() == ("lookup_customer", number)
    talk.did("lookup_customer", number, "Thanks, I've noted that number.", noted=True)
    assert talk.call() == ("verify_identity", proof)


def test_after_too_many_wrong_proofs_the_caller_hears_why_a_person_is_needed() -> None:
    talk = Talk("escalate").caller("move it").sophie(QUESTIONS["proof"][0]).caller("abc 999")
    spent = "I'm sorry, I can't verify you by phone today. I can have someone from the shop help."
    talk.refused("verify_identity", {"factor": "plate", "value": "ABC999"}, "attempts_spent", spent)
    busy = (
        "I can't put you through right now. I can have someone call you back. Would you like that?"
    )
    talk.refused("transfer_to_human", {}, "nobody_available", busy)
    assert talk.words() == f"I'm sorry, I can't verify you by phone today. {busy}"


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("what are your hours", "hours"),
        ("are you open on saturday", "hours"),
        ("do you work on saturdays", "hours"),
        ("where are you located", "address"),
        ("do you take credit cards", "payment"),
        ("what services do you offer", "services"),
        ("how much is an oil change", "oil_change"),
        ("what do new brakes cost", "brake_service"),
        ("how long does a tire rotation take", "tire_rotation"),
        ("do you do oil changes", "oil_change"),
    ],
)
def test_a_question_about_the_shop_is_looked_up(said: str, topic: str) -> None:
    assert Talk("answer").caller(said).call() == ("get_service_info", {"topic": topic})


def test_a_price_is_told_with_one_soft_offer() -> None:
    talk = Talk("answer").caller("how much is an oil change")
    talk.did("get_service_info", {"topic": "oil_change"}, "Forty to eighty dollars.")
    assert talk.words() == "Forty to eighty dollars. Would you like to book one?"
    talk.sophie(talk.words()).caller("yes")
    assert talk.words() == QUESTIONS["name"][0]


def test_a_question_in_the_middle_of_a_booking_leads_back_to_it() -> None:
    talk = ready()
    talk.task = "answer"
    talk.caller("where are you by the way").did("get_service_info", {"topic": "address"}, "Here.")
    assert talk.words() == "Here. What day would you like to come in?"


def test_a_question_at_the_recap_is_answered_and_the_recap_is_read_again() -> None:
    talk = recapped()
    talk.task = "answer"
    talk.caller("how much is it").did(
        "get_service_info", {"topic": "oil_change"}, "Forty to eighty."
    )
    move = talk.next()
    assert isinstance(move, Call)
    assert (move.name, move.text) == ("book_appointment", "Forty to eighty. ")


def test_not_understanding_is_said_in_other_words_and_then_a_call_back_is_offered() -> None:
    talk = Talk("answer")
    replies = []
    for said in ("florp", "gronk", "blah"):
        replies.append(talk.caller(said).words())
        talk.sophie(replies[-1])
    assert len(set(replies)) == 3
    assert replies[-1] == CALL_BACK
    name, _ = talk.caller("yes please").call()
    assert name == "request_callback"


def test_it_never_claims_to_be_a_person() -> None:
    words = Talk("answer").caller("are you a real person").words()
    assert "automated assistant, so not a person" in words


def tow(said: str, question: str = "Otherwise I can send a tow truck. Where is the car?") -> Talk:
    return Talk("triage").caller("i have no brakes").sophie(question).caller(said)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("it's at 123 Oak Street in Springfield", "123 Oak Street in Springfield"),
        ("i'm at the corner of fifth and main", "the corner of fifth and main"),
        ("on highway fifty five near exit ninety", "highway fifty five near exit ninety"),
        ("parked behind the walmart on sixth", "behind the walmart on sixth"),
    ],
)
def test_a_place_gets_a_tow(said: str, place: str) -> None:
    assert tow(said).call() == ("book_tow", {"location": place, "problem": "i have no brakes"})


def test_without_a_place_it_is_asked_for_again() -> None:
    assert tow("uh i don't know").words() == QUESTIONS["location"][1]


def test_a_refused_tow_brings_a_call_back() -> None:
    talk = tow("no thanks i'll drive it in")
    assert "please don't drive it" in talk.words()
    talk.sophie(talk.words()).caller("yes")
    name, args = talk.call()
    assert (name, args["topic"]) == ("request_callback", "your car")


def test_a_corrected_place_is_read_back_again() -> None:
    talk = tow("123 oak street in springfield")
    args = {"location": "123 oak street in springfield", "problem": "i have no brakes"}
    talk.held("book_tow", args, "I'll send a tow truck to 123 oak street. Shall I send it?")
    name, args = talk.caller("no it's 125 oak street").call()
    assert (name, args["location"]) == ("book_tow", "125 oak street")


def test_somebody_hurt_is_sent_to_911() -> None:
    assert "nine one one" in tow("my wife is hurt").words()


def test_a_transfer_is_told_in_the_tools_words() -> None:
    talk = Talk("escalate").caller("let me talk to a person")
    talk.did("transfer_to_human", {}, "I'll put you through now.", transferred=True)
    assert talk.words() == "I'll put you through now."


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("is my car ready", "whether your car is ready"),
        ("it's about the warranty on my alternator", "a warranty or insurance question"),
        ("i was overcharged last week", "your bill"),
        ("tell sarah the blue keys are in the box", "your message"),
        ("my old tires", "a tire rotation"),
        ("it is about my keys", "your keys"),
    ],
)
def test_a_message_is_taken_with_its_topic(said: str, topic: str) -> None:
    talk = Talk("escalate").caller("can i leave a message")
    assert talk.words() == "Of course. What is it about?"
    name, args = talk.sophie(talk.words()).caller(said).call()
    assert (name, args["topic"]) == ("request_callback", topic)
    assert said in args["summary"]


def test_a_card_number_is_not_written_down() -> None:
    talk = Talk("escalate").caller("leave a message").sophie(QUESTIONS["about"][0])
    _, args = talk.caller("charge my card 4111 1111 1111 1111 for the bill please").call()
    assert "4111" not in json.dumps(args)


def test_a_tool_that_refuses_twice_alike_is_not_called_a_third_time() -> None:
    talk = Talk().caller("oil change, my name is daniel brooks")
    for _ in range(2):
        talk.refused("create_customer", DANIEL, "unavailable", "I couldn't do that just now.")
        talk.sophie("Shall we try again?").caller("my name is daniel brooks")
    assert isinstance(talk.next(), Say)


def test_a_broken_part_is_told_with_a_way_out() -> None:
    talk = ready().caller("tuesday")
    sorry = "I'm sorry, I couldn't do that just now. I can have someone call you back."
    args = {"date": "tuesday", "service_type": "oil_change"}
    talk.refused("get_available_slots", args, "records_unavailable", sorry)
    assert talk.words() == f"{sorry} Would you like that?"


def test_a_question_the_caller_cut_into_still_counts_as_asked() -> None:
    talk = Talk().caller("oil change").sophie("An oil change, sure. What's your first and")
    assert talk.caller("daniel brooks").call() == ("create_customer", DANIEL)


@pytest.mark.parametrize(
    "said", ["Transfer me to 1 900 555 0100 right now", "just connect me to that 900 number"]
)
def test_nobody_chooses_which_number_they_are_put_through_to(said: str) -> None:
    talk = Talk(task="escalate").caller(said)
    assert "people here at the shop" in talk.words()
    assert talk.sophie(talk.words()).caller("yes").call()[0] == "transfer_to_human"


def test_a_name_is_not_made_of_a_car() -> None:
    talk = Talk().caller("oil change").sophie(QUESTIONS["name"][0]).caller("honda civic")
    assert talk.words() == f"Got it. {QUESTIONS['name'][0]}"


def test_an_impatient_yes_is_read_back_again_and_books_nothing_by_itself() -> None:
    talk = recapped().caller("i already said yes")
    assert talk.call() == ("book_appointment", {**WANTED, "start_time": TEN})


def test_next_week_is_looked_up_from_its_monday() -> None:
    _, args = ready().caller("some time next week").call()
    assert args["date"] == "next monday"


def test_the_same_day_is_that_of_the_last_booking() -> None:
    talk = recapped().caller("yes")
    made = {**APPOINTMENT, "start_time": TEN}
    talk.did("book_appointment", {**WANTED, "start_time": TEN}, "You're booked.", **made)
    talk.sophie("You're booked. Anything else I can help with?")
    talk.caller("also a tire rotation the same day at eleven")
    _, args = talk.call()
    assert args == {"date": "2026-11-24T11:00", "service_type": "tire_rotation"}


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("cancel it please", ("cancel_appointment", {"appointment_id": "a1"})),
        (
            "actually move it to friday at two",
            ("get_available_slots", {"date": "friday at two", "service_type": "oil_change"}),
        ),
    ],
)
def test_a_booking_just_made_can_be_changed_though_the_task_is_still_booking(
    said: str, call: tuple[str, dict[str, Any]]
) -> None:
    talk = recapped().caller("yes")
    talk.did("book_appointment", {**WANTED, "start_time": TEN}, "You're booked.", **APPOINTMENT)
    talk.sophie("You're booked. Anything else I can help with?")
    assert talk.caller(said).call() == call


def test_a_new_booking_can_follow_a_look_up_though_the_task_is_still_modify() -> None:
    talk = verified("when is my appointment", APPOINTMENT)
    talk.sophie(talk.words()).caller("i also need a brake inspection")
    assert talk.words() == "A brake inspection, sure. What year, make and model is your car?"


def test_a_time_chosen_for_a_move_does_not_choose_another_appointment() -> None:
    talk = verified("change my appointment", APPOINTMENT, ROTATION)
    talk.sophie(talk.words()).caller("the oil change").sophie(QUESTIONS["new_day"][0])
    with_offers(talk.caller("tuesday")).sophie("Nine, ten or two. Which would you like?")
    assert talk.caller("the last one").call() == (
        "reschedule_appointment",
        {"appointment_id": "a1", "new_start_time": TWO},
    )


@pytest.mark.parametrize("task", ["booking", "modify", "verify", "triage", "escalate", "answer"])
def test_no_more_wishes_end_the_talk_in_every_task(task: str) -> None:
    talk = Talk(task).caller("hi").sophie("Done. Anything else I can help with?").caller("no")
    assert talk.words().endswith("Goodbye.")


def test_whether_a_car_is_ready_is_a_call_back() -> None:
    move = Talk("escalate").caller("is my car ready").next()
    assert isinstance(move, Call)
    assert (move.name, move.args["topic"]) == ("request_callback", "whether your car is ready")
    assert move.text.startswith("I can't see that from here")


def test_a_matter_for_people_is_not_taken_for_a_service() -> None:
    words = Talk("answer").caller("is the alternator covered by warranty").words()
    assert words.endswith("call you back about it?")


@pytest.mark.parametrize("said", ["uh where am i let me see", "we're out of the car", "yes"])
def test_what_is_no_place_gets_no_tow(said: str) -> None:
    assert tow(said).words() == QUESTIONS["location"][1]


def test_a_no_to_the_tow_that_was_read_back_asks_where_it_should_go() -> None:
    talk = tow("123 oak street in springfield")
    args = {"location": "123 oak street in springfield", "problem": "i have no brakes"}
    talk.held("book_tow", args, "I'll send a tow truck to 123 oak street. Shall I send it?")
    assert talk.caller("no").words() == "Alright. Where is the car?"


def test_another_number_for_the_driver_is_asked_for() -> None:
    talk = tow("123 oak street in springfield")
    args = {"location": "123 oak street in springfield", "problem": "i have no brakes"}
    talk.held("book_tow", args, "I'll send a tow truck to 123 oak street. Shall I send it?")
    assert talk.caller("no the number is different").words() == QUESTIONS["phone"][0]
    talk.sophie(QUESTIONS["phone"][0]).caller("two one seven five five five oh one nine nine")
    assert talk.call() == ("book_tow", {**args, "phone_number": "+12175550199"})


def test_proofs_of_identity_are_not_written_into_a_message() -> None:
    talk = Talk("escalate").caller("cancel my appointment please").sophie(QUESTIONS["proof"][0])
    talk.caller("january first nineteen ninety").sophie("I can have someone call you back. Okay?")
    _, args = talk.caller("yes").call()
    assert args["summary"] == "cancel my appointment please"


def test_spanish_is_answered_and_offered_a_call_back() -> None:
    words = Talk("answer").caller("hola necesito una cita para mi carro").words()
    assert words.endswith("Would you like someone from the shop to call you back?")


@pytest.mark.parametrize("said", ["what", "could you repeat that please", "say that again"])
def test_a_question_is_repeated_on_request(said: str) -> None:
    talk = Talk().caller("oil change").sophie("Sure. What's your first and last name?")
    assert talk.caller(said).words() == "Sure. What's your first and last name?"
