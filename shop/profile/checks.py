"""What is wrong with a shop's file though each value by itself is right: contradictions."""

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from shop.profile.catalog import plain
from shop.profile.file import DAYS, ClosurePart, HolidayPart, ShopFile
from shop.profile.lines import Path
from shop.profile.values import Span

_LONGEST_CLOSURE = dt.timedelta(days=366)
_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in one place, with its mend.

    Attributes:
        about: Where else the values stand that it was concluded from.
    """

    path: Path
    text: str
    about: tuple[Path, ...] = ()


def contradictions(written: ShopFile) -> Iterator[Fault]:
    """Everything in the file that cannot be true together."""
    yield from _numbers(written)
    yield from _opening(written)
    yield from _lunch(written)
    yield from _holidays(written)
    yield from _closures(written)
    yield from _work(written)
    yield from _lengths(written)
    yield from _names(written)
    yield from _people(written)
    yield from _escalation(written)


def _numbers(written: ShopFile) -> Iterator[Fault]:
    if written.lead_minutes >= written.horizon_days * 24 * 60:
        yield Fault(
            ("lead_minutes",),
            "so much notice leaves nothing of the schedule, which is open for horizon_days; lower"
            " it or raise them",
            (("horizon_days",),),
        )
    for key, target in written.transfer.items():
        if target.number == written.phone:
            yield Fault(
                ("transfer", key, "number"),
                "is the shop's own number, where the call comes from; give another one",
                (("phone",),),
            )


def _opening(written: ShopFile) -> Iterator[Fault]:
    for key, week in (("hours", written.hours), ("bookable", written.bookable)):
        if not any(week.days()):
            yield Fault((key,), 'names no day; write for example monday = ["09:00", "17:00"]')
    for day, opening, bookable in zip(
        DAYS, written.hours.days(), written.bookable.days(), strict=True
    ):
        place, about = ("bookable", day), (("hours", day),)
        if bookable is None:
            continue
        if opening is None:
            yield Fault(place, f"the shop is closed then; remove it or add hours.{day}", about)
        elif bookable[0] < opening[0] or bookable[1] > opening[1]:
            yield Fault(place, f"must lie within hours.{day}, {_said(opening)}", about)


def _lunch(written: ShopFile) -> Iterator[Fault]:
    lunch, days = written.bookable.lunch, [span for span in written.bookable.days() if span]
    if lunch is None or not days:
        return
    place = ("bookable", "lunch")
    if not any(begins < lunch[1] and lunch[0] < ends for begins, ends in days):
        yield Fault(
            place, "lies outside every bookable day; move it or remove it", (("bookable",),)
        )
    for day, span in zip(DAYS, written.bookable.days(), strict=True):
        if span and lunch[0] <= span[0] and span[1] <= lunch[1]:
            yield Fault(
                ("bookable", day),
                "lunch takes all of it; remove the day or shorten lunch",
                (place,),
            )


def _holidays(written: ShopFile) -> Iterator[Fault]:
    for number, holiday in enumerate(written.holidays):
        fault = _holiday_fault(holiday)
        if fault:
            yield Fault(("holidays", number, *fault[0]), fault[1], (("holidays", number),))
    for (_, one), (second, other) in combinations(enumerate(written.holidays), 2):
        if one.model_dump(exclude={"name"}) == other.model_dump(exclude={"name"}):
            yield Fault(
                ("holidays", second), f"is the same day as {one.name}; keep one", (("holidays",),)
            )


def _holiday_fault(holiday: HolidayPart) -> tuple[Path, str] | None:
    given = {key for key, value in holiday if value is not None and key != "name"}
    if given not in ({"date"}, {"month", "day"}, {"month", "weekday", "nth"}):
        return (), (
            f"{holiday.name} needs either date, or month and day, or month, weekday and nth; give"
            " one of the three"
        )
    if holiday.nth is not None and abs(holiday.nth) not in (1, 2, 3, 4):
        return ("nth",), "must be 1 to 4, or -1 for the last, which every month has; change it"
    if holiday.month and holiday.day:
        longest = calendar.monthrange(_LEAP_YEAR, holiday.month)[1]
        if holiday.day > longest:
            month = calendar.month_name[holiday.month]
            return ("day",), f"never comes: {month} has {longest} days; give one of them"
    return None


def _closures(written: ShopFile) -> Iterator[Fault]:
    spans: list[tuple[int, str, tuple[dt.date, dt.date]]] = []
    for number, closure in enumerate(written.closures):
        place = ("closures", number)
        days = closure_days(closure)
        if days is None:
            yield Fault(
                place, f"{closure.name} needs either date, or from and until; give one of the two"
            )
        elif days[0] > days[1]:
            yield Fault((*place, "until"), "must not come before from; swap them", (place,))
        elif days[1] - days[0] > _LONGEST_CLOSURE:
            yield Fault((*place, "until"), "is more than a year after from; shorten it", (place,))
        else:
            spans.append((number, closure.name, days))
    for (_, name, days), (number, _, others) in combinations(spans, 2):
        if _overlap(days, others):
            yield Fault(
                ("closures", number), f"overlaps {name}; give each day once", (("closures",),)
            )


def closure_days(closure: ClosurePart) -> tuple[dt.date, dt.date] | None:
    """The first and last day, or None where they are given in no or in more than one way."""
    if closure.date and not (closure.first or closure.last):
        return closure.date, closure.date
    if closure.first and closure.last and not closure.date:
        return closure.first, closure.last
    return None


def _overlap(one: tuple[dt.date, dt.date], other: tuple[dt.date, dt.date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _work(written: ShopFile) -> Iterator[Fault]:
    teams = {"bay": written.bays, "technician": _skills(written)}
    for kind, able in teams.items():
        for name, keys in able.items():
            place: Path = ("bays", name) if kind == "bay" else ("technicians", name, "services")
            for number, key in enumerate(keys):
                about: tuple[Path, ...] = (("services", key),)
                if key not in written.services:
                    text = f"there is no service {key!r}; add it or remove it here"
                    yield Fault((*place, number), text, about)
                elif key in keys[:number]:
                    yield Fault((*place, number), f"names {key} twice; remove one", about)
        done = {key for keys in able.values() for key in keys}
        for key in written.services if able else ():
            if key not in done:
                text = f"no {kind} can do it; name it at one of the {kind}s or remove it"
                yield Fault(("services", key), text, ((f"{kind}s",),))


def _skills(written: ShopFile) -> dict[str, tuple[str, ...]]:
    return {name: one.services for name, one in written.technicians.items()}


def _lengths(written: ShopFile) -> Iterator[Fault]:
    pieces = [
        piece
        for span in written.bookable.days()
        if span
        for piece in around_lunch(span, written.bookable.lunch)
    ]
    longest = max((_minutes(ends) - _minutes(begins) for begins, ends in pieces), default=0)
    for key, service in written.services.items():
        if longest and service.minutes > longest:
            yield Fault(
                ("services", key, "minutes"),
                f"is longer than any stretch of bookable time, which is {longest} minutes; shorten"
                " it, or lengthen a day or move lunch",
                (("bookable",),),
            )


def around_lunch(span: Span, lunch: Span | None) -> tuple[Span, ...]:
    """What is left of a day's span before and after lunch."""
    if lunch is None:
        return (span,)
    pieces = ((span[0], min(span[1], lunch[0])), (max(span[0], lunch[1]), span[1]))
    return tuple(piece for piece in pieces if piece[0] < piece[1])


