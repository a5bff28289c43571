"""Answers that a language model writes and the documents prove.

Every sentence is checked against the evidence before it is shown, and stands on the exact span that
carries it. A sentence that states something and stands on nothing is left out or struck out; one
that states nothing is shown only where it leads over to one that does, in words of the question or
the evidence. What a document says to a model (`rag.llm.addressing`) is no evidence, and where any
of it does, the model may have obeyed: then only what is fully supported is shown.

When the model fails, or nothing that it wrote is supported, the extractive answer is given instead,
and a notice says why. If it stops in the middle, what was shown stays, as it was checked; a
paragraph of quotes that are not cited yet follows.
"""

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from rag.answering.abstention import NOT_FOUND_TEXT
from rag.answering.generation import AnswerGeneration, Heard
from rag.answering.grounds import evidence_text, leads_over, sentences_of, sources_of
from rag.answering.growing import GrowingAnswer
from rag.answering.markers import StreamParser, lead_after
from rag.answering.notices import (
    BROKEN_OFF,
    CONTINUED,
    CUT_OFF,
    NOTHING_SUPPORTED,
    NOTICES,
    left_out,
)
from rag.answering.verification.base import Piece, SentenceChecker, Verdict
from rag.answering.verification.reader_check import ReaderCheck, Supports
from rag.answering.verification.verifier import Verifier
from rag.errors import LanguageModelFailed
from rag.llm.addressing import addresses_model
from rag.llm.base import NO_USAGE, End, TokenUsage
from rag.llm.fencing import speaks_to_models
from rag.llm.prompting import NOT_FOUND, AnswerPrompt, answer_prompt
from rag.llm.second_opinion import SecondOpinion
from rag.reading import blend
from rag.store.base import DocumentReader
from rag.streaming import (
    AnswerEvent,
    CompleteEvent,
    DeltaEvent,
    StatusEvent,
    events_of,
)
from rag.tokens import count_tokens
from rag.types import Answer, Citation, Document, Support, Turn

_LEAST_REPEATED = 4  # words of a sentence that is shown once
_CALL_FIRST_S = 0.03
"""The call goes out before the evidence is read, which takes the interpreter."""


@dataclass(slots=True)
class _Spent:
    """What an answer has taken."""

    usage: TokenUsage
    timings_ms: dict[str, float] = field(default_factory=dict)
    verify_ms: float = 0.0


class _NotFound(Exception):
    """The model says that the evidence does not answer."""


