"""Slack's limits, and how a text is measured against them.

Lengths are UTF-16 code units, the strictest of the ways that Slack might count. A message's whole
ceiling is documented nowhere: one was refused at 13,200 characters, blocks of many small pieces
even sooner (bolt-js issues 2509 and 2867), so here the JSON of all blocks stays under 12,000.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

Block = dict[str, object]

MESSAGE_WEIGHT: Final = 12_000
MESSAGE_BLOCKS: Final = 48
BLOCK_CHARS: Final = 2_700
"""Four full blocks fit a message."""
BLOCK_WEIGHT: Final = 6_000
STREAM_CHARS: Final = 7_000
"""What of an answer is streamed at most; the blocks below it have `CLOSING_WEIGHT`."""
CLOSING_WEIGHT: Final = 5_000
NOTIFICATION_CHARS: Final = 150
PLAIN_CHARS: Final = 3_900
"""Of a message without blocks: one of more than 4,000 cannot be changed any more."""
BUTTON_CHARS: Final = 75
ACTIONS: Final = 25


def length(text: str) -> int:
    """The UTF-16 code units of a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def weight(value: Mapping[str, object] | Sequence[Mapping[str, object]]) -> int:
    """The length of a block, or of anything in it, as JSON."""
    return length(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) + 1