def _minutes(clock: dt.time) -> int:
    return clock.hour * 60 + clock.minute


def _names(written: ShopFile) -> Iterator[Fault]:
    meaning: dict[str, str] = {}
    for key, service in written.services.items():
        place = ("services", key)
        ways: list[tuple[Path, str]] = [(place, key), ((*place, "name"), service.name)]
        for number, alias in enumerate(service.aliases):
            words = plain(alias)
            if words in map(plain, (key, service.name, *service.aliases[:number])):
                yield Fault(
                    (*place, "aliases", number), f"{alias!r} is there twice; remove one", (place,)
                )
            ways.append(((*place, "aliases", number), alias))
        for where, words in ways:
            other = meaning.setdefault(plain(words), key)
            if other != key:
                yield Fault(
                    where,
                    f"{words!r} already means {other}; keep it in one",
                    (("services", other),),
                )
    yield from _twice((("bays", name), name) for name in written.bays)
    both = [(("bays", name), name) for name in written.bays]
    people = [(("technicians", name), name) for name in written.technicians]
    yield from _twice(people)
    yield from _twice([*both, *people], skip=len(both), kind="a bay")
    yield from _twice((("advisors", n), name) for n, name in enumerate(written.advisors))


def _twice(names: Iterable[tuple[Path, str]], *, skip: int = 0, kind: str = "") -> Iterator[Fault]:
    seen: dict[str, Path] = {}
    for number, (path, name) in enumerate(names):
        before = seen.setdefault(name.casefold(), path)
        if before == path or (kind and (number < skip or before[0] == path[0])):
            continue
        other = f"is the name of {kind} too" if kind else f"{name!r} is there twice"
        yield Fault(path, f"{other}; change one of them", (before,))


def _people(written: ShopFile) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for name, technician in written.technicians.items():
        place = ("technicians", name)
        for (_, one), (second, other) in combinations(enumerate(technician.away), 2):
            if _overlap(one, other):
                text = "overlaps another absence; give each day once"
                yield Fault((*place, "away", second), text, ((*place, "away"),))
        if technician.calendar is not None:
            owner = owners.setdefault(technician.calendar, name)
            if owner != name:
                text = f"is the calendar of {owner} already; give each their own"
                yield Fault((*place, "calendar"), text, (("technicians", owner, "calendar"),))


def _escalation(written: ShopFile) -> Iterator[Fault]:
    words = written.escalation.words if written.escalation else ()
    named = [
        (plain(name), key)
        for key, service in written.services.items()
        for name in (key, service.name, *service.aliases)
    ]
    for number, one in enumerate(words):
        place, sought = ("escalation", "words", number), f" {plain(one)} "
        if not sought.strip():
            yield Fault(place, f"{one!r} holds no word that can be heard; change it")
            continue
        if sought.strip() in map(plain, words[:number]):
            yield Fault(place, f"{one!r} is there twice; remove one")
        service = next((key for name, key in named if sought in f" {name} "), None)
        if service is not None:
            text = f"{one!r} is how callers name {service}, so none could book it; say it closer"
            yield Fault(place, text, (("services", service),))


def _said(span: Span) -> str:
    return f"{span[0]:%H:%M} to {span[1]:%H:%M}"
