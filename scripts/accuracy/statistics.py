"""Shares with Wilson intervals, agreement beyond chance, and quantiles."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A count out of a total."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """Return the share, 1 for an empty total."""
        return self.hits / self.total if self.total else 1.0

    def interval(self) -> tuple[float, float]:
        """Return the 95 % Wilson score interval."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 / (1 + Z95**2 / n) * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def __str__(self) -> str:
        """Return the share in per cent with its interval and its counts."""
        low, high = self.interval()
        return f"{100 * self.value:.1f} % ({100 * low:.1f}-{100 * high:.1f}; {self.hits}/{self.total})"


def share(answers: Iterable[bool]) -> Share:
    """Count the true among answers."""
    found = list(answers)
    return Share(sum(found), len(found))


def kappa(pairs: Mapping[tuple[str, str], int]) -> float:
    """Return Cohen's kappa of a table of (truth, answer) counts; 1 for an empty table."""
    total = sum(pairs.values())
    if not total:
        return 1.0
    names = {name for pair in pairs for name in pair}
    agreed = sum(count for (a, b), count in pairs.items() if a == b) / total
    rows = {n: sum(c for (a, _), c in pairs.items() if a == n) / total for n in names}
    columns = {n: sum(c for (_, b), c in pairs.items() if b == n) / total for n in names}
    chance = sum(rows[n] * columns[n] for n in names)
    return 1.0 if chance == 1.0 else (agreed - chance) / (1 - chance)


def quantile(values: Sequence[float], point: float) -> float:
    """Return a quantile by the nearest rank; 0 for no values."""
    ordered = sorted(values)
    return ordered[min(int(point * len(ordered)), len(ordered) - 1)] if ordered else 0.0
