"""Slow down guessing: a few free tries, then waits that grow, for sign-in and for short codes."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

MOST_KEYS = 20_000
NO_WAIT = timedelta(0)


@dataclass(slots=True)
class _Tries:
    count: int
    last: datetime
    free_at: datetime


class Limiter:
    """Count tries by key, in this process's memory.

    The first `free` tries cost nothing; each later one doubles the wait, from `first_wait` up to `longest`. A try
    during a wait is refused, is not counted and does not lengthen the wait, so that every wait ends by itself. After
    `forget` without a try a key starts afresh. A try is counted before it is known to be wrong, so that many at once
    win nothing.
    """

    def __init__(
        self,
        *,
        free: int,
        first_wait: timedelta = timedelta(seconds=30),
        longest: timedelta = timedelta(minutes=15),
        forget: timedelta = timedelta(hours=1),
    ) -> None:
        """Set the limits."""
        self.free = free
        self.first_wait = first_wait
        self.longest = longest
        self.forget = forget
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()
        self._lock = Lock()

    def attempt(self, key: Hashable, now: datetime) -> timedelta:
        """Count one try and return zero, or return how long to wait without counting it."""
        with self._lock:
            tries = self._tries.get(key)
            if tries is None or now - tries.last >= self.forget:
                tries = _Tries(0, now, now)
            elif now < tries.free_at:
                return tries.free_at - now
            tries.count += 1
            tries.last = now
            tries.free_at = now + self._wait(tries.count)
            self._tries[key] = tries
            self._tries.move_to_end(key)
            if len(self._tries) > MOST_KEYS:
                self._tries.popitem(last=False)
            return NO_WAIT

    def forgive(self, key: Hashable) -> None:
        """Forget the tries of a key that turned out to be right."""
        with self._lock:
            self._tries.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """Undo one counted try of a key that many right tries share, such as a clinic's address."""
        with self._lock:
            tries = self._tries.get(key)
            if tries is not None:
                tries.count -= 1
                tries.free_at = tries.last
                if tries.count <= 0:
                    del self._tries[key]

    def _wait(self, count: int) -> timedelta:
        over = count - self.free
        if over < 0:
            return NO_WAIT
        return min(self.first_wait * (1 << min(over, 20)), self.longest)
