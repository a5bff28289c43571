"""Tells sentences that state something from those that only frame an answer."""

import re

from rag.answering.verification.base import PieceKind
from rag.answering.verification.reading import Reading
from rag.answering.verification.word_lists import words

_FRAME = re.compile(
    r"(?:here (?:is|are)|here's|in (?:summary|short|conclusion|brief)|to (?:summari[sz]e|sum up)"
    r"|based on|according to|as follows|the (?:following|answer|documents?|sources?|evidence)"
    r"|sure|certainly|of course|yes|no|i hope|let me know|please|note|summary|overview|in detail"
    r"|these (?:are|include)|this (?:is|means|includes)|they (?:are|include)|there are"
    r"|i (?:could|can|found|have)|what the)\b",
    re.IGNORECASE,
)
_FRAME_WORDS = words(
    """
    document documents source sources evidence answer answers question questions follow follows
    following say says said state states found find information summary overview result results
    detail details point points key main relevant provided give gives given list lists below
    above hope help helps know let please based according mention mentions conclusion short
    brief sure certainly course yes here note notes passage passages text context material
    summarize available describe describes described asked section sections conclude
    introduction background
    """
)
_FEW_WORDS = 3


def states_something(claim: Reading, kind: PieceKind) -> bool:
    """Whether there is a fact in it that could be false."""
    if any(item.quantity or item.kind == "name" for item in claim.items):
        return True
    own = [token for token in claim.tokens if token.is_content and token.lower not in _FRAME_WORDS]
    if not own:
        return False
    if kind == "structure":
        return claim.denials > 0 and len(own) > 1
    bare = claim.text.strip(" *_>-#|")
    if bare.endswith(":") and len(own) <= 2 * _FEW_WORDS and not claim.denials:
        return False
    return not (_FRAME.match(bare) and len(own) <= 1)
