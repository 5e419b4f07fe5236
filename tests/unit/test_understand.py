import pytest

from graph.state import Topic
from nodes.understand import understand

Row = tuple[str, str]

OPENING: list[Row] = [
    # book
    ("I need an oil change", "book"),
    ("hi i'd like to make an appointment", "book"),
    ("I'd like to book an oil change for my Civic", "book"),
    ("can I bring my car in tomorrow", "book"),
    ("can you get me in this week", "book"),
    ("do you have anything on tuesday", "book"),
    ("what times do you have tomorrow", "book"),
    ("when can you fit me in", "book"),
    ("how soon can you look at it", "book"),
    ("my brakes have a problem", "book"),
    ("my brakes are grinding", "book"),
    ("my brakes are squeaking", "book"),
    ("the check engine light came on", "book"),
    ("my car is making a funny noise", "book"),
    ("there's a rattle in my car and I want it looked at", "book"),
    ("something's wrong with my truck", "book"),
    ("my car is pulling to the left", "book"),
    ("the a c blows warm", "book"),
    ("it's leaking oil", "book"),
    ("I need new tires", "book"),
    ("I'm due for an inspection", "book"),
    ("could you take a look at my transmission", "book"),
    ("I need someone to look at my brakes", "book"),
    ("I need to change my oil", "book"),
    ("I want to schedule a tire rotation", "book"),
    ("oil change please", "book"),
    ("my window won't go up", "book"),
    ("it has a flat tire", "book"),
    ("I need to get my brakes checked", "book"),
    ("the airbag light is on", "book"),
    ("I'd like to set up an appointment for my wife's car", "book"),
    # modify
    ("I can't make it to my appointment", "modify"),
    ("I need to cancel my oil change", "modify"),
    ("I need to reschedule", "modify"),
    ("can I move my appointment to friday", "modify"),
    ("I'd like to change my appointment time", "modify"),
    ("when is my appointment", "modify"),
    ("what time am I coming in", "modify"),
    ("when am I in", "modify"),
    ("do I have an appointment tomorrow", "modify"),
    ("I have an appointment on thursday and something came up", "modify"),
    ("I won't be able to come in tomorrow", "modify"),
    ("can we push it back a day, I have an appointment tomorrow", "modify"),
    ("can you confirm my appointment", "modify"),
    ("please cancel everything", "modify"),
    ("is there a later time for my appointment on friday, I want to move it to later", "modify"),
    ("I'm calling about my appointment", "modify"),
    ("I need to postpone my brake job", "modify"),
    # answer
    ("what are your hours", "answer"),
    ("are you open on saturday", "answer"),
    ("when do you close today", "answer"),
    ("how late are you open", "answer"),
    ("how much is an oil change", "answer"),
    ("what do brakes cost", "answer"),
    ("can I get a quote for new brake pads", "answer"),
    ("do you do alignments", "answer"),
    ("do you work on hybrids", "answer"),
    ("where are you located", "answer"),
    ("what's your address", "answer"),
    ("do you take credit cards", "answer"),
    ("how can I pay", "answer"),
    ("is the alternator covered by warranty", "answer"),
    ("what's your warranty", "answer"),
    ("do you take insurance", "answer"),
    ("how long does an oil change take", "answer"),
    ("do you have a shuttle", "answer"),
    ("do you have wifi", "answer"),
    ("can I wait there while you do it", "answer"),
    ("do I need an appointment", "answer"),
    ("are you a robot", "answer"),
    ("am I talking to a real person", "answer"),
    ("what services do you offer", "answer"),
    ("is there a recall on my civic", "answer"),
    ("how much is a tow", "answer"),
    ("can you put a tow hitch on my truck", "answer"),
    ("what's your cancellation policy", "answer"),
    ("how often should I change my oil", "answer"),
    ("quick question about your prices", "answer"),
    ("can I drop off my keys after hours, do you have a key drop", "answer"),
    # tow
    ("I need a tow", "tow"),
    ("can you send a tow truck", "tow"),
    ("my car won't start", "tow"),
    ("my car broke down", "tow"),
    ("it won't move", "tow"),
    ("I'm stranded at the mall", "tow"),
    ("my battery died", "tow"),
    ("the car is dead", "tow"),
    ("I can't drive it", "tow"),
    ("I need a jump start", "tow"),
    ("I locked my keys in the car", "tow"),
    ("I'm stuck on the side of the road", "tow"),
    ("broken down on the shoulder of the interstate", "tow"),
    ("it won't go into gear", "tow"),
    # message
    ("can someone call me back", "message"),
    ("have somebody call me", "message"),
    ("I'd like to leave a message", "message"),
    ("is my car ready", "message"),
    ("is my truck done yet", "message"),
    ("when will my car be ready", "message"),
    ("can I pick up my car today", "message"),
    ("what's the status of my repair", "message"),
    ("I'm returning a call", "message"),
    ("I missed a call from you", "message"),
    ("tell sarah I called", "message"),
    ("I'm running ten minutes late", "message"),
    ("I'm stuck in traffic and I'll be late", "message"),
    # goodbye, opting out, wrong number
    ("that's all thank you", "goodbye"),
    ("bye", "goodbye"),
    ("no that's everything", "goodbye"),
    ("nothing else", "goodbye"),
    ("have a great day", "goodbye"),
    ("I'll call back later", "goodbye"),
    ("no thanks I'm good", "goodbye"),
    ("talk to you later", "goodbye"),
    ("stop calling me", "stop_calling"),
    ("please take me off your list", "stop_calling"),
    ("don't call me again", "stop_calling"),
    ("do not call this number anymore", "stop_calling"),
    ("I want to opt out", "stop_calling"),
    ("sorry wrong number", "wrong_number"),
    ("I think I have the wrong number", "wrong_number"),
    ("you've got the wrong person", "wrong_number"),
    # none
    ("hello", "none"),
    ("hi sophie", "none"),
    ("um", "none"),
    ("thanks", "none"),
    ("noon is fine", "none"),
    ("can you open the hood for me when I drop off", "none"),
    ("my boss drives the other one", "none"),
    ("let me talk to my wife first", "none"),
    ("I already said yes", "none"),
    ("what", "none"),
    ("could you say that again", "none"),
    ("actually never mind the booking", "none"),
    ("the weather is nice today", "none"),
    ("", "none"),
]

