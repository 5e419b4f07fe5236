"""What was measured of the shop, as a table and as JSON. Pure."""

from dataclasses import asdict
from typing import Any

from evals.bench.shop import ShopResults
from evals.bench.shop_arms import Timed, multiple
from evals.bench.shop_rush import BOOKERS, NAIVE, Rush, Scenes
from evals.bench.shop_single import COMMIT, ROW


def shop_table(results: ShopResults) -> str:
    """The run for reading."""
    size = results.size
    lines = [
        f"the shop: {size.customers:,} customers, {size.vehicles:,} cars,"
        f" {size.appointments:,} appointments, seeded in {results.seeding_s:.1f} s",
        f"PostgreSQL {results.server}, fsync on, sharing the cores with this process",
        "",
        f"{'ms':<34}{'p50':>8}{'p95':>8}{'times':>9}{'(of rounds)':>18}{'n':>6}",
        *_section("whose number it is", results.lookups, ROW),
        *_section(_free_title(results), results.free_times, ROW),
        *_section("writes, one caller at a time", results.writes, COMMIT),
        "",
        *_rushes(results.rushes),
    ]
    return "\n".join(lines)


def _free_title(results: ShopResults) -> str:
    cars = f"{results.days.busiest_cars} cars on the busiest" if results.days else ""
    return f"free times of a day ({cars})"


def _section(title: str, arms: dict[str, Timed], peer: str) -> list[str]:
    if not arms:
        return []
    return [title, *(_arm(name, timed, arms[peer]) for name, timed in arms.items())]


def _arm(name: str, timed: Timed, peer: Timed) -> str:
    found, by = timed.spread, None if timed is peer else multiple(timed, peer)
    if found is None:
        return f"    {name:<30}{'-':>8}"
    compared = f"{'':>27}" if by is None else f"{_short(by.middle):>9}" + (
        f"{f'({_short(by.low)}–{_short(by.high)})':>18}"
    )  # fmt: skip
    return f"    {name:<30}{_short(found.p50):>8}{_short(found.p95):>8}{compared}{found.count:>6}"


def _rushes(scenes: Scenes) -> list[str]:
    if not scenes:
        return []
    head = f"{f'{BOOKERS} at once, ms':<34}{'p50':>8}{'p95':>8}{'slowest':>9}"
    head += f"{'won':>7}{'refused':>9}{'deadlocks':>11}{'unanswered':>12}{'overlaps':>10}"
    head += f"{'answered/s':>12}{'won/s':>8}"
    lines = [head]
    for scene, arms in scenes.items():
        rounds = max((len(rush.wall_s) for rush in arms.values()), default=0)
        lines.append(f"{scene}, {rounds} rounds")
        lines += [_rush(name, rush) for name, rush in arms.items()]
        lines += [f"        {line}" for line in _against(arms)]
    return lines


def _rush(name: str, rush: Rush) -> str:
    found = rush.took.spread
    if found is None or rush.slowest is None:
        return f"    {name:<30}{'-':>8}"
    told = rush.outcomes
    return (
        f"    {name:<30}{_short(found.p50):>8}{_short(found.p95):>8}{_short(rush.slowest):>9}"
        f"{told.get('won', 0):>7}{told.get('refused', 0):>9}{rush.deadlocks:>11}"
        f"{told.get('unanswered', 0):>12}{rush.overlaps:>10}"
        f"{_short(rush.a_second):>12}{_short(rush.won_a_second):>8}"
    )


def _against(arms: dict[str, Rush]) -> list[str]:
    """Our desk's times as multiples of the others'."""
    (_, ours), *others = arms.items()
    lines = []
    for name, peer in others:
        by = multiple(ours.took, peer.took)
        if by is None or ours.slowest is None or not peer.slowest:
            continue
        slowest = f", the slowest {_short(ours.slowest / peer.slowest)}" if name == NAIVE else ""
        lines.append(
            f"the desk takes {_short(by.middle)} ({_short(by.low)}–{_short(by.high)}) times"
            f" the median of {name}{slowest}"
        )
    return lines


def _short(value: float | None) -> str:
    """Three digits are as many as a noisy machine can answer for."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def shop_json(results: ShopResults) -> dict[str, Any]:
    """Everything, samples included."""
    kept = asdict(results)
    for part, peer in (("lookups", ROW), ("free_times", ROW), ("writes", COMMIT)):
        arms: dict[str, Timed] = getattr(results, part)
        for name, timed in arms.items():
            by = multiple(timed, arms[peer])
            kept[part][name]["spread"] = asdict(timed.spread) if timed.spread else None
            kept[part][name]["times"] = asdict(by) if by else None
    for scene, arms_of in results.rushes.items():
        for name, rush in arms_of.items():
            summed = asdict(rush.took.spread) if rush.took.spread else None
            kept["rushes"][scene][name] |= {
                "spread": summed, "slowest": rush.slowest, "a_second": rush.a_second,
            }  # fmt: skip
    return kept
