"""A sample of bounded size, evenly spread over a stream of unknown length."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class EvenSample(Generic[Item]):
    """Keeps every n-th item, where n is the least power of two with which `most` suffice."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.items: list[Item] = []
        self.seen, self._step = 0, 1

    def add(self, item: Item) -> None:
        """See the next item."""
        if self.seen % self._step == 0:
            if len(self.items) == self.most:
                self.items = self.items[::2]
                self._step *= 2
            if self.seen % self._step == 0:
                self.items.append(item)
        self.seen += 1

    def passing(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, each of them seen on its way."""
        for item in items:
            self.add(item)
            yield item