HUMAN = [
    "a person please",
    "can I talk to a person",
    "I want to speak to a human",
    "let me speak to the manager",
    "speak to sarah",
    "is sarah there",
    "is the owner in",
    "representative",
    "agent agent agent",
    "operator please",
    "real person",
    "give me a real human being",
    "get me your manager",
    "can you transfer me",
    "connect me to service",
    "transfer me to this 900 number",
    "put mike on the phone",
    "I don't want to talk to a machine",
    "I'm not talking to a robot",
    "I need to talk to someone who knows cars",
    "is there anyone I can talk to",
    "may I speak with a service advisor",
    "can I talk with the mechanic who did it",
    "put me through to the front desk",
    "I'd rather have a human",
    "somebody real please",
    "talk to a person about cancelling my appointment",
    "I have a complaint",
    "I want to complain about my last visit",
    "you replaced my brakes and they still squeak",
    "it's making the same noise since you fixed it",
    "I was in last week and it's leaking again",
    "you scratched my car",
    "you overcharged me",
    "I want a refund",
    "I have a question about my bill",
    "this is ridiculous",
    "that was terrible service",
    "I need to make a warranty claim",
    "this should be covered under warranty",
    "my insurance company is paying for it",
    "I have to file an insurance claim",
    "can I get a discount",
    "will you match their price",
    "the manager promised it free",
    "can you make an exception",
    "knock twenty dollars off",
    "you people are idiots",
    "what the fuck",
    "necesito hablar con una persona",
]

EMERGENCIES = [
    "my car is on fire",
    "there's fire coming from the engine",
    "I see flames under the hood",
    "I'm stuck on the highway in traffic",
    "my car died in the middle of the road",
    "it stalled in the intersection and I can't move it",
    "I'm broken down on the interstate",
    "we're stopped on the train tracks",
    "I'm blocking traffic",
    "someone is hurt",
    "I had an accident and my wife is bleeding",
    "my son is injured",
    "I hit a pedestrian",
    "we crashed and I'm hurt",
    "he can't breathe",
    "this is an emergency",
    "should I call nine one one",
    "my baby is locked in the car",
    "I'm stuck in traffic and my car died",
    "hay un incendio en mi carro",
]

