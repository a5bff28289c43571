"""Takes out what a model thinks aloud, `<think>…</think>`, while its text comes in pieces."""

import re

_NAMES = r"(?:think|thinking|thought|reasoning|reflection)"
_OPENS = re.compile(rf"<{_NAMES}>", re.IGNORECASE)
_CLOSES = re.compile(rf"</{_NAMES}>", re.IGNORECASE)
_LONGEST_TAG = len("</reflection>")


class WithoutThinking:
    """Hides thoughts in a stream; a thought that never ends hides the rest."""

    def __init__(self) -> None:
        self._held = ""
        self._thinks = False

    def feed(self, text: str) -> str:
        """What may be shown by now; the beginning of what might be a tag is held back."""
        held, shown = self._held + text, ""
        while held:
            tag = (_CLOSES if self._thinks else _OPENS).search(held)
            if tag is None:
                kept = _possible_tag(held)
                shown += "" if self._thinks else held[: len(held) - kept]
                held = held[len(held) - kept :]
                break
            shown += "" if self._thinks else held[: tag.start()]
            held, self._thinks = held[tag.end() :], not self._thinks
        self._held = held
        return shown

    def finish(self) -> str:
        """What was held back and is no tag after all."""
        held, self._held = self._held, ""
        return "" if self._thinks else held


def _possible_tag(text: str) -> int:
    """How many characters at the end may begin a tag."""
    at = text.rfind("<", max(0, len(text) - _LONGEST_TAG))
    return 0 if at < 0 or ">" in text[at:] else len(text) - at
