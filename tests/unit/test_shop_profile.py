"""The shop's own file, and what is said about a wrong one."""

import re
from datetime import date
from pathlib import Path

import pytest

from shop.errors import UnknownService
from shop.profile import hours
from shop.profile.shop import PACKAGE_FILE, ProfileRefused, load_shop

SHOP = load_shop()
TEXT = PACKAGE_FILE.read_text(encoding="utf-8")


def test_the_shop_as_shipped() -> None:
    assert SHOP.name == "Bart's Automotive"
    assert SHOP.address == "123 Main Street, Springfield, IL 62701"
    assert [bay.name for bay in SHOP.bays] == ["A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2"]
    waiting = {s.key for s in SHOP.catalog.services if not s.auto_book}
    assert waiting == {"engine_diagnostics", "transmission_service", "recall"}
    for service in SHOP.catalog.services:
        assert service.minutes % SHOP.grid_minutes == 0
        assert SHOP.bays_for(service.key)


def test_who_a_call_is_put_through_to() -> None:
    target = SHOP.transfer_target("service_advisor")
    assert target is not None
    assert target.number == "+12175550101"
    assert SHOP.transfer_target("the_moon") is None


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("oil_change", "oil_change"),
        ("Oil Change", "oil_change"),
        ("oil-change", "oil_change"),
        (" an oil  change ", "oil_change"),
        ("oil changes", "oil_change"),
        ("brakes", "brake_service"),
        ("the brake pads", "brake_service"),
        ("brake inspection", "brake_inspection"),
        ("tires", "tire_rotation"),
        ("engine_diagnostic", "engine_diagnostics"),
        ("Check Engine Light", "engine_diagnostics"),
        ("general_service", "general_maintenance"),
        ("general repairs", "general_maintenance"),
        ("other", "general_maintenance"),
        ("recall", "recall"),
    ],
)
def test_a_service_by_many_names(said: str, key: str) -> None:
    assert SHOP.catalog.find(said).key == key


@pytest.mark.parametrize("said", ["", "a paint job", "oil change and brakes", "'; DROP TABLE"])
def test_an_unknown_service_is_told_what_there_is(said: str) -> None:
    with pytest.raises(UnknownService, match="oil change, brake service") as refused:
        SHOP.catalog.find(said)
    assert refused.value.field == "service_type"


HOLIDAYS = [
    (date(2026, 1, 1), "New Year's Day"),
    (date(2026, 5, 25), "Memorial Day"),
    (date(2027, 5, 31), "Memorial Day"),
    (date(2026, 7, 4), "Independence Day"),
    (date(2026, 9, 7), "Labor Day"),
    (date(2026, 11, 26), "Thanksgiving Day"),
    (date(2027, 11, 25), "Thanksgiving Day"),
    (date(2026, 12, 25), "Christmas Day"),
    (date(2026, 5, 18), None),
    (date(2026, 11, 19), None),
    (date(2026, 11, 27), None),
    (date(2026, 9, 14), None),
]


@pytest.mark.parametrize(("day", "name"), HOLIDAYS)
def test_holidays_move_with_the_year(day: date, name: str | None) -> None:
    assert hours.holiday(SHOP, day) == name


