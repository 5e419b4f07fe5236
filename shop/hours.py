"""When the shop is open and when it takes cars. Pure; clocks change with the shop's zone."""

from datetime import UTC, date, datetime, timedelta

from shop import spoken
from shop.profile import DAYS, Shop, Span, Week

Window = tuple[datetime, datetime]
"""A stretch of time in UTC; the end is not part of it."""

_FAR_ENOUGH = 31  # a shop that is closed for a month has no next opening worth naming


def is_open(shop: Shop, moment: datetime) -> bool:
    """Whether somebody is there at an aware moment."""
    window = opening(shop, moment.astimezone(shop.zone).date())
    return window is not None and window[0] <= moment < window[1]


def answers(shop: Shop, week: Week, moment: datetime) -> bool:
    """Whether somebody with hours of their own can be reached."""
    day = moment.astimezone(shop.zone).date()
    span = week[day.weekday()]
    if span is None or holiday(shop, day) is not None:
        return False
    begins, ends = _window(shop, day, span)
    return begins <= moment < ends


def opening(shop: Shop, day: date) -> Window | None:
    """From when until when somebody is there on a day; None on a closed one."""
    span = shop.hours[day.weekday()]
    if span is None or holiday(shop, day) is not None:
        return None
    return _window(shop, day, span)


def holiday(shop: Shop, day: date) -> str | None:
    """The name of the holiday a day is, if it is one."""
    return next((h.name for h in shop.holidays if h.falls_on(day)), None)


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
    if span is None or holiday(shop, day) is not None:
        return ()
    pieces = [span]
    if shop.lunch is not None:
        begins, ends = shop.lunch
        pieces = [(span[0], min(span[1], begins)), (max(span[0], ends), span[1])]
    found = (_window(shop, day, piece) for piece in pieces)
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
