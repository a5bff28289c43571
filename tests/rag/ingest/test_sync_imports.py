import subprocess
import sys
from pathlib import Path

from rag.ingest.parsers.text import TextParser
from tests.rag.ingest.small_ingest import open_small_ingest

HEAVY = (
    "charset_normalizer",
    "faiss",
    "markdown_it",
    "openvino",
    "semantic_text_splitter",
    "sentence_transformers",
    "tantivy",
    "tiktoken",
    "tokenizers",
    "torch",
    "transformers",
)

PROGRAM = """
import sys
from pathlib import Path
from rag.ingest.parsers.registry import parser_for
from rag.ingest.sync import Ingestor
from rag.store.base import Generation
from rag.store.sqlite import DATABASE_NAME, SqliteStore

def never():
    raise AssertionError("the model must not be loaded")

data_dir, docs = Path(sys.argv[1]), Path(sys.argv[2])
with SqliteStore.open(data_dir / DATABASE_NAME, create=True) as store:
    serving = store.generation()
    ingestor = Ingestor(
        store, load_encoder=never, identity=lambda: serving, make_chunker=never,
        parser_for=parser_for, data_dir=data_dir, max_file_bytes=10**6, refresh_index=never,
    )
    report = ingestor.sync([docs])
assert report.unchanged == 2, report
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_an_unchanged_ingest_imports_nothing_heavy(tmp_path: Path):
    small = open_small_ingest(tmp_path)
    small.parser = TextParser()
    small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    small.store.close()
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(small.data_dir), str(small.docs)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert not set(HEAVY) & set(result.stdout.split())
