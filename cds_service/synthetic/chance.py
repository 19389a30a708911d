"""Chance that can be repeated: a stream of its own per seed, patient and purpose.

The streams do not depend on how many patients are made, in which order or process, nor on the hash seed of the interpreter.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """A random stream with the few distributions that the model uses."""

    def happens(self, probability: float) -> bool:
        """Tell whether an event of this probability happens."""
        return self.random() < probability

    def days(self, low: int, high: int) -> int:
        """Return a whole number between two limits, both included."""
        return low + int(self.random() * (high - low + 1))

    def lognormal_months(self, median: float, sigma: float) -> float:
        """Return a log-normal duration with this median."""
        return math.exp(math.log(median) + sigma * self.gauss(0.0, 1.0))

    def between(self, low: float, high: float) -> float:
        """Return a uniform real number."""
        return low + self.random() * (high - low)

    def log_between(self, low: float, high: float) -> float:
        """Return a number whose logarithm is uniform."""
        return math.exp(self.between(math.log(low), math.log(high)))

    def pick(self, options: Sequence[T]) -> T:
        """Return one of several, each as likely."""
        return options[int(self.random() * len(options))]

    def weighted(self, options: Mapping[T, float] | Iterable[tuple[T, float]]) -> T:
        """Return one of several by weight."""
        pairs = list(options.items()) if isinstance(options, Mapping) else list(options)
        point = self.random() * sum(weight for _, weight in pairs)
        for value, weight in pairs:
            point -= weight
            if point < 0:
                return value
        return pairs[-1][0]


def stream(seed: int, index: int, purpose: str) -> Chance:
    """Return the stream of one purpose of one patient."""
    digest = hashlib.blake2b(f"{seed}/{index}/{purpose}".encode(), digest_size=8).digest()
    return Chance(int.from_bytes(digest, "big"))
