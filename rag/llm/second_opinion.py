"""A second model that looks at what the built-in check lets through.

It may only lower a verdict. It has little time for each sentence and none beyond the answer's; what
it does not say in time, or not in one of three words, changes nothing.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.verification.base import Piece, SentenceChecker, Verdict
from rag.errors import LanguageModelFailed
from rag.llm.base import LanguageModel, Message, said
from rag.llm.fencing import new_boundary, shown
from rag.llm.prompts import Prompts

TIMEOUT_S = 2.0
ANSWER_TOKENS = 8
_WORD = re.compile(r"\b(yes|partly|no)\b", re.IGNORECASE)


class SecondOpinion:
    """A `SentenceChecker` in front of another one.

    Args:
        first: Whose verdict is asked for first.
        model: The second model.
        prompts: What is said to it.
        evidence: The texts that verdicts point into.
        deadline: On `time.monotonic`'s clock: nobody waits any longer.
    """

    def __init__(
        self,
        first: SentenceChecker,
        model: LanguageModel,
        prompts: Prompts,
        evidence: Sequence[str],
        *,
        deadline: float,
    ) -> None:
        self._first = first
        self._model = model
        self._prompts = prompts
        self._evidence = tuple(evidence)
        self._deadline = deadline

    def check(self, piece: Piece) -> Verdict:
        """The first verdict, or a lower one."""
        verdict = self._first.check(piece)
        left_s = min(TIMEOUT_S, self._deadline - time.monotonic())
        if not verdict.spans or verdict.support == "unsupported" or left_s <= 0:
            return verdict
        opinion = self._opinion(piece, verdict, left_s)
        if opinion == "no":
            reasons = ("the second model finds no support for it", *verdict.reasons)
            return replace(verdict, support="unsupported", spans=(), reasons=reasons)
        if opinion == "partly":
            reasons = ("the second model finds support for a part of it", *verdict.reasons)
            return replace(verdict, support="weak", reasons=reasons)
        return verdict

    def _opinion(self, piece: Piece, verdict: Verdict, timeout_s: float) -> str | None:
        cited = dict.fromkeys(span.evidence for span in verdict.spans)
        evidence = "\n\n".join(shown(self._evidence[each]) for each in cited)
        boundary = new_boundary([evidence, piece.text])
        values = {"boundary": boundary, "evidence": evidence, "statement": shown(piece.text)}
        messages = (
            Message("system", self._prompts.fill("verify", "system", **values)),
            Message("user", self._prompts.fill("verify", "user", **values)),
        )
        try:
            text, _ = said(self._model, messages, max_tokens=ANSWER_TOKENS, timeout_s=timeout_s)
        except LanguageModelFailed:
            return None
        found = _WORD.search(text)
        return found.group(1).lower() if found else None
