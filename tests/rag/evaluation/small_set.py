"""A question set of three documents, on disk."""

import gzip
import json
from pathlib import Path

CORPUS = (
    {
        "id": "trade",
        "title": "Trade",
        "text": "Trade between the countries grew by 35 percent in two years. It will grow more.",
        "sentences": [
            "Trade between the countries grew by 35 percent in two years.",
            "It will grow more.",
        ],
        "date": "2025-06-16",
    },
    {"id": "bus", "title": "Bus", "text": "The electric bus in the capital is 18 meters long."},
    {"id": "rain", "title": "Rain", "text": "Heavy rain closed the mountain road on Monday."},
)
QUERIES = (
    {
        "id": "q1",
        "question": "By how much did trade grow?",
        "answers": ["35 percent"],
        "relevant": ["trade"],
        "evidence": [{"doc_id": "trade", "start": 28, "end": 46, "text": "grew by 35 percent"}],
        "answerable": True,
    },
    {
        "id": "q2",
        "question": "How long is the bus?",
        "answers": ["18 meters", "about eighteen"],
        "relevant": ["bus"],
        "history": [{"role": "user", "text": "Which bus?"}, {"role": "agent", "text": "A new."}],
        "answerable": True,
    },
    {"id": "q3", "question": "Who won the chess cup?", "relevant": [], "answerable": False},
)
REWRITES = (
    {
        "id": "r1",
        "history": ["How long is the bus?"],
        "question": "And does it run in the capital?",
        "rewrite": "Does the electric bus run in the capital?",
        "relevant": ["bus"],
    },
    {
        "id": "r2",
        "history": ["How long is the bus?"],
        "question": "when was the mountain road closed",
        "rewrite": "When was the mountain road closed?",
        "relevant": ["rain"],
    },
    {"id": "r3", "history": [], "question": "Rain?", "rewrite": "Rain?", "relevant": ["rain"]},
    {"id": "r4", "history": ["a"], "question": "b", "rewrite": "c", "relevant": ["elsewhere"]},
)


def write_set(folder: Path, *, corpus=CORPUS, queries=QUERIES, rewrites=()) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(_lines(corpus)))
    (folder / "queries.jsonl").write_bytes(_lines(queries))
    if rewrites:
        (folder / "rewrite_pairs.jsonl").write_bytes(_lines(rewrites))
    return folder


def _lines(rows) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()
