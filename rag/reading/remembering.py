"""Readings that are remembered: people ask the same again, and follow-ups meet the same passages.

What is kept hangs on the texts alone, not on where they lie, so that nothing that changes in the
store can make it wrong.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from embeddings.base import FloatArray
from rag.reading.base import Reader, Reading, Window

MOST_READINGS = 4096
"""About 1 kB each."""

_Key = tuple[str, str | None, str]


class RememberingReader:
    """A reader that reads nothing twice as long as it remembers it. Safe to use from several
    threads.

    Args:
        reader: Asked for what is not remembered.
        most_readings: What was not asked for the longest time goes first.
    """

    def __init__(self, reader: Reader, most_readings: int = MOST_READINGS) -> None:
        self._reader = reader
        self._most = most_readings
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Reading] = OrderedDict()

    @property
    def fingerprint(self) -> str:
        return self._reader.fingerprint

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        keys = [(question, window.title, window.text) for window in windows]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        missing = {
            key: window for key, window in zip(keys, windows, strict=True) if key not in found
        }
        if missing:
            readings = self._reader.read(question, list(missing.values()))
            fresh = {
                key: _moved(reading, -window.start)
                for (key, window), reading in zip(missing.items(), readings, strict=True)
            }
            found |= fresh
            with self._lock:
                self._kept |= fresh
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return tuple(
            _moved(found[key], window.start) for key, window in zip(keys, windows, strict=True)
        )

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        return self._reader.supported(pairs)

    def close(self) -> None:
        self._reader.close()


def _moved(reading: Reading, by: int) -> Reading:
    start, end = reading.span
    return replace(reading, span=(start + by, end + by))