DANGERS = [
    "the brake pedal goes to the floor",
    "my brakes go all the way to the floor",
    "the pedal feels soft",
    "my brakes failed",
    "I have no brakes",
    "my brakes don't work",
    "grinding and they don't stop the car",
    "my brakes are grinding and it won't stop",
    "the car takes forever to stop",
    "the red brake light is on",
    "the oil pressure light came on",
    "I lost my steering",
    "the steering wheel locked up",
    "I can barely steer",
    "I smell gas",
    "there's a strong smell of gasoline inside",
    "it's leaking fuel",
    "gas is dripping under the car",
    "there's smoke coming from the hood",
    "it's smoking",
    "steam is coming out",
    "I smell something burning",
    "it's overheating",
    "the temperature gauge is in the red",
    "my engine is running hot",
    "my front wheel wobbles",
    "the lug nuts are loose",
    "I think a wheel is about to fall off",
    "there's a bulge in my tire",
    "I can see the cords in the tire",
    "the airbags went off",
    "I just had an accident and the airbag light is on",
    "my ev battery warning is on",
    "the battery is really hot and swollen",
    "the gas pedal is stuck",
    "brakes to the floor but I can come in next week",
]

HARMLESS = [
    "my brakes have a problem",
    "my brakes are grinding",
    "my brakes squeak when I stop",
    "it won't stop making that noise",
    "the beeping won't stop",
    "no smoke",
    "it's not overheating",
    "nobody is hurt",
    "there's no fire or smoke or anything",
    "my brake light is out",
    "my gas mileage is bad",
    "I need a gas cap",
    "my emergency brake is stuck",
    "it's a porsche 911",
    "one cylinder won't fire",
    "does it hurt the engine",
    "it wouldn't hurt to check it",
    "the check engine light is on",
    "I'm stuck in traffic and I'll be late for my appointment",
    "I'm stuck at work",
    "I can't stop by today",
    "my a c is not cold",
    "a smoke grey tacoma",
    "I need firestone tires",
    "my number is two one seven nine one one five five five five",
    "oil change and tire rotation",
    "the oil change light is on",
    "Daniel Burns",
    "it misfires",
    "the steering wheel shakes a little",
]

MIDWAY: list[tuple[str, Topic, str, str]] = [
    ("tuesday at ten", "booking", "date_time", "none"),
    ("ten thirty please", "booking", "date_time", "none"),
    ("noon is fine", "booking", "date_time", "none"),
    ("do you have anything later", "booking", "date_time", "none"),
    ("what times do you have on friday", "booking", "date_time", "none"),
    ("I can't make it at ten", "booking", "date_time", "none"),
    ("can we change it to thursday", "booking", "yes_no", "none"),
    ("make it eleven", "booking", "yes_no", "none"),
    ("book it wait no thursday", "booking", "yes_no", "none"),
    ("it's a 2018 Honda Civic", "booking", "vehicle", "none"),
    ("the truck", "booking", "vehicle", "none"),
    ("actually also my wife's car", "booking", "yes_no", "none"),
    ("my boss drives the other one", "booking", "vehicle", "none"),
    ("Daniel Brooks", "booking", "name", "none"),
    ("my name is Daniel Price", "booking", "name", "none"),
    ("Mr. Person", "booking", "name", "none"),
    ("it's Price, P R I C E", "booking", "name", "none"),
    ("Mark Towers", "booking", "name", "none"),
    ("Sarah Manager", "booking", "name", "none"),
    ("Bill Cashman", "booking", "name", "none"),
    ("12 Towson Street", "verify", "address", "none"),
    ("four fifty price avenue six two seven oh four", "verify", "address", "none"),
    ("march third nineteen eighty five", "verify", "birth_date", "none"),
    ("march third nineteen eighty five", "verify", "open", "none"),
    ("yes please", "booking", "yes_no", "none"),
    ("yes that's right", "booking", "yes_no", "none"),
    ("oil change and a tire rotation", "booking", "service", "none"),
    ("my brakes are grinding", "booking", "service", "none"),
    ("just the oil change that's it", "booking", "service", "none"),
    ("no that's all", "booking", "service", "none"),
    ("two one seven five five five oh one four two", "booking", "phone", "none"),
    ("that's the wrong number", "booking", "yes_no", "none"),
    (
        "you can reach me at two one seven five five five oh one four two",
        "booking",
        "phone",
        "none",
    ),
    ("can you open the hood for me when I drop off", "booking", "open", "none"),
    ("never mind", "booking", "yes_no", "none"),
    ("hold on", "booking", "yes_no", "none"),
    ("I'm at the walmart parking lot on price street", "triage", "location", "none"),
    ("friday works", "modify", "date_time", "none"),
    ("the oil change one", "modify", "open", "none"),
    ("no that's all", "booking", "open", "goodbye"),
    ("how long does it take", "booking", "date_time", "answer"),
    ("how much is it", "booking", "yes_no", "answer"),
    ("what time do you close", "booking", "date_time", "answer"),
    ("are you open on saturday", "booking", "date_time", "answer"),
    ("do you take cards", "booking", "name", "answer"),
    ("actually I need to cancel my other appointment", "booking", "date_time", "modify"),
    ("I need to reschedule my oil change", "booking", "name", "modify"),
    ("can I just talk to a person", "booking", "name", "human"),
    ("speak to sarah", "booking", "date_time", "human"),
    ("representative", "verify", "birth_date", "human"),
    ("the manager promised it free", "booking", "yes_no", "human"),
    ("I want to speak to a manager", "verify", "address", "human"),
    ("have someone call me back", "booking", "vehicle", "message"),
    ("stop calling me", "modify", "date_time", "stop_calling"),
    ("my car won't start", "booking", "service", "tow"),
    ("I have to go bye", "booking", "name", "goodbye"),
    ("I'd like to book an appointment", "answer", "open", "book"),
    ("yes I need an oil change too", "close", "open", "book"),
    ("no I'm good thanks", "answer", "open", "goodbye"),
]

