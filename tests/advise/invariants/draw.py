"""One way to choose, two sources: a seeded generator for the large sample, hypothesis for cases that shrink."""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draw(Protocol):
    def pick(self, items: Sequence[T]) -> T: ...

    def number(self, low: int, high: int) -> int: ...

    def some(self, items: Sequence[T], most: int) -> list[T]: ...


class Seeded:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def pick(self, items: Sequence[T]) -> T:
        return self._random.choice(items)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def some(self, items: Sequence[T], most: int) -> list[T]:
        return self._random.sample(items, self._random.randint(0, min(most, len(items))))


class Shrinking:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def pick(self, items: Sequence[T]) -> T:
        return self._draw(st.sampled_from(items))

    def number(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def some(self, items: Sequence[T], most: int) -> list[T]:
        places = self._draw(st.lists(st.integers(0, len(items) - 1), max_size=most, unique=True))
        return [items[place] for place in places]
