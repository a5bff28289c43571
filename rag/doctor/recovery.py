"""A damaged database becomes a new one with everything of it that can be read."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rag.doctor.base import counted
from rag.store.connections import connect
from rag.store.migrations import migrate
from rag.store.salvage import Salvaged, salvage
from rag.store.swapping import copy_aside, finished_file, put_in_place, require_alone


def recover(database: Path, index_dir: Path) -> str:
    """Puts a sound database in the place of a damaged one, which is kept under another name.

    The index goes: it may name chunks that were not saved. A process that is killed on the way
    leaves the damaged database.

    Returns:
        What was done.

    Raises:
        StoreBusy: Another process has the database open.
        StoreError: There is no room or no right to write a new one.
    """
    require_alone(database)
    fresh = database.with_name(f".{database.name}.recovering")
    for leftover in database.parent.glob(f"{fresh.name}*"):
        leftover.unlink()
    with closing(connect(fresh, create=True)) as db:
        migrate(db, fresh)
        saved = _salvage(database, db)
    finished_file(fresh)
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = database.with_name(f"{database.name}.damaged-{moment}")
    copy_aside(database, aside)
    shutil.rmtree(index_dir, ignore_errors=True)
    put_in_place(fresh, database)
    lost = f" Not all of {', '.join(saved.damaged)} could be read." if saved.damaged else ""
    return (
        f"Saved {counted(saved.rows.get('documents', 0), 'document')} and "
        f"{counted(saved.rows.get('conversations', 0), 'conversation')} into a new database; the "
        f"damaged one is kept as {aside.name!r}.{lost}"
    )


def _salvage(database: Path, db: sqlite3.Connection) -> Salvaged:
    try:
        return salvage(database, db)
    except sqlite3.DatabaseError:  # not even its list of tables can be read
        if db.in_transaction:
            db.execute("ROLLBACK")
        return Salvaged({}, ("the whole file",))
