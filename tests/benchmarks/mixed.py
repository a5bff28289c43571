"""Ingesting a folder of many formats against the usual way: the same libraries read the files, one
after the other, and sentence-transformers encodes their chunks with its defaults.

    python -m tests.benchmarks.mixed --eval FOLDER [--files 500] [--keep FOLDER]

The files are written from the public sets' texts by pandoc and LibreOffice, which must be
installed; `--keep` names a folder that they are kept in for the next run.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from embeddings.loading import load_encoder
from rag.ingest.chunker import Chunker
from rag.ingest.context import embedding_text
from rag.ingest.parsers.registry import parser_for
from rag.settings import Settings
from tests.benchmarks.figures import Figure, print_table
from tests.benchmarks.processes import run_once

SETS = ("squad2", "clapnq", "mtrag", "scifact")
BY_PANDOC = ("docx", "odt", "rtf", "epub", "pptx", "html", "rst", "ipynb", "md")
FORMATS = (*BY_PANDOC, "pdf", "txt", "xlsx", "csv", "json", "eml")
DOCUMENT_CHARS = 9_000
"""About four pages."""


def texts(evaluation: Path) -> Iterator[tuple[str, list[str]]]:
    """Titles with paragraphs, of about the same length; a short text is filled up with the next."""
    for name in SETS:
        with gzip.open(evaluation / name / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        title, paragraphs = "", list[str]()
        for row in rows:
            title = title or row["title"] or row["id"]
            paragraphs.extend(part for part in row["text"].split("\n") if part.strip())
            if sum(map(len, paragraphs)) >= DOCUMENT_CHARS:
                yield title, paragraphs
                title, paragraphs = "", []


def write_folder(evaluation: Path, folder: Path, count: int) -> None:
    """Writes the files, each in its turn in one of the formats."""
    folder.mkdir(parents=True)
    for_pdf = folder / "for-pdf"
    for_pdf.mkdir()
    for number, (title, paragraphs) in enumerate(islice(texts(evaluation), count)):
        suffix = FORMATS[number % len(FORMATS)]
        path = folder / f"{number:04}.{suffix}"
        if suffix == "pdf":
            _pandoc(title, paragraphs, for_pdf / f"{number:04}.odt")
        elif suffix in BY_PANDOC:
            _pandoc(title, paragraphs, path)
        else:
            _WRITERS[suffix](path, title, paragraphs)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, *for_pdf.iterdir()],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    shutil.rmtree(for_pdf)


def _pandoc(title: str, paragraphs: Sequence[str], path: Path) -> None:
    words = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    page = f"<h1>{escape(title)}</h1>{words}"
    subprocess.run(
        [
            *("pandoc", "--from", "html", "--standalone"),
            *("--output", path, "--metadata", f"title={title}"),
        ],
        input=page.encode(),
        check=True,
        stderr=subprocess.DEVNULL,
    )


def _write_text(path: Path, title: str, paragraphs: Sequence[str]) -> None:
    path.write_text("\n\n".join((title, *paragraphs)), encoding="utf-8")


def _write_workbook(path: Path, title: str, paragraphs: Sequence[str]) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("Number", "Topic", "Text"))
    for number, paragraph in enumerate(paragraphs, 1):
        sheet.append((number, title, paragraph[:2_000]))
    book.save(path)


def _write_csv(path: Path, title: str, paragraphs: Sequence[str]) -> None:
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("number", "topic", "text"))
        writer.writerows((number, title, text) for number, text in enumerate(paragraphs, 1))


def _write_json(path: Path, title: str, paragraphs: Sequence[str]) -> None:
    rows = [{"number": number, "text": text} for number, text in enumerate(paragraphs, 1)]
    path.write_text(json.dumps({"title": title, "paragraphs": rows}), encoding="utf-8")


def _write_mail(path: Path, title: str, paragraphs: Sequence[str]) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["To"] = "Anna <anna@example.org>", "Ben <ben@example.org>"
    mail["Subject"], mail["Date"] = title, "Tue, 05 Mar 2024 10:15:00 +0100"
    mail.set_content("\n\n".join(paragraphs))
    path.write_bytes(mail.as_bytes())


_WRITERS = {
    "txt": _write_text,
    "xlsx": _write_workbook,
    "csv": _write_csv,
    "json": _write_json,
    "eml": _write_mail,
}


def usual_seconds(folder: Path, settings: Settings) -> tuple[float, float, int]:
    """How long reading and encoding take one after the other, the imports left out, and how many
    chunks there are.
    """
    reference = load_encoder(settings.model, kind="reference", cache_dir=settings.cache_dir)
    model = reference.sentence_transformer  # type: ignore[attr-defined]
    model.encode(["warm up"])
    chunker = Chunker(reference, settings.chunk_tokens)
    started = time.perf_counter()
    chunks: list[str] = []
    for path in sorted(folder.iterdir()):
        parser = parser_for(path)
        if parser is not None:
            parsed = parser.parse(path.read_bytes())
            chunks += (
                embedding_text(parsed.title, draft.heading, draft.text)[0]
                for draft in chunker.split(parsed)
            )
    read_s = time.perf_counter() - started
    model.encode(chunks)
    return read_s, time.perf_counter() - started - read_s, len(chunks)


def main() -> int:
    """Prints both times and their ratio; 1 where it is below the bar."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--eval", type=Path, required=True)
    options.add_argument("--files", type=int, default=500)
    options.add_argument("--keep", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="quoth-mixed-") as temporary:
        folder = chosen.keep or Path(temporary) / "files"
        if not folder.exists():
            write_folder(chosen.eval, folder, chosen.files)
        figures = list(_figures(folder, Path(temporary)))
    print_table(figures, [])
    return 0 if all(figure.met is not False for figure in figures) else 1


def _figures(folder: Path, temporary: Path) -> Iterator[Figure]:
    """Ours is measured on both sides of the other: the machine may be busier at one of them."""
    before_s = run_once(["ingest", str(folder), "--json"], temporary / "one").wall_s
    read_s, encode_s, chunks = usual_seconds(folder, Settings())
    after_s = run_once(["ingest", str(folder), "--json"], temporary / "two").wall_s
    ours_s = (before_s + after_s) / 2
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    yield Figure("files", len(list(folder.iterdir())))
    yield Figure("their size", size, "MiB")
    yield Figure("chunks", chunks)
    yield Figure("usual way, reading", read_s, "s")
    yield Figure("usual way, encoding", encode_s, "s")
    yield Figure("quoth ingest, the process whole", ours_s, "s")
    yield Figure("ratio", (read_s + encode_s) / ours_s, "×", 3)


if __name__ == "__main__":
    sys.exit(main())
