# ruff: noqa: T201
"""How many lies the check of model answers flags, and how many true sentences it calls unsupported.

    python -m tests.benchmarks.lies --eval FOLDER [--fit] [--reader] [--train FOLDER]

True sentences: clapnq's answers and scifact's supported claims, each beside its own passage and the
four most alike of the same corpus. Lies: 60 of each kind in either half, made by `lying.py` of true
sentences and of sentences of the evidence, paraphrased lightly. Finer lies of
`lying_finely.py` are reported by themselves: words of the evidence alone, or one little word that
turns them. Half of the documents, chosen by a hash of their ids, is what weights and lines were
fitted on; the other half is only measured. With `--reader` the reader that Quoth ships with may
lower a verdict, as it does in answers; of the training rows only those count that were held back
from it then.
"""

import argparse
import gzip
import hashlib
import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from rag.answering.verification.base import EvidenceText, Piece, SentenceChecker, Verdict
from rag.answering.verification.reader_check import ReaderCheck, Supports
from rag.answering.verification.verifier import Verifier
from rag.evaluation.confidence import auroc
from rag.reading import blend
from rag.reading.loading import load_reader
from rag.reading.training.preparing import HELD_BACK
from rag.reading.training.rows import is_held_back, read_rows
from rag.settings import load_settings
from tests.benchmarks.lying import KINDS, Statement, lie, paraphrased, sentences
from tests.benchmarks.lying_finely import FINER_KINDS, lie_finely

SEED = 20
LIES_OF_A_KIND = 60
FINER_LIES_OF_A_KIND = 60
PASSAGES = 5
LONG_PASSAGES = 10
LONG_WORDS = 190  # about 250 tokens
_WORD = re.compile(r"\w{3,}")


def is_fitted(document: str) -> bool:
    """Whether a document belongs to the half that is fitted on."""
    return hashlib.sha256(document.encode()).digest()[0] % 2 == 0