class Writing:
    """One answer on its way.

    Args:
        generation: The model and how it is used.
        heard: The question.
        draft: The extractive answer, with at least one passage.
        history: What was said before, oldest first.
        reader: Knows pages and places.
        is_stale: Whether a document's file has changed or gone.
        supports: Whether a reader finds sentences supported; None: none is asked.
    """

    def __init__(
        self,
        generation: AnswerGeneration,
        heard: Heard,
        draft: Answer,
        history: Sequence[Turn],
        reader: DocumentReader,
        is_stale: Callable[[Document], bool],
        supports: Supports | None = None,
    ) -> None:
        self._supports = supports
        self._generation = generation
        self._heard = heard
        self._draft = draft
        self._history = history
        marked = {(each.document.id, span) for each in draft.citations for span in each.highlights}
        self._shown = GrowingAnswer(reader, is_stale, marked)
        self._spent = _Spent(heard.usage)
        self._held: list[tuple[str, str, Support]] = []
        self._written: set[str] = set()
        self._lead = ""
        self._left_out = 0
        self._is_addressed = False
        self._evidence = ""
        self._started = time.perf_counter()
        if any(self._is_order(each) for each in draft.citations if each.highlights):
            # What a document tells a model is not what it tells people.
            self._draft = replace(draft, short_answer=None)

    def events(self) -> Iterator[AnswerEvent]:
        """All of them, from `answering` on."""
        draft = self._draft
        yield StatusEvent("answering", draft.id, draft.hits, draft.short_answer)
        prompt = answer_prompt(
            self._generation.prompts,
            self._heard.question,
            self._draft.hits,
            self._history,
            prompt_tokens=self._generation.prompt_tokens,
            evidence_tokens=self._generation.evidence_tokens,
        )
        self._spent.timings_ms["prompt"] = _ms_since(self._started)
        notice: str | None = None
        broke = False
        try:
            notice = yield from self._sentences(prompt)
        except _NotFound:
            yield DeltaEvent(NOT_FOUND_TEXT)
            yield CompleteEvent(self._accounted(self._not_found(), prompt))
            return
        except LanguageModelFailed as exc:
            broke = bool(self._shown.text)
            notice = BROKEN_OFF if broke else NOTICES[exc.kind]
        if self._shown.text:
            if broke:
                before = self._shown.text
                yield from self._quotes(lead="\n\n")
                notice = BROKEN_OFF if self._shown.text == before else CONTINUED
            yield CompleteEvent(self._accounted(self._answer(notice), prompt))
            return
        told = NOTHING_SUPPORTED if notice in (None, CUT_OFF, BROKEN_OFF) else notice
        fallback = self._accounted(replace(self._without_orders(), notice=told), prompt)
        yield from (each for each in events_of(fallback) if not isinstance(each, StatusEvent))

    def _sentences(self, prompt: AnswerPrompt) -> Generator[AnswerEvent, None, str | None]:
        """What the model writes, checked; returns a notice on how it ended.

        Raises:
            _NotFound, LanguageModelFailed
        """
        generation = self._generation
        timeout_s = max(0.0, self._heard.deadline - time.monotonic())
        stream = generation.model.stream(
            prompt.messages, max_tokens=generation.answer_tokens, timeout_s=timeout_s
        )
        asked = time.perf_counter()
        checker = self._prepared(prompt)
        end: End | None = None
        said: list[str] = []
        parser = StreamParser(prompt.texts)
        try:
            for piece in stream:
                if isinstance(piece, End):
                    end = piece
                    break
                if not said:
                    self._spent.timings_ms["first_token"] = _ms_since(asked)
                said.append(piece)
                yield from self._checked(parser.feed(piece), checker, prompt)
                if parser.truncated:
                    break
        except LanguageModelFailed:
            yield from self._checked(parser.finish(complete=False), checker, prompt)
            raise
        finally:
            stream.close()
            self._spent.usage += end.usage if end is not None else _estimated(prompt, said)
            self._spent.timings_ms["generate"] = _ms_since(asked)
        whole = end is not None and end.reason == "stop"
        yield from self._checked(parser.finish(complete=whole), checker, prompt)
        if end is not None and end.reason == "filtered":
            return BROKEN_OFF
        return None if whole else CUT_OFF

    def _checked(
        self, pieces: Sequence[Piece], checker: Future[SentenceChecker], prompt: AnswerPrompt
    ) -> Iterator[AnswerEvent]:
        for piece in pieces:
            checker.result()  # it also says whether the evidence speaks to models
            if NOT_FOUND in piece.text:
                # Where documents speak to models, one of them may have ordered these words.
                if not self._shown.text and not self._is_addressed:
                    raise _NotFound
                continue
            if self._is_repeated(piece):
                self._lead = self._lead_of(piece)
                continue
            started = time.perf_counter()
            verdict = checker.result().check(piece)
            self._spent.verify_ms += _ms_since(started)
            yield from self._take(piece, verdict, prompt)

    def _take(self, piece: Piece, verdict: Verdict, prompt: AnswerPrompt) -> Iterator[AnswerEvent]:
        """Shows a sentence, holds it back until another one follows, or leaves it out."""
        lead = self._lead_of(piece)
        self._lead = ""
        sources = sources_of(verdict, prompt)
        if sources and not (self._is_addressed and verdict.support != "supported"):
            yield from self._show_held()
            support = "weak" if verdict.support == "unsupported" else verdict.support
            yield from self._shown.add(lead, piece.text, support, sources)
        elif verdict.is_claim and self._strikes:
            self._held.append((lead, f"~~{piece.text.replace('~~', '~')}~~", "unsupported"))
            if self._shown.text:
                yield from self._show_held()
        elif not verdict.is_claim and leads_over(piece, self._heard.question, self._evidence):
            self._held.append((lead, piece.text, "supported"))
        elif not verdict.is_claim and piece.text.startswith("|"):
            # A table goes on only below a first row, whatever stands in its cells.
            self._held.append((lead, re.sub(r"[^|]+", " ", piece.text), "supported"))
        else:
            self._lead = lead
            self._left_out += verdict.is_claim

    def _lead_of(self, piece: Piece) -> str:
        """What stands in front of a sentence, after those left out before it."""
        return lead_after(self._lead, piece.lead) if self._lead else piece.lead

    def _is_repeated(self, piece: Piece) -> bool:
        """Whether the model has written a sentence before, word for word; of a few words it may
        be said of something else.
        """
        said = " ".join(piece.text.split())
        if piece.kind != "sentence" or len(said.split()) < _LEAST_REPEATED:
            return False
        is_repeated = said in self._written
        self._written.add(said)
        return is_repeated

    @property
    def _strikes(self) -> bool:
        """Whether unsupported sentences are shown at all: never what may be an obeyed order."""
        return self._generation.unsupported == "strike" and not self._is_addressed

    def _show_held(self) -> Iterator[AnswerEvent]:
        for lead, text, support in self._held:
            yield from self._shown.add(lead, text, support, ())
        self._held.clear()

    def _quotes(self, lead: str) -> Iterator[AnswerEvent]:
        """The draft's sentences that nothing shown stands on, but those that speak to models."""
        draft = self._draft
        for sentence in draft.sentences:
            cited = [each for each in draft.citations if each.number in sentence.citations]
            if cited and not any(
                self._shown.covers(each) or self._is_order(each) for each in cited
            ):
                text = draft.text[sentence.start : sentence.end]
                yield from self._shown.add(lead, text, sentence.support, cited)
                lead = " "

    def _is_order(self, citation: Citation) -> bool:
        """Whether what is quoted speaks to a model, by itself or by what stands before it."""
        for hit in self._draft.hits:
            chunk = hit.chunk
            if (
                chunk.document_id == citation.document.id
                and chunk.start <= citation.start
                and citation.end <= chunk.end
            ):
                return any(
                    chunk.start + start < citation.end and citation.start < chunk.start + end
                    for start, end in speaks_to_models(chunk.text, sentences_of(chunk))
                )
        return addresses_model(citation.cited_text)

    def _checker_later(self, prompt: AnswerPrompt) -> SentenceChecker:
        time.sleep(_CALL_FIRST_S)
        return self._checker(prompt)

    def _prepared(self, prompt: AnswerPrompt) -> Future[SentenceChecker]:
        """The checker, made while the model is waited for."""
        preparing = ThreadPoolExecutor(1, "verification")
        checker = preparing.submit(self._checker_later, prompt)
        preparing.shutdown(wait=False)
        return checker

    def _checker(self, prompt: AnswerPrompt) -> SentenceChecker:
        evidence = [
            evidence_text(hit, text)
            for hit, text in zip(prompt.evidence, prompt.texts, strict=True)
        ]
        shown = zip(evidence, prompt.texts, strict=True)
        self._is_addressed = any(each.text != text for each, text in shown)
        texts = [each.text for each in evidence]
        self._evidence = "\n".join(texts)
        verifier = Verifier(evidence)
        verifier.prepare()
        checker: SentenceChecker = verifier
        if self._supports is not None:
            checker = ReaderCheck(checker, self._supports, evidence, weak_below=blend.WEAK_BELOW)
        if self._generation.second is None:
            return checker
        return SecondOpinion(
            checker,
            self._generation.second,
            self._generation.prompts,
            texts,
            deadline=self._heard.deadline,
        )

    def _answer(self, notice: str | None) -> Answer:
        if notice is None and self._left_out:
            notice = left_out(self._left_out)
        return replace(
            self._draft,
            text=self._shown.text,
            method="llm",
            sentences=self._shown.sentences,
            citations=self._shown.citations,
            notice=notice,
            short_answer=self._short_answer(),
        )

    def _short_answer(self) -> str | None:
        """The draft's, where the text says it too and cites a place that has it marked."""
        short = self._draft.short_answer
        if short is None:
            return None
        is_cited = any(
            " ".join(each.cited_text[start - each.start : end - each.start].split()) == short
            for each in self._shown.citations
            for start, end in each.highlights
        )
        said = " ".join(self._shown.text.split())
        is_said = re.search(rf"(?<!\w){re.escape(short)}(?!\w)", said, re.IGNORECASE)
        return short if is_cited and is_said else None

    def _without_orders(self) -> Answer:
        """The draft without quotes that speak to models, if any other is left."""
        if not any(self._is_order(citation) for citation in self._draft.citations):
            return self._draft
        if not list(self._quotes(lead="")):
            return self._draft
        return replace(
            self._draft,
            text=self._shown.text,
            sentences=self._shown.sentences,
            citations=self._shown.citations,
            short_answer=self._short_answer(),
        )

    def _not_found(self) -> Answer:
        return replace(
            self._draft,
            text=NOT_FOUND_TEXT,
            status="not_found",
            method="llm",
            sentences=(),
            citations=(),
            short_answer=None,
        )

    def _accounted(self, answer: Answer, prompt: AnswerPrompt) -> Answer:
        """The answer with the model's name, its tokens, their cost, and the times."""
        spent, model = self._spent, self._generation.model
        before_ms = answer.timings_ms.get("total", 0.0)
        return replace(
            answer,
            model=model.name if answer.method == "llm" else None,
            cost=model.cost_of(spent.usage),
            usage={
                "evidence_tokens": prompt.evidence_tokens,
                "prompt_tokens": spent.usage.prompt_tokens,
                "completion_tokens": spent.usage.completion_tokens,
            },
            timings_ms={
                **answer.timings_ms,
                **spent.timings_ms,
                "verify": spent.verify_ms,
                "total": before_ms + _ms_since(self._started),
            },
        )


def _estimated(prompt: AnswerPrompt, said: Sequence[str]) -> TokenUsage:
    """Of a call that never told its usage; nothing where nothing came."""
    if not said:
        return NO_USAGE
    asked = sum(count_tokens(message.text) for message in prompt.messages)
    return TokenUsage(asked, count_tokens("".join(said)))


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1e3