SPANISH = [
    "hola necesito una cita",
    "necesito un cambio de aceite para mi carro",
    "habla español",
    "do you speak spanish",
    "is there someone who speaks spanish",
    "spanish please",
    "buenos días, quiero hacer una cita",
    "no hablo inglés",
]
ENGLISH = [
    "my name is maria de la cruz",
    "I live on el camino",
    "gracias, see you tuesday at ten then",
    "it's a la cross",
    "no",
    "si",
    "I need an oil change for my fiesta",
]


@pytest.mark.parametrize(("words", "intent"), OPENING, ids=[words for words, _ in OPENING])
def test_what_a_caller_wants_from_the_start(words: str, intent: str) -> None:
    assert understand(words, topic="answer", asked="open").intent == intent


@pytest.mark.parametrize("topic", ["answer", "booking", "verify", "close"])
@pytest.mark.parametrize("words", HUMAN)
def test_a_wish_for_a_person_is_heard_in_every_topic(words: str, topic: Topic) -> None:
    assert understand(words, topic=topic, asked="yes_no").intent == "human"


@pytest.mark.parametrize("words", EMERGENCIES)
def test_an_emergency_is_never_missed(words: str) -> None:
    for topic, asked in (("answer", "open"), ("booking", "name"), ("verify", "address")):
        heard = understand(words, topic=topic, asked=asked)  # type: ignore[arg-type]  # literals
        assert heard.emergency
        assert heard.danger


@pytest.mark.parametrize("words", DANGERS)
def test_a_car_that_must_not_be_driven_is_noticed(words: str) -> None:
    heard = understand(words, topic="booking", asked="service")
    assert heard.danger
    assert not heard.emergency


@pytest.mark.parametrize("words", HARMLESS)
def test_ordinary_words_raise_no_alarm(words: str) -> None:
    heard = understand(words, topic="answer", asked="open")
    assert not heard.danger
    assert not heard.emergency


@pytest.mark.parametrize(
    ("words", "topic", "asked", "intent"),
    MIDWAY,
    ids=[f"{words} [{topic}: {asked}]" for words, topic, asked, _ in MIDWAY],
)
def test_what_a_caller_wants_in_the_middle(
    words: str, topic: Topic, asked: str, intent: str
) -> None:
    assert understand(words, topic=topic, asked=asked).intent == intent


@pytest.mark.parametrize("words", SPANISH)
def test_spanish_is_noticed(words: str) -> None:
    assert understand(words, topic="answer", asked="open").spanish


@pytest.mark.parametrize("words", ENGLISH)
def test_spanish_names_in_english_are_not_spanish(words: str) -> None:
    assert not understand(words, topic="answer", asked="open").spanish
