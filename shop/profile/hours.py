"""When the shop is open and when it takes cars. Pure; clocks change with the shop's zone."""

from datetime import UTC, date, datetime, timedelta

from shop.profile.checks import around_lunch
from shop.profile.shop import DAYS, Closure, Shop, Span, Week
from shop.words import spoken

Window = tuple[datetime, datetime]
"""A stretch of time in UTC; the end is not part of it."""

_FAR_ENOUGH = 31  # a shop that is closed for a month has no next opening worth naming
_SOON = 14


def is_open(shop: Shop, moment: datetime) -> bool:
    """Whether somebody is there at an aware moment."""
    window = opening(shop, moment.astimezone(shop.zone).date())
    return window is not None and window[0] <= moment < window[1]


def answers(shop: Shop, week: Week, moment: datetime) -> bool:
    """Whether somebody with hours of their own can be reached."""
    day = moment.astimezone(shop.zone).date()
    span = week[day.weekday()]
    if span is None or closure(shop, day) is not None:
        return False
    begins, ends = _window(shop, day, span)
    return begins <= moment < ends


def opening(shop: Shop, day: date) -> Window | None:
    """From when until when somebody is there on a day; None on a closed one."""
    span = shop.hours[day.weekday()]
    if span is None or closure(shop, day) is not None:
        return None
    window = _window(shop, day, span)
    return window if window[0] < window[1] else None  # the clock may skip all of it


def closure(shop: Shop, day: date) -> Closure | None:
    """What closes a day that would be open by its weekday: a single day's reason, or a holiday."""
    if day in shop.closures:
        return shop.closures[day]
    return next((Closure(h.name, "holiday") for h in shop.holidays if h.falls_on(day)), None)


def holiday(shop: Shop, day: date) -> str | None:
    """The name of what closes a day, if anything does."""
    found = closure(shop, day)
    return found.name if found else None


def closed_spoken(shop: Shop, day: date) -> str | None:
    """Why a day is closed, as the end of "That day we're …"; None if it is not."""
    found = closure(shop, day)
    if found is None:
        return None if opening(shop, day) else "closed"
    return f"closed {_because(found)}"


def closed_soon_spoken(shop: Shop, now: datetime) -> str | None:
    """The closed days of this week and the next, as the end of "We're …", if there are any.

    Regular days off are not among them.
    """
    today = now.astimezone(shop.zone).date()
    runs: list[tuple[date, date, Closure]] = []
    goes_on = False
    for day in (today + timedelta(days=ahead) for ahead in range(_SOON)):
        if shop.hours[day.weekday()] is None:
            continue
        found = closure(shop, day)
        if found is not None and goes_on and runs[-1][2] == found:
            runs[-1] = (runs[-1][0], day, found)
        elif found is not None:
            runs.append((day, day, found))
        goes_on = found is not None
    said = [f"{_when(first, last, today)} {_because(found)}" for first, last, found in runs]
    return f"closed {spoken.all_of(said)}" if said else None


def _because(found: Closure) -> str:
    return f"{'on account of' if found.kind == 'weather' else 'for'} {found.name}"


def _when(first: date, last: date, today: date) -> str:
    if first != last:
        return f"from {_said(first, today)} through {_said(last, today)}"
    ahead = (first - today).days
    return _said(first, today) if ahead < 2 else f"on {_said(first, today)}"


def _said(day: date, today: date) -> str:
    return {0: "today", 1: "tomorrow"}.get((day - today).days) or spoken.day(day)


def next_opening(shop: Shop, moment: datetime) -> datetime | None:
    """The next moment after `moment` at which the shop opens, in UTC; None within a month."""
    today = moment.astimezone(shop.zone).date()
    for ahead in range(_FAR_ENOUGH + 1):
        window = opening(shop, today + timedelta(days=ahead))
        if window is not None and window[0] > moment:
            return window[0]
    return None


def next_opening_spoken(shop: Shop, now: datetime) -> str:
    """The next opening as the end of "We open again …": "tomorrow at eight AM"."""
    opens = next_opening(shop, now)
    if opens is None:
        return "in more than a month"
    local = opens.astimezone(shop.zone)
    ahead = (local.date() - now.astimezone(shop.zone).date()).days
    if ahead == 0:
        day = "today"
    elif ahead == 1:
        day = "tomorrow"
    elif ahead < 7:
        day = f"on {local:%A}"
    else:
        day = f"on {spoken.day(local.date())}"
    return f"{day} at {spoken.time(local)}"


def windows(shop: Shop, day: date) -> tuple[Window, ...]:
    """When cars may be in a bay by appointment on a day: before and after lunch."""
    span = shop.bookable[day.weekday()]
    if span is None or closure(shop, day) is not None:
        return ()
    found = (_window(shop, day, piece) for piece in around_lunch(span, shop.lunch))
    return tuple(window for window in found if window[0] < window[1])


def week(shop: Shop) -> dict[str, str]:
    """The opening hours by day: {"monday": "08:00-18:00", …, "sunday": "closed"}."""
    return {
        day: f"{span[0]:%H:%M}-{span[1]:%H:%M}" if span else "closed"
        for day, span in zip(DAYS, shop.hours, strict=True)
    }


def spoken_week(shop: Shop) -> str:
    """The opening hours as the end of "We're open …", days with the same hours together."""
    runs: list[tuple[int, int, Span | None]] = []
    for number, span in enumerate(shop.hours):
        if runs and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], number, span)
        else:
            runs.append((number, number, span))
    open_runs = [
        f"{_days(first, last)} from {spoken.time(span[0])} to {spoken.time(span[1])}"
        for first, last, span in runs
        if span
    ]
    closed = [_days(first, last) for first, last, span in runs if not span]
    words = spoken.all_of(open_runs)
    return f"{words}, closed on {spoken.all_of(closed)}" if closed else words


def _days(first: int, last: int) -> str:
    names = [DAYS[first].capitalize(), DAYS[last].capitalize()]
    if first == last:
        return names[0]
    return f"{names[0]} {'and' if last == first + 1 else 'to'} {names[1]}"


def _window(shop: Shop, day: date, span: Span) -> Window:
    begins, ends = (_instant(datetime.combine(day, edge, tzinfo=shop.zone)) for edge in span)
    return begins, ends


def _instant(local: datetime) -> datetime:
    """When the clock on the wall shows a time; if it skips that time, when it does so."""
    moment = local.astimezone(UTC)
    after = moment.astimezone(local.tzinfo)
    if after.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0):
        return moment
    # Read with the later offset, a skipped time lies before the jump; clocks jump on a minute.
    moment = local.replace(fold=1).astimezone(UTC)
    while moment.astimezone(local.tzinfo).utcoffset() != after.utcoffset():
        moment += timedelta(minutes=1)
    return moment
