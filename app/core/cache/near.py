"""What this process has lately read from the cache, so that it need not fetch it again.

Whether it still holds is for the marks to say, which are asked each time: it saves the way and the
bytes, never a question.
"""

from collections import OrderedDict
from threading import Lock

MOST = 8_000_000  # bytes of values in each process

_values: OrderedDict[str, bytes] = OrderedDict()
_lock = Lock()
_size = 0


def get(name: str) -> bytes | None:
    """What was kept under this name."""
    return _values.get(name)


def keep(name: str, value: bytes) -> None:
    """Keep it; what was kept first goes, where there is too much."""
    global _size
    with _lock:
        _size += len(value) - len(_values.pop(name, b""))
        _values[name] = value
        while _size > MOST:
            _size -= len(_values.popitem(last=False)[1])


def forget() -> None:
    """Keep nothing."""
    global _size
    with _lock:
        _values.clear()
        _size = 0
