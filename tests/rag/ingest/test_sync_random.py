"""Whatever was done to a folder, and in how many steps: its index equals a fresh one."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.crash_ingest import contents
from tests.rag.ingest.small_ingest import SmallIngest, open_small_ingest

NAMES = ("a.txt", "b.txt", "sub/a.txt", "sub/c.txt", "keep.txt")
TEXTS = ("apple", "banana\ncherry", "", "bad", "broken", "apple\nbanana")

names = st.sampled_from(NAMES[:-1])
steps = st.one_of(
    st.tuples(st.just("write"), names, st.sampled_from(TEXTS)),
    st.tuples(st.just("delete"), names, st.none()),
    st.tuples(st.just("move"), names, names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("sync"), st.none(), st.sampled_from(["", "sub"])),
)


def do(small: SmallIngest, step: str, name: str | None, value: str | None, at_ns: int) -> None:
    if step == "sync":
        part = small.docs / (value or "")
        small.ingestor.sync([part if part.is_dir() else small.docs], allow_empty=True)
        return
    file = small.docs / (name or "")
    if step == "write":
        small.write(str(name), str(value), at_ns=at_ns)
    elif step == "delete":
        file.unlink(missing_ok=True)
    elif file.exists() and name != value:
        target = small.docs / (value or "")
        target.parent.mkdir(exist_ok=True)
        (shutil.move if step == "move" else shutil.copy2)(file, target)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=14))
def test_an_index_kept_up_equals_a_fresh_one(actions: list[tuple[str, str | None, str | None]]):
    with tempfile.TemporaryDirectory() as folder:
        small = open_small_ingest(Path(folder).resolve())
        small.write("keep.txt", "kept")
        small.ingestor.sync([small.docs])
        for number, action in enumerate(actions):
            do(small, *action, at_ns=10**18 + number * 10**9)
        small.ingestor.sync([small.docs])
        small.store.close()
        (Path(folder) / "fresh").mkdir()
        fresh = open_small_ingest(Path(folder).resolve() / "fresh")
        fresh.docs = small.docs
        fresh.ingestor.sync([small.docs])
        fresh.store.close()
        found, vectors = contents(small.data_dir, real=False)
        wanted, fresh_vectors = contents(fresh.data_dir, real=False)
        assert found == wanted
        assert np.array_equal(vectors, fresh_vectors)
