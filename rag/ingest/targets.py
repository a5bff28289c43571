"""Which folders an ingest is about: the paths a person gave, as known roots or parts of them.

Roots never overlap. A path inside a known root means that part of the root; a path around known
roots becomes one root that takes their files over, so that nothing is embedded again. The managed
root stands apart: it lies in the data folder, which belongs to no other root.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import IngestError, NothingIndexed, PathNotFound, RootMissing
from rag.ingest.scan import is_storable, printable
from rag.store.base import DocumentStore, Root


@dataclass(frozen=True, slots=True)
class Patterns:
    """Which files of a folder are taken from now on; see `rag.ingest.ignoring`.

    Attributes:
        include: Of which a file must match one; empty takes every file, None leaves it as it was.
        exclude: Of what is left out; None leaves it as it was.
    """

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        return self.include is not None or self.exclude is not None

    def of(self, root: Root) -> Root:
        """The root with these patterns."""
        return replace(
            root,
            include=root.include if self.include is None else self.include,
            exclude=root.exclude if self.exclude is None else self.exclude,
        )


UNCHANGED = Patterns()


@dataclass(frozen=True, slots=True)
class Target:
    """A root, or a part of one, to make the index equal to.

    Attributes:
        below: The part, as a path below the root with forward slashes; empty for all of it.
    """

    root: Root
    below: str = ""

    @property
    def path(self) -> Path:
        """The absolute path."""
        return Path(self.root.path) / self.below

    def covers(self, path: str) -> bool:
        """Whether a path below the root belongs to this part."""
        return not self.below or path == self.below or path.startswith(f"{self.below}/")


def find_targets(
    store: DocumentStore,
    paths: Sequence[Path] | None,
    data_dir: Path,
    *,
    allow_missing: bool,
    patterns: Patterns = UNCHANGED,
    keep: bool = True,
) -> tuple[Target, ...]:
    """The targets for the paths, each once; for None all known roots that are not away.

    Everything is checked before anything is stored.

    Args:
        store: Where roots are known.
        paths: Folders and files.
        data_dir: Belongs to no root but the managed one.
        allow_missing: Whether known roots may be gone.
        patterns: That the roots get; they are not stored here.
        keep: Whether new roots are stored, and those that were away are not any more; else a new
            root has the id 0.

    Raises:
        NothingIndexed: No path was given, and no root is known.
        PathNotFound: A path does not exist, or is neither a folder nor a file.
        RootMissing: A known root is gone, unless that is allowed; not the managed one, which is
            made when something is uploaded.
        IngestError: A path is Quoth's own data, its name is no valid text, or patterns are given
            for what is no whole folder.
    """
    roots = store.roots()
    if patterns and paths is None:
        raise IngestError(
            "Patterns belong to a folder, and none was named.",
            hint="Name the folder: `quoth ingest FOLDER --exclude PATTERN`.",
        )
    if paths is None:
        wanted = [Path(root.path) for root in roots if not root.away]
        if not wanted:
            raise NothingIndexed(
                "No folder of this machine is known yet.", hint="Name one: `quoth ingest FOLDER`."
            )
    else:
        wanted = sorted({absolute(path) for path in paths})
    for path in wanted:
        _check(path, roots, data_dir, allow_missing)
        if patterns:
            _check_patterns(path, roots)
    targets: list[Target] = []
    for path in wanted:
        target = _target(store, path, keep=keep)
        target = replace(target, root=patterns.of(target.root))
        if not any(known.root == target.root and known.covers(target.below) for known in targets):
            targets.append(target)
    return tuple(targets)


def absolute(path: Path) -> Path:
    """The path from the top, links followed, whether or not it exists."""
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError) as exc:
        raise PathNotFound(
            f"{printable(str(path))!r} cannot be followed: {exc}.",
            hint="Name a folder or a file that exists.",
        ) from exc


def _check(path: Path, roots: Sequence[Root], data_dir: Path, allow_missing: bool) -> None:
    if not is_storable(str(path)):
        raise IngestError(
            f"The path {printable(str(path))!r} is not valid UTF-8.", hint="Rename it."
        )
    managed = _managed_around(path, roots)
    if managed is None and path.is_relative_to(absolute(data_dir)):
        raise IngestError(
            f"{str(path)!r} is Quoth's own data.", hint="Name a folder with documents."
        )
    if managed is not None and (allow_missing or managed.path == str(path)):
        return
    concerned = [
        root for root in roots if not root.managed and Path(root.path).is_relative_to(path)
    ]
    for root in concerned:
        if root.path != str(path) and (root.include or root.exclude):
            raise IngestError(
                f"{root.path!r} is ingested with patterns of its own, which the folder around it "
                "would not keep.",
                hint=f"Forget it first: `quoth forget {root.path}`. To go on leaving files out, "
                "put the patterns into a file `.quothignore` in it.",
            )
        if not allow_missing and not _is_readable_kind(Path(root.path)):
            raise RootMissing(
                f"{root.path!r} is gone or cannot be reached; what was indexed from it was kept.",
                hint="Mount or restore it, or drop it: `quoth forget PATH`.",
            )
    is_known = any(root.path == str(path) for root in concerned)
    if not is_known and not _is_readable_kind(path):
        raise PathNotFound(
            f"{str(path)!r} is no folder or file that can be read here.",
            hint="Check the spelling; a path is taken from the working folder.",
        )


def _check_patterns(path: Path, roots: Sequence[Root]) -> None:
    around = next((root for root in roots if path.is_relative_to(root.path)), None)
    if around is None or (around.path == str(path) and not around.managed):
        return
    what = "where uploads lie" if around.managed else f"a part of {around.path!r}"
    raise IngestError(
        f"Patterns are kept for whole folders, and {str(path)!r} is {what}.",
        hint="Name the whole folder; or put the patterns into a file `.quothignore` in this one.",
    )


def _managed_around(path: Path, roots: Sequence[Root]) -> Root | None:
    return next((root for root in roots if root.managed and path.is_relative_to(root.path)), None)


def _is_readable_kind(path: Path) -> bool:
    try:
        return path.is_dir() or path.is_file()
    except OSError:
        return False


def _target(store: DocumentStore, path: Path, *, keep: bool) -> Target:
    roots = store.roots()
    around = [root for root in roots if not root.managed and path.is_relative_to(root.path)]
    root = _managed_around(path, roots) or (around[0] if around else None)
    if root is None:
        is_file = path.is_file()
        if not keep:
            return Target(Root(0, str(path), "default", is_file))
        root = store.add_root(str(path), is_file=is_file)
    if root.away and keep:
        root = store.claim_root(root.id)
    if root.path != str(path):
        return Target(root, path.relative_to(root.path).as_posix())
    if keep:
        for inner, prefix in inner_roots(store, root):
            store.absorb_root(inner.id, root.id, prefix)
    return Target(root)


def inner_roots(store: DocumentStore, outer: Root) -> tuple[tuple[Root, str], ...]:
    """Other roots below a folder, with the path of their files below it."""
    found: list[tuple[Root, str]] = []
    for root in store.roots():
        if root.id == outer.id or root.managed:
            continue
        if not Path(root.path).is_relative_to(outer.path):
            continue
        folder = Path(root.path).parent if root.is_file else Path(root.path)
        prefix = folder.relative_to(outer.path).as_posix()
        found.append((root, "" if prefix == "." else prefix))
    return tuple(found)
