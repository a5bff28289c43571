"""The folders and question sets that are measured on.

The seeds are always there. The public sets lie in a folder that is named on the command line, and
are read from it in place.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
OWN_QUESTIONS = ROOT / "tests" / "data" / "seeds_questions.jsonl"
SUFFIXES = (".md", ".txt")


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of documents, and questions that people ask of it."""

    name: str
    folder: Path
    questions: tuple[str, ...]


def seeds_corpus() -> Corpus:
    """The seeds and the project's own questions."""
    return Corpus("seeds", SEEDS, _questions(OWN_QUESTIONS))


def squad2_corpus(evaluation: Path, folder: Path) -> Corpus:
    """The paragraphs of squad2, each written as a file under its title, Markdown and plain text in
    turn.
    """
    source = evaluation / "squad2"
    folder.mkdir(parents=True)
    with gzip.open(source / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            suffix = SUFFIXES[number % len(SUFFIXES)]
            heading = f"# {row['title']}" if suffix == ".md" else row["title"]
            path = folder / f"{row['id']}{suffix}"
            path.write_text(f"{heading}\n\n{row['text']}\n", encoding="utf-8")
    return Corpus("squad2", folder, _questions(source / "queries.jsonl"))


def _questions(path: Path) -> tuple[str, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line)["question"] for line in lines if line.strip())
