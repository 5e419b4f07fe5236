"""What a shop's file means, for its owner to read over."""

from collections.abc import Iterator
from datetime import date, timedelta

from shop.profile import hours
from shop.profile.catalog import Service
from shop.profile.checks import around_lunch
from shop.profile.shop import DAYS, Shop, Span

_YEAR = 365


def in_words(shop: Shop, today: date) -> str:
    """The whole of it: hours, closed days of the year ahead, services, and who can do what."""
    return "\n".join(
        [
            f"{shop.name}, {shop.address}, {shop.phone}; all times are those of {shop.zone.key}",
            "",
            f"Callers hear: We're open {hours.spoken_week(shop)}.",
            *_bookable(shop),
            *_rules(shop),
            "",
            "Closed in the year to come",
            *_closed(shop, today),
            "",
            "Services",
            *(line for service in shop.catalog.services for line in _service(shop, service)),
            "",
            "Technicians" if shop.technicians else "No technicians: a booking needs a bay only",
            *(f"  {one.name}{_away(one.away)}" for one in shop.technicians),
            "",
            "Calls are put through to" if shop.transfers else "Calls are put through to nobody",
            *(f"  {key}: {one.name}, {one.number}" for key, one in shop.transfers.items()),
            *(f"  whoever says {words}" for words in shop.person_words),
        ]
    )


def _bookable(shop: Shop) -> Iterator[str]:
    yield ""
    yield "Cars are taken in by appointment"
    for day, span in zip(DAYS, shop.bookable, strict=True):
        pieces = around_lunch(span, shop.lunch) if span else ()
        yield f"  {day:<10} {' and '.join(map(_span, pieces)) or 'not at all'}"


def _span(span: Span) -> str:
    return f"{span[0]:%H:%M} to {span[1]:%H:%M}"


def _rules(shop: Shop) -> Iterator[str]:
    yield (
        f"  every {shop.grid_minutes} minutes, from {shop.lead_minutes} minutes to"
        f" {shop.horizon_days} days ahead, {shop.buffer_minutes} minutes between cars"
    )
    yield (
        f"  an offered time is kept {shop.hold_minutes} minutes, or {shop.offer_minutes} for the"
        f" waiting list; a cancellation can be undone for {shop.undo_hours} hours"
    )


def _closed(shop: Shop, today: date) -> Iterator[str]:
    for ahead in range(_YEAR):
        day = today + timedelta(days=ahead)
        if hours.closure(shop, day) and shop.hours[day.weekday()]:
            yield f"  {day:%a %Y-%m-%d}  {hours.closed_spoken(shop, day)}"


_VISITS = {"wait": "done while they wait", "drop_off": "the car is left", "either": "wait or leave"}


def _service(shop: Shop, service: Service) -> Iterator[str]:
    price = "no price said"
    if service.price:
        price = f"${service.price[0] // 100} to ${service.price[1] // 100}"
    booked = "booked at once" if service.auto_book else "a request until confirmed"
    yield f"  {service.key}: {service.minutes} minutes, {price}, {booked}, {_VISITS[service.visit]}"
    able = ", ".join(one.name for one in shop.technicians_for(service.key))
    bays = ", ".join(shop.bays_for(service.key))
    yield f"    in {bays}{f', by {able}' if able else ''}"


def _away(absences: tuple[tuple[date, date], ...]) -> str:
    spans = ", ".join(f"{first} to {last}" for first, last in absences)
    return f", away {spans}" if spans else ""