class Corpus:
    """The documents of a set, and which are alike."""

    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
            self.rows: dict[str, Any] = {row["id"]: row for row in map(json.loads, lines)}
        self.queries = [
            json.loads(line)
            for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        self._words = {id_: _words(row["text"]) for id_, row in self.rows.items()}
        counts = Counter(word for words in self._words.values() for word in words)
        self._rarity = {word: math.log(len(self.rows) / count) for word, count in counts.items()}
        self._holders: dict[str, list[str]] = {}
        for id_, words in self._words.items():
            for word in words:
                if counts[word] <= len(self.rows) // 20:
                    self._holders.setdefault(word, []).append(id_)

    def statement(self, text: str, document: str, random: Random) -> Statement:
        """A true sentence beside its passage and those most like it, in any order."""
        ids = [document, *self._alike(document)]
        random.shuffle(ids)
        passages = tuple(
            (self.rows[each]["text"], self.rows[each].get("title") or "") for each in ids
        )
        return Statement(text, document, passages, ids.index(document), "true")

    def _alike(self, document: str) -> list[str]:
        scores: Counter[str] = Counter()
        for word in sorted(self._words[document]):
            for other in self._holders.get(word, ()):
                scores[other] += self._rarity[word]  # type: ignore[assignment]
        del scores[document]
        ranked = sorted(scores, key=lambda each: (-scores[each], each))
        return ranked[: PASSAGES - 1]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def true_statements(clapnq: Corpus, scifact: Corpus, random: Random) -> list[Statement]:
    """clapnq's answers, sentence by sentence, and scifact's supported claims."""
    found = []
    for query in clapnq.queries:
        if query["type"] == "answerable":
            for answer in query["answers"]:
                for sentence in sentences(answer):
                    if len(sentence.split()) >= 4:
                        found.append(clapnq.statement(sentence, query["relevant"][0], random))
    for query in scifact.queries:
        if query["type"] == "SUPPORT":
            document = query["evidence"][0]["doc_id"]
            found.append(scifact.statement(query["question"], document, random))
    return found


def evidence_statements(clapnq: Corpus, squad: Corpus, random: Random) -> Iterator[Statement]:
    """Sentences of the evidence itself, paraphrased lightly."""
    for corpus in (clapnq, squad):
        for query in corpus.queries:
            for evidence in query.get("evidence") or ():
                document = evidence["doc_id"]
                for sentence in sentences(corpus.rows[document]["text"]):
                    if evidence["text"].strip() in sentence and 6 <= len(sentence.split()) <= 45:
                        said = paraphrased(sentence, random)
                        yield corpus.statement(said, document, random)


def make_lies(truths: Sequence[Statement], random: Random) -> list[Statement]:
    """`LIES_OF_A_KIND` of each kind, of as many different sentences."""
    lies = []
    for kind in KINDS:
        made = []
        for statement in random.sample(truths, len(truths)):
            if len(made) < LIES_OF_A_KIND and (told := lie(statement, kind, random)):
                made.append(told)
        lies += made
    return lies


def make_finer_lies(truths: Sequence[Statement], random: Random) -> list[Statement]:
    """`FINER_LIES_OF_A_KIND` of each kind, or as many as there are sentences for."""
    lies = []
    for kind in FINER_KINDS:
        told = (lie_finely(each, kind, random) for each in random.sample(truths, len(truths)))
        lies += list(islice((each for each in told if each), FINER_LIES_OF_A_KIND))
    return lies


@dataclass(frozen=True, slots=True)
class Half:
    """The sentences of the documents of one half.

    Attributes:
        truths: Written by people who had read the evidence.
        quoted: Sentences of the evidence, paraphrased lightly.
        lies: Of the kinds that the bars are set for.
        finer: Of the other kinds.
    """

    truths: list[Statement]
    quoted: list[Statement]
    lies: list[Statement]
    finer: list[Statement]


def statements(folder: Path, *, fitted: bool) -> Half:
    """The true sentences and the lies of one half."""
    random = Random(SEED)
    clapnq, scifact, squad = (Corpus(folder / each) for each in ("clapnq", "scifact", "squad2"))
    truths = [
        each
        for each in true_statements(clapnq, scifact, random)
        if is_fitted(each.document) is fitted
    ]
    verbatim = [
        each
        for each in evidence_statements(clapnq, squad, random)
        if is_fitted(each.document) is fitted
    ]
    quoted = random.sample(verbatim, min(len(truths), len(verbatim)))
    lies = make_lies([*truths, *quoted], random)
    return Half(truths, quoted, lies, make_finer_lies([*truths, *verbatim], random))


def check(statement: Statement, supports: Supports | None = None) -> tuple[Verdict, float]:
    """The verdict, and its milliseconds of processor time; reading the passages is part of it.

    Args:
        statement: Checked against the passage that it cites.
        supports: A reader's; None: words alone are checked.
    """
    evidence = [EvidenceText(text, title) for text, title in statement.passages]
    checker: SentenceChecker = Verifier(evidence)
    if supports is not None:
        checker = ReaderCheck(checker, supports, evidence, weak_below=blend.WEAK_BELOW)
    started = time.process_time()
    verdict = checker.check(Piece(statement.text, (statement.cited,)))
    return verdict, (time.process_time() - started) * 1000


def report_time(half: Half) -> None:
    """Prints the processor time of one check on long evidence, all of it cited and read before."""
    random = Random(SEED)
    passages = sorted({each for statement in half.truths for each in statement.passages})
    took: dict[int, list[float]] = {1: [], LONG_PASSAGES: []}
    for statement in random.sample(half.truths, min(100, len(half.truths))):
        texts = [text for text, _ in random.sample(passages, LONG_PASSAGES - 1)]
        texts.insert(0, statement.passages[statement.cited][0])
        longer = (" ".join((f"{text} " * LONG_WORDS).split()[:LONG_WORDS]) for text in texts)
        verifier = Verifier([EvidenceText(text) for text in longer])
        verifier.prepare()
        for most, found in took.items():
            started = time.process_time()
            verifier.check(Piece(statement.text, tuple(range(most))))
            found.append((time.process_time() - started) * 1000)
    for most, found in took.items():
        last = sorted(found)[int(0.99 * len(found))]
        print(f"  processor ms beside {LONG_PASSAGES} long passages, {most} cited: p99 {last:.1f}")


def told_apart(true: Sequence[float], false: Sequence[float]) -> float:
    """Probability that a true sentence scores above a false one; 0 where one kind is missing."""
    return auroc([*true, *false], [True] * len(true) + [False] * len(false)) or 0.0


def report(name: str, half: Half, show: int, supports: Supports | None) -> None:
    """Prints the figures of one half, and as many misses as asked for."""
    truths, lies = half.truths, half.lies
    verdicts = {"true": [check(each, supports) for each in truths]}
    for kind in KINDS:
        verdicts[kind] = [check(each, supports) for each in lies if each.kind == kind]
    print(f"\n{name}: {len(truths)} true sentences, {len(lies)} lies")
    for kind, judged in verdicts.items():
        _print_shares(kind, [verdict for verdict, _ in judged])
    told = [verdict for kind in KINDS for verdict, _ in verdicts[kind]]
    flagged = sum(verdict.support != "supported" for verdict in told) / max(1, len(told))
    refused = sum(verdict.support == "unsupported" for verdict in told) / max(1, len(told))
    wronged = sum(verdict.support == "unsupported" for verdict, _ in verdicts["true"])
    scores = [verdict.score for verdict, _ in verdicts["true"]]
    took = sorted(ms for judged in verdicts.values() for _, ms in judged)
    print(f"  lies flagged {flagged:.1%} (bar 95 %), as unsupported {refused:.1%}")
    print(f"  true ones called unsupported {wronged / max(1, len(truths)):.1%} (bar 5 %)")
    print(f"  AUROC {told_apart(scores, [each.score for each in told]):.3f}")
    print(f"  processor ms: {took[len(took) // 2]:.2f} in the middle, {took[-1]:.2f} at most")
    finer = {"near quotes": [check(each, supports)[0] for each in half.quoted]}
    for kind in FINER_KINDS:
        finer[kind] = [check(each, supports)[0] for each in half.finer if each.kind == kind]
    for kind, found in finer.items():
        _print_shares(kind, found)
    if show:
        judged = [verdict for pairs in verdicts.values() for verdict, _ in pairs]
        judged += [verdict for found in finer.values() for verdict in found]
        everything = [*truths, *lies, *half.quoted, *half.finer]
        _show(zip(everything, judged, strict=True), show)


def _print_shares(kind: str, verdicts: Sequence[Verdict]) -> None:
    counts = Counter(verdict.support for verdict in verdicts)
    shares = "  ".join(
        f"{support} {counts[support] / max(1, len(verdicts)):6.1%}"
        for support in ("supported", "weak", "unsupported")
    )
    print(f"  {kind:13} {len(verdicts):4}  {shares}")


def _show(judged: Iterable[tuple[Statement, Verdict]], most: int) -> None:
    shown: Counter[str] = Counter()
    for statement, verdict in judged:
        wrong = "unsupported" if statement.kind == "true" else "supported"
        if verdict.support == wrong and shown[statement.kind] < most:
            shown[statement.kind] += 1
            print(
                f"\n[{statement.kind}] {statement.text}\n   {verdict.score:.2f} {verdict.reasons}"
            )
            for span in verdict.spans or verdict.rebound:
                print("   >", statement.passages[span.evidence][0][span.start : span.end])


def report_training_rows(folder: Path, supports: Supports | None) -> None:
    """Claims that nothing was fitted on: FEVER's and WiCE's, with their evidence."""
    for name, most in (("wice", 1310), ("fever_part", 3000)):
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        if supports is not None:
            held = {row.id for row in read_rows(folder, [name]) if is_held_back(row, HELD_BACK)}
            rows = [row for row in rows if row["id"] in held]
        by_label: dict[str, list[Verdict]] = {}
        for row in Random(SEED).sample(rows, min(most, len(rows))):
            statement = Statement(
                row["claim"], row["id"], ((row["evidence"], ""),), 0, row["label"]
            )
            by_label.setdefault(row["label"], []).append(check(statement, supports)[0])
        print(f"\n{name}:")
        for label, judged in sorted(by_label.items()):
            counts = Counter(verdict.support for verdict in judged)
            print(
                f"  {label:10} {len(judged):5}",
                {k: round(v / len(judged), 3) for k, v in sorted(counts.items())},
            )
        true = [verdict.score for verdict in by_label["SUPPORTED"]]
        for label in sorted(set(by_label) - {"SUPPORTED"}):
            false = [verdict.score for verdict in by_label[label]]
            print(f"  AUROC against {label} {told_apart(true, false):.3f}")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eval", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--train", type=Path, help="folder of the training rows, to look at only")
    parser.add_argument("--fit", action="store_true", help="print the fitted numbers")
    parser.add_argument("--reader", action="store_true", help="ask the reader, too")
    parser.add_argument("--show", type=int, default=0, help="misses to print, of each kind")
    arguments = parser.parse_args(argv)
    fitted = statements(arguments.eval, fitted=True)
    if arguments.fit:
        from tests.benchmarks.lies_fit import fit

        fit(fitted.truths, fitted.quoted, fitted.lies, fitted.finer)
        return
    supports = load_reader(load_settings().cache_dir).supported if arguments.reader else None
    report("fitted half", fitted, arguments.show, supports)
    other = statements(arguments.eval, fitted=False)
    report("other half", other, 0, supports)
    report_time(other)
    if arguments.train:
        report_training_rows(arguments.train, supports)


if __name__ == "__main__":
    main()