def test_a_holiday_may_be_one_date(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(TEXT + '\n[[holidays]]\nname = "Stocktaking"\ndate = 2026-12-31\n')
    shop = load_shop(path)
    assert hours.holiday(shop, date(2026, 12, 31)) == "Stocktaking"
    assert hours.holiday(shop, date(2027, 12, 31)) is None


def text_with(old: str, new: str) -> str:
    """The shop as shipped, with one thing changed; what is put at the end where `old` is empty."""
    assert old in TEXT
    return TEXT.replace(old, new, 1) if old else TEXT + new


def refused(text: str, folder: Path) -> str:
    path = folder / "shop.toml"
    path.write_text(text)
    with pytest.raises(ProfileRefused) as refusal:
        load_shop(path)
    return str(refusal.value)


HORIZON = "horizon_days = 60"
AHEAD = f"{HORIZON}   # how far ahead the schedule is open\nlead_minutes = 60"
LUNCH = 'lunch = ["12:00", "13:00"]'
OIL = "minutes = 30\nprice = [40, 80]"
TOM = '[technicians."Tom Anderson"]'
CLOSED = '\n[[closures]]\nname = "stocktaking"\n'

# What is changed into what; then a piece of the line that is named, and what is said of it.
FAULTS = [
    ("a syntax fault", "[hours]", "[hours", "[hours",
     "is not TOML: expected ']' at the end of a table declaration; look for a missing quote, comma"
     " or bracket"),
    ("a list that does not end", LUNCH, LUNCH[:-1], "lunch = ",
     "is not TOML: unclosed array, noticed on line 32; look for a missing quote, comma or bracket"),
    ("a key said twice", HORIZON, f"{HORIZON}\nzone = 'UTC'", "zone = 'UTC'",
     "is not TOML: cannot overwrite a value; say it once"),
    ("a table said twice", "[bays]", "[hours]", "[hours]  # the services",
     "is not TOML: cannot declare [hours] twice; say it once"),
    ("a word for a number", HORIZON, 'horizon_days = "soon"', '"soon"',
     "horizon_days: must be a whole number; write for example horizon_days = 60"),
    ("a number as text", HORIZON, 'horizon_days = "60"', '"60"',
     "horizon_days: must be a whole number; write for example horizon_days = 60"),
    ("a number too big", HORIZON, "horizon_days = 600", "= 600",
     "horizon_days: must be at most 365; write for example horizon_days = 60"),
    ("a number too small", OIL, "minutes = 0", "minutes = 0",
     "services.oil_change.minutes: must be at least 5; write for example minutes = 30"),
    ("a missing key", HORIZON, "", "# The shop as callers",
     "horizon_days: is missing; add for example horizon_days = 60"),
    ("a missing key of a table", OIL, "", "[services.oil_change]",
     "services.oil_change.minutes: is missing; add for example minutes = 30"),
    ("a missing table", "[transfer.service_advisor.hours]", "[transfer.other.hours]",
     "[transfer.service_advisor]", "transfer.service_advisor.hours: is missing; add it"),
    ("a misspelt key", "lead_minutes", "leed_minutes", "leed_minutes",
     "leed_minutes: is not a known key; did you mean lead_minutes?"),
    ("an unknown key", "[bookable]", "[bookable]\nx = 1", "x = 1",
     "bookable.x: is not a known key; the keys here are monday, tuesday, wednesday, thursday,"
     " friday, saturday, sunday, lunch"),
    ("a key under a quoted one", TOM, f"{TOM}\nage = 40", "age = 40",
     'technicians."Tom Anderson".age: is not a known key; the keys here are services, calendar,'
     " away"),
    ("text that is empty", 'name = "oil change"', 'name = " "', 'name = " "',
     'services.oil_change.name: must not be empty; write for example name = "oil change"'),
    ("text that is none", 'name = "oil change"', "name = 5", "name = 5",
     'services.oil_change.name: must be text in quotes; write for example name = "oil change"'),
    ("text too long to say", 'name = "oil change"', f'name = "{"x" * 101}"', "xxx",
     'services.oil_change.name: must be at most 100 characters; write for example name ='
     ' "oil change"'),
    ("yes for true", "mentioned = false", 'mentioned = "no"', 'mentioned = "no"',
     "services.brake_inspection.mentioned: must be true or false; write for example mentioned ="
     " false"),
    ("a choice that is none", 'visit = "drop_off"', 'visit = "stay"', 'visit = "stay"',
     "services.brake_service.visit: must be 'wait', 'drop_off' or 'either'; write for example"
     ' visit = "drop_off"'),
    ("a zone that is none", '"America/Chicago"', '"Mars/Base"', "Mars",
     'zone: must be a time zone of the IANA list; write for example zone = "America/Chicago"'),
    ("a number without its country", '"+12175550100"', '"217-555-0100"', '"217-555-0100"',
     'phone: must be a telephone number with + and country code; write for example phone ='
     ' "+12175550100"'),
    ("a table that is none", "[hours]", "[opening]", "# The shop as callers",
     "hours: is missing; add it"),
    ("a time that is none", '"08:00", "18:00"', '"early", "18:00"', '"early"',
     'hours.monday: must be a time of day from "00:00" to "23:59", with two digits each; write for'
     ' example monday = ["08:00", "18:00"]'),
    ("hours as numbers", '["08:00", "18:00"]', "[8, 18]", "[8, 18]",
     'hours.monday: must be a time of day from "00:00" to "23:59", with two digits each; write for'
     ' example monday = ["08:00", "18:00"]'),
    ("one time only", LUNCH, 'lunch = "noon"', '"noon"',
     "bookable.lunch: must be two in brackets, the first and the last; write for example lunch ="
     ' ["12:00", "13:00"]'),
    ("times reversed", '"08:00", "18:00"', '"18:00", "08:00"', '"18:00", "08:00"',
     "hours.monday: the first time must be before the second; write for example monday ="
     ' ["08:00", "18:00"]'),
    ("prices reversed", "price = [40, 80]", "price = [80, 40]", "price = [80, 40]",
     "services.oil_change.price: the lower price comes first; write for example price = [40, 80]"),
    ("a date in quotes", "", f'{CLOSED}date = "2026-12-31"', 'date = "2026',
     "closures.date: must be a date without quotes, year first; write for example date ="
     " 2026-12-31"),
    ("absences reversed", TOM, f"{TOM}\naway = [[2026-08-14, 2026-08-03]]", "away = [[",
     f'{TOM[1:-1]}.away: the first day must not be after the last; write for example away ='
     " [[2026-08-03, 2026-08-14]]"),
    ("bookable while closed", "saturday = [", "sunday = [",
     'friday = ["09:00", "17:00"]\nsaturday',
     "bookable.saturday: the shop is closed then; remove it or add hours.saturday"),
    ("bookable before opening", 'monday = ["09:00"', 'monday = ["07:00"', '"07:00"',
     "bookable.monday: must lie within hours.monday, 08:00 to 18:00"),
    ("lunch at night", LUNCH, 'lunch = ["20:00", "21:00"]', '"20:00"',
     "bookable.lunch: lies outside every bookable day; move it or remove it"),
    ("lunch all day", LUNCH, 'lunch = ["08:00", "15:00"]',
     'friday = ["09:00", "17:00"]\nsaturday',
     "bookable.saturday: lunch takes all of it; remove the day or shorten lunch"),
    ("notice beyond the horizon", AHEAD, "horizon_days = 1\nlead_minutes = 1440",
     "lead_minutes = 1440",
     "lead_minutes: so much notice leaves nothing of the schedule, which is open for horizon_days;"
     " lower it or raise them"),
    ("a service no bay can do", "", '\n[services.wash]\nname = "car wash"\nminutes = 30\n'
     'category = "maintenance"\n', "[services.wash]",
     "services.wash: no bay can do it; name it at one of the bays or remove it"),
    ("a service nobody can do", "", '\n[services.wash]\nname = "car wash"\nminutes = 30\n'
     'category = "maintenance"\n', "[services.wash]",
     "services.wash: no technician can do it; name it at one of the technicians or remove it"),
    ("a bay for no service", 'A1 = ["oil_change"', 'A1 = ["oil_chang"', "A1 = [",
     "bays.A1: there is no service 'oil_chang'; add it or remove it here"),
    ("a skill for no service, on its own line", '"recall",\n    "inspection"',
     '"recall",\n    "inspections"', '    "inspections"',
     'technicians."Lisa Thompson".services: there is no service \'inspections\'; add it or remove'
     " it here"),
    ("a service twice in a bay", 'A1 = ["oil_change"', 'A1 = ["recall", "recall"', "A1 = [",
     "bays.A1: names recall twice; remove one"),
    ("a service longer than any day", OIL, "minutes = 270", "minutes = 270",
     "services.oil_change.minutes: is longer than any stretch of bookable time, which is 240"
     " minutes; shorten it, or lengthen a day or move lunch"),
    ("an alias of two services", '"oil", "lube"', '"oil", "brakes"', '"brakes", "brake job"',
     "services.brake_service.aliases: 'brakes' already means oil_change; keep it in one"),
    ("an alias twice", '"oil", "lube"', '"oil", "the oil"', '"oil", "the oil"',
     "services.oil_change.aliases: 'the oil' is there twice; remove one"),
    ("a name of two services", 'name = "tire rotation"', 'name = "Oil change"',
     'name = "Oil change"',
     "services.tire_rotation.name: 'Oil change' already means oil_change; keep it in one"),
    ("a bay twice", "A2 = [", "a1 = [", "a1 = [",
     "bays.a1: 'a1' is there twice; change one of them"),
    ("a bay named as a technician", "A2 = [", '"tom anderson" = [', TOM,
     f"{TOM[1:-1]}: is the name of a bay too; change one of them"),
    ("an advisor twice", '"Sarah Chen"', '"Mike Johnson"', "advisors = [",
     "advisors: 'Mike Johnson' is there twice; change one of them"),
    ("30 February", "month = 12\nday = 25", "month = 2\nday = 30", "day = 30",
     "holidays.day: never comes: February has 29 days; give one of them"),
    ("a fifth Monday", "nth = -1", "nth = 5", "nth = 5",
     "holidays.nth: must be 1 to 4, or -1 for the last, which every month has; change it"),
    ("a holiday without its day", "month = 12\nday = 25", "month = 12",
     "nth = 4\n\n[[holidays]]", "holidays: Christmas Day needs either date, or month and"
     " day, or month, weekday and nth; give one of the three"),
    ("a holiday twice", "month = 12\nday = 25", "month = 1\nday = 1",
     "nth = 4\n\n[[holidays]]", "holidays: is the same day as New Year's Day; keep one"),
    ("a closure without its day", "", CLOSED, "[[closures]]",
     "closures: stocktaking needs either date, or from and until; give one of the two"),
    ("a closure reversed", "", f"{CLOSED}from = 2026-12-31\nuntil = 2026-12-30\n", "until = ",
     "closures.until: must not come before from; swap them"),
    ("a closure of years", "", f"{CLOSED}from = 2026-12-31\nuntil = 2028-12-30\n", "until = ",
     "closures.until: is more than a year after from; shorten it"),
    ("closures that overlap", "", f"{CLOSED}from = 2026-07-01\nuntil = 2026-07-09\n[[closures]]"
     "# b\nname = 'b'\ndate = 2026-07-09\n", "[[closures]]# b",
     "closures: overlaps stocktaking; give each day once"),
    ("absences that overlap", TOM, f"{TOM}\naway = [[2026-08-03, 2026-08-14],\n"
     "[2026-08-14, 2026-08-14]]", "[2026-08-14, 2026-08-14]]",
     f"{TOM[1:-1]}.away: overlaps another absence; give each day once"),
    ("one calendar of two", TOM, f'calendar = "c"\n{TOM}\ncalendar = "c"',
     f'{TOM}\ncalendar = "c"',
     f"{TOM[1:-1]}.calendar: is the calendar of Lisa Thompson already; give each their own"),
    ("calls put through to ourselves", "+12175550101", "+12175550100", 'number = "+12175550100"',
     "transfer.service_advisor.number: is the shop's own number, where the call comes from; give"
     " another one"),
    ("a word that is a service", '"lemon law"', '"Brakes"', "words = [",
     "escalation.words: 'Brakes' is how callers name brake_service, so none could book it; say it"
     " closer"),
    ("a word twice", '"lemon law"', '"Body-work"', "words = [",
     "escalation.words: 'body work' is there twice; remove one"),
    ("a word without letters", '"lemon law"', '"..."', "words = [",
     "escalation.words: '...' holds no word that can be heard; change it"),
    ("a name in two lines", 'name = "oil change"', 'name = "oil\\nchange"', "oil\\nchange",
     "services.oil_change.name: must be plain text on one line; write for example name ="
     ' "oil change"'),
    ("a bell in an address", "address = \"", "address = \"\\u0007", "address =",
     "address: must be plain text, without control characters; change it"),
    ("a bay without a name", "A1 = ", '"" = ["oil_change"]\nA1 = ', '"" =',
     'bays."": must have a name of plain text in one line; change it'),
    ("somebody without a name", TOM, '[technicians." "]', '" "]',
     'technicians." ": must have a name of plain text in one line; change it'),
    ("the clock of the machine", "America/Chicago", "localtime", "zone =",
     'zone: must be a time zone of the IANA list; write for example zone = "America/Chicago"'),
    ("a clock that counts leap seconds", "America/Chicago", "right/America/Chicago", "zone =",
     'zone: must be a time zone of the IANA list; write for example zone = "America/Chicago"'),
    ("a word as long as a letter", '"lemon law"', f'"{"x" * 61}"', "words = [",
     "escalation.words: must be at most 60 characters; write for example words = [\"lemon law\","
     ' "custom paint"]'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place", "said"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, place: str, said: str
) -> None:
    text = text_with(old, new)
    line = text[: text.rindex(place) + len(place)].count("\n") + 1
    between = ":" if said.startswith("is not TOML") else ","
    assert f"shop.toml:{line}{between} {said}" in refused(text, tmp_path).splitlines()


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = text_with(HORIZON, 'horizon_days = "soon"')
    text = text.replace("+12175550101", "+12175550100").replace("nth = -1", "nth = 5")
    faults = refused(text.replace('A1 = ["oil_change"', 'A1 = ["oil"'), tmp_path).splitlines()
    places = [fault.split(": ")[0].split(", ")[1] for fault in faults]
    assert places == ["horizon_days", "holidays.nth", "bays.A1", "transfer.service_advisor.number"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (HORIZON, "horizon_days = 0"),
        (OIL, 'minutes = "thirty"'),
        ("[services.recall]\nname", "[services.recall]\nnam"),
        ('A1 = ["oil_change", "tire_rotation"', 'A1 = 1\n"A one" = ["tire_rotation"'),
        ('category = "recall"', 'category = "other"'),
    ],
)
def test_a_wrong_value_causes_no_further_faults(tmp_path: Path, old: str, new: str) -> None:
    said = refused(text_with(old, new), tmp_path)
    assert not re.search(r"no bay can|there is no service|leaves nothing|is longer", said)


def test_a_file_may_come_from_windows(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_shop(path).name == SHOP.name
    broken = text_with(HORIZON, "horizon_days = 0").replace("\n", "\r\n").encode()
    path.write_bytes(broken)
    with pytest.raises(ProfileRefused, match=r"shop\.toml:8, horizon_days"):
        load_shop(path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(TEXT.replace("Bart's", "Bärt's").encode("latin-1"))
    with pytest.raises(ProfileRefused, match=r"shop\.toml is not in UTF-8; save it"):
        load_shop(path)


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ("{a=", "}")], ids=["lists", "tables"])
def test_brackets_without_end_are_refused(tmp_path: Path, opens: str, closes: str) -> None:
    text = f"a = {opens * 5000}1{closes * 5000}\n"
    assert "brackets in brackets without end" in refused(text, tmp_path)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProfileRefused, match=r"cannot be read .* copy barts\.toml"):
        load_shop(tmp_path / "nothing.toml")


def test_a_service_without_a_bay_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(TEXT.replace('"transmission_service", ', ""))
    with pytest.raises(ProfileRefused, match=r"services\.transmission_service: no bay can do it"):
        load_shop(path)
