"""All rows that training uses, made once and kept: read, mined, twinned, and split.

The result is a file of JSON Lines in the run's folder, so that a run that is taken up again does
not mine again, and what was learned from can be read.
"""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from embeddings.base import CharSpan
from rag.evaluation.learned import learned_titles
from rag.evaluation.sets import QUERIES_FILE, read_set
from rag.reading.training.mining import mine
from rag.reading.training.mix import MIX
from rag.reading.training.rows import SUFFIX, Row, is_held_back, read_rows, with_anchors
from rag.reading.training.twins import Materials, gather_names, twins
from rag.settings import Settings

HELD_BACK = 0.02
"""Share of the passages whose rows are kept for measuring."""

MINED_QUESTIONS = 6_000
_MADE = ("mined", "twins", "written_unanswerable")
_LONGEST_PASSAGE_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows to learn from and rows to measure by; no passage is on both sides."""

    learned: tuple[Row, ...]
    held_back: tuple[Row, ...]


def prepare(
    rows_folder: Path,
    out: Path,
    settings: Settings,
    *,
    model_folder: Path,
    unanswerable_set: Path | None,
    seed: int,
    say: Callable[[str], None],
) -> Prepared:
    """The rows of a run; made at the first call, read from `out` at the next.

    Args:
        rows_folder: Where the sets of `mix.MIX` lie.
        out: The run's folder.
        settings: The model and the cache folder to mine with.
        model_folder: Of the encoder that the reader starts from.
        unanswerable_set: A question set (as SQuAD 2.0's) of whose documents half, by title, are
            learned from: its unanswerable questions were written by people.
        seed: Of twins and mining.
        say: Told what is being done.
    """
    kept = out / "rows.jsonl.gz"
    if not kept.exists():
        rows = _made(rows_folder, out, settings, model_folder, unanswerable_set, seed, say)
        _write(kept, rows)
    rows = _read(kept)
    held = [is_held_back(row, HELD_BACK) for row in rows]
    return Prepared(
        tuple(row for row, is_held in zip(rows, held, strict=True) if not is_held),
        tuple(
            row
            for row, is_held in zip(rows, held, strict=True)
            if is_held and row.source not in ("twins", "written_unanswerable")
        ),
    )


def _made(
    rows_folder: Path,
    out: Path,
    settings: Settings,
    model_folder: Path,
    unanswerable_set: Path | None,
    seed: int,
    say: Callable[[str], None],
) -> list[Row]:
    names = [name for name in MIX if name not in _MADE]
    missing = [name for name in names if not (rows_folder / f"{name}{SUFFIX}").is_file()]
    if missing:
        raise FileNotFoundError(f"No rows named {missing[0]!r} in {str(rows_folder)!r}.")
    say("reading rows")
    rows = [
        row for row in read_rows(rows_folder, names) if len(row.passage) <= _LONGEST_PASSAGE_CHARS
    ]
    by_id = {f"{row.source}-{row.id}": row for row in rows}
    rows = with_anchors(rows, by_id)
    if unanswerable_set is not None:
        rows += written_unanswerable(unanswerable_set)
    say("making twins")
    materials = Materials(gather_names(rows), Neighbours(model_folder))
    free = [row for row in rows if not is_held_back(row, HELD_BACK)]
    made = list(twins(free, materials, seed))
    say(f"{len(made)} twins; mining")
    asked = [row for row in rows if row.source != "qamr_wiki"]
    mined = list(mine(asked, MINED_QUESTIONS, out / "mining", settings, seed=seed))
    say(f"{len(mined)} mined")
    return rows + made + mined


def written_unanswerable(folder: Path) -> list[Row]:
    """The learned half of a question set, each question beside its own paragraph."""
    by_id = {str(row["id"]): row for row in read_set(folder).rows.values()}
    with (folder / QUERIES_FILE).open(encoding="utf-8") as lines:
        asked = [json.loads(line) for line in lines]
    chosen = learned_titles(str(by_id[raw["context_id"]]["title"]) for raw in asked)
    rows = []
    for raw in asked:
        document = by_id[raw["context_id"]]
        if document["title"] not in chosen:
            continue
        spans = tuple(
            (each["start"], each["end"])
            for each in raw["evidence"]
            if each["doc_id"] == raw["context_id"]
        )
        if raw["answerable"] and not spans:
            continue
        rows.append(
            Row(
                id=raw["id"],
                source="written_unanswerable",
                question=raw["question"],
                passage=document["text"],
                spans=spans,
                answerable=raw["answerable"],
                relevant=True,
                anchor=spans[0] if spans else None,
                title=document["title"],
            )
        )
    return rows


class Neighbours:
    """Words that the model's own input table puts near a word: its kind, seldom its synonym."""

    def __init__(self, model_folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
        weights = load_file(model_folder / "model.safetensors")
        table = next(
            value for name, value in weights.items() if name.endswith("word_embeddings.weight")
        ).astype(np.float32)
        words = {
            word: index
            for word, index in tokenizer.get_vocab().items()
            if word.isalpha() and word.isascii() and len(word) > 3 and index < 20_000
        }
        self._words = list(words)
        self._places = {word: place for place, word in enumerate(self._words)}
        chosen = table[[words[word] for word in self._words]]
        chosen = chosen - chosen.mean(axis=0)
        self._directions = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
        self._known: dict[str, list[str]] = {}

    def __call__(self, word: str) -> Sequence[str]:
        """Near words, nearest first; none for a word outside the table."""
        if word not in self._places:
            return ()
        if word not in self._known:
            cosines = self._directions @ self._directions[self._places[word]]
            near = np.argsort(-cosines)[1:12]
            self._known[word] = [
                self._words[each] for each in near if not _same_stem(self._words[each], word)
            ]
        return self._known[word]


def _same_stem(one: str, other: str) -> bool:
    shared = min(len(one), len(other)) - 2
    return one[: max(4, shared)] == other[: max(4, shared)]


def _write(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    with gzip.open(unfinished, "wt", encoding="utf-8", compresslevel=3) as lines:
        for row in rows:
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
    unfinished.replace(path)


def _read(path: Path) -> list[Row]:
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            spans = tuple(_span(each) for each in raw.pop("spans"))
            anchor = raw.pop("anchor")
            rows.append(Row(**raw, spans=spans, anchor=_span(anchor) if anchor else None))
    return rows


def _span(pair: Sequence[int]) -> CharSpan:
    return int(pair[0]), int(pair[1])
