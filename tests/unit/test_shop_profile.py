"""The shop's own file, and what is said about a wrong one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from shop import hours
from shop.errors import UnknownService
from shop.profile import PACKAGE_FILE, ProfileRefused, load_shop

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


def _replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


FAULTS = [
    (_replaced('zone = "America/Chicago"', 'zone = "Mars/Base"'), "zone: must be a time zone"),
    (_replaced("horizon_days = 60", 'horizon_days = "soon"'), "horizon_days: .*integer"),
    (_replaced("horizon_days = 60", ""), "horizon_days: is missing; add it"),
    (_replaced("lead_minutes", "leed_minutes"), "leed_minutes: is not a known key"),
    (_replaced('"08:00", "18:00"', '"18:00", "08:00"'), "hours.monday: the first time must be"),
    (_replaced('"08:00", "18:00"', '"early", "18:00"'), "hours.monday"),
    (_replaced("price = [40, 80]", "price = [80, 40]"), "services.oil_change.price: the lower"),
    (_replaced('phone = "+12175550100"', 'phone = "217-555-0100"'), "phone: "),
    (_replaced('A1 = ["oil_change"', 'A1 = ["oil_chang"'), "bays.A1: there is no .*'oil_chang'"),
    (_replaced('"oil", "lube"', '"oil", "brakes"'), "'brakes' already means oil_change"),
    (_replaced("nth = -1", "nth = 0"), "holidays.1: give Memorial Day either date"),
    (_replaced("saturday = [", "sunday = ["), "bookable.saturday: the shop is closed that day"),
    (_replaced('lunch = ["12:00", "13:00"]', 'lunch = "noon"'), "bookable.lunch"),
    (_replaced("[hours]", "[hours"), "is not TOML"),
]


@pytest.mark.parametrize(("change", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_a_wrong_file_names_the_place(
    tmp_path: Path, change: Callable[[str], str], said: str
) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(change(TEXT))
    with pytest.raises(ProfileRefused, match=said) as refused:
        load_shop(path)
    assert "shop.toml" in str(refused.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProfileRefused, match=r"cannot be read .* copy barts\.toml"):
        load_shop(tmp_path / "nothing.toml")


def test_a_service_without_a_bay_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(TEXT.replace('"transmission_service", ', ""))
    with pytest.raises(ProfileRefused, match=r"services\.transmission_service: no bay can do it"):
        load_shop(path)
