"""The arithmetic of a measurement. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number of samples lie. In the unit of the samples."""

    p50: float
    p95: float
    count: int


def percentile(samples: Sequence[float], percent: float) -> float:
    """The value below which so many percent of the samples lie, with linear interpolation.

    Raises:
        ValueError: There are no samples, or `percent` is not from 0 to 100.
    """
    if not samples:
        raise ValueError("a percentile needs at least one sample")
    if not 0 <= percent <= 100:
        raise ValueError(f"percent must be from 0 to 100, not {percent}")
    ordered = sorted(samples)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above, share = min(below + 1, len(ordered) - 1), place - below
    if not share or ordered[above] == ordered[below]:  # also where what was lost is infinite
        return ordered[below]
    return ordered[below] + (ordered[above] - ordered[below]) * share


def spread(samples: Sequence[float]) -> Spread | None:
    """The median and the 95th percentile; none without samples."""
    if not samples:
        return None
    return Spread(percentile(samples, 50), percentile(samples, 95), len(samples))


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """How much y grows for each step of x, by least squares; none where x does not vary."""
    if len(points) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    across = sum((x - mean_x) ** 2 for x, _ in points)
    if across == 0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across


def times(value: Spread | None, floor: Spread | None) -> float | None:
    """The median as a multiple of the floor's; none where there is nothing to compare with."""
    if value is None or floor is None or floor.p50 <= 0:
        return None
    return value.p50 / floor.p50
