"""What is said of recalls, and how their days are read."""

from datetime import date

import pytest

from shop.cars import recallwords
from shop.cars.recalls import RecallCampaign, day_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("27/06/2019", date(2019, 6, 27)),
        ("03/04/2019", date(2019, 4, 3)),
        ("06/27/2019", date(2019, 6, 27)),
        ("2019-06-27", date(2019, 6, 27)),
        ("2019-06-27T00:00:00Z", date(2019, 6, 27)),
        ("20190627", date(2019, 6, 27)),
        ("31/02/2019", None),
        ("2019-13-01", None),
        ("June 2019", None),
        ("", None),
    ],
)
def test_days_are_written_in_many_ways(text: str, day: date | None) -> None:
    assert day_of(text) == day


def campaign(component: str = "AIR BAGS", **flags: bool) -> RecallCampaign:
    no = {"park_it": False, "park_outside": False, "over_the_air": False}
    return RecallCampaign("19V501000", component, "", "", "", received=None, **{**no, **flags})


STOP = (
    "Stop driving it until a dealer has checked it: a recall for that model comes with a warning"
    " not to drive."
)
OUTSIDE = (
    "Park it outside, away from buildings and other cars, until a dealer has checked it: a recall"
    " for that model comes with a warning of fire."
)
THEM = "A dealer confirms by VIN whether yours is affected, and fixes them free."
IT = "A dealer confirms by VIN whether yours is affected, and fixes it free."


@pytest.mark.parametrize(
    ("campaigns", "words"),
    [
        ([], "No recall campaigns are listed for that model. A dealer can check the VIN."),
        (
            [campaign()],
            f"There is one recall campaign for that model, on the air bags. {IT}",
        ),
        (
            [campaign(), campaign("FUEL SYSTEM, GASOLINE:DELIVERY"), campaign("AIR BAGS:SIDE")],
            "There are three recall campaigns for that model, on the air bags and the fuel system."
            f" {THEM}",
        ),
        (
            [campaign("SEATS"), campaign("LATCHES/LOCKS"), campaign("WHEELS")],
            "There are three recall campaigns for that model, among them on the seats and the"
            f" latches. {THEM}",
        ),
        (
            [campaign("UNKNOWN OR OTHER"), campaign("<b>"), campaign("")],
            f"There are three recall campaigns for that model. {THEM}",
        ),
        (
            [campaign(park_it=True), campaign()],
            f"{STOP} There are two recall campaigns for that model, on the air bags. {THEM}",
        ),
        (
            [campaign(park_outside=True)],
            f"{OUTSIDE} There is one recall campaign for that model, on the air bags. {IT}",
        ),
        (
            [campaign(park_outside=True), campaign(park_it=True)],
            f"{STOP} {OUTSIDE} There are two recall campaigns for that model, on the air bags."
            f" {THEM}",
        ),
    ],
    ids=[
        "none", "one", "a part is named once", "two parts are named", "only parts with a name",
        "do not drive", "park outside", "the gravest first",
    ],
)  # fmt: skip
def test_what_is_said_of_recalls(campaigns: list[RecallCampaign], words: str) -> None:
    assert recallwords.words(campaigns) == words


def test_an_old_list_says_how_old_it_is() -> None:
    said = recallwords.words([campaign(park_it=True)] * 2, as_of=date(2026, 11, 24))
    assert said == (
        f"{STOP} I can't see the newest list, but on Tuesday, November twenty-fourth there were"
        f" two recall campaigns for that model, on the air bags. {THEM}"
    )
