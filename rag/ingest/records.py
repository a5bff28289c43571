"""Nested values, as JSON and XML hold them, into lines that can be read and quoted alone.

An object becomes one line with its keys, `Name: Widget; Price: 12.`; what is nested in it has its
path in front of its keys. Long texts stand by themselves, as prose. Each line is a place named by
its path, as `$.items[3]`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from embeddings.base import CharSpan
from rag.errors import FileUnreadable
from rag.types import Place

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"

LONG_TEXT_CHARS = 200
"""Longer texts, or those of several lines, are prose and get lines of their own."""

MOST_VALUES = 2_000_000
DEEPEST = 200
_LONGEST_LINE = 500
_MOST_WORDS_IN_LIST = 12
_MOST_NESTED = 8


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text with its places, and the spans in which each line stands for itself."""

    text: str
    places: tuple[Place, ...]
    verbatim: tuple[CharSpan, ...]


@dataclass(slots=True)
class _Writer:
    parts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    verbatim: list[CharSpan] = field(default_factory=list)
    length: int = 0
    values: int = 0

    def count(self) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            raise FileUnreadable(
                f"It holds more than {MOST_VALUES:,} values.", hint="Split it into several files."
            )

    def add(self, words: str, path: str, *, is_prose: bool = False) -> None:
        start, end = self.length, self.length + len(words)
        self.places.append(Place(start, end, path))
        if not is_prose:
            if self.verbatim and self.verbatim[-1][1] == start:
                self.verbatim[-1] = (self.verbatim[-1][0], end + 1)
            else:
                self.verbatim.append((start, end + 1))
        self.parts.append(words)
        self.length = end + 1


def rendered(value: Value, root: str = "$") -> Rendered:
    """The lines of a value.

    Raises:
        FileUnreadable: It holds too many values, or is nested too deeply.
    """
    writer = _Writer()
    _write(writer, value, root, "", 0)
    text = "".join(f"{part}\n" for part in writer.parts)
    return Rendered(text, tuple(writer.places), tuple(writer.verbatim))


def one_line(value: Value) -> str:
    """A whole value in one line, as a record of a file that holds one a line."""
    if isinstance(value, Mapping):
        return _sentence(_short_pairs(value, ""))
    return "; ".join(words for _, words in _short_pairs({"": value}, ""))


def _short_pairs(
    value: Mapping[str, Value], prefix: str, depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Every value below an object with its name, texts of several lines in one."""
    if depth > DEEPEST:
        raise _too_deep()
    for key, each in value.items():
        name = " ".join(f"{prefix} {key}".split())
        if isinstance(each, Mapping):
            yield from _short_pairs(each, name, depth + 1)
        elif isinstance(each, str) or not isinstance(each, Sequence):
            if each is not None:
                yield name, _flat(each)
        elif not all(_is_plain(item) for item in each):
            numbered = {str(number): item for number, item in enumerate(each, 1)}
            yield from _short_pairs(numbered, name, depth + 1)
        elif each:
            yield name, ", ".join(_flat(item) for item in each)


def _write(writer: _Writer, value: Value, path: str, prefix: str, depth: int) -> None:
    """Writes a value; `prefix` are the names above it that its lines begin with."""
    writer.count()
    if depth > DEEPEST:
        raise _too_deep()
    if isinstance(value, Mapping):
        _write_object(writer, value, path, prefix, depth)
    elif isinstance(value, str) or not isinstance(value, Sequence):
        _write_leaf(writer, value, path, prefix)
    elif _is_short_list(value):
        _write_leaf(writer, ", ".join(_words(each) for each in value), path, prefix)
    else:
        for number, each in enumerate(value):
            _write(writer, each, f"{path}[{number}]", prefix, depth + 1)


def _write_object(
    writer: _Writer, value: Mapping[str, Value], path: str, prefix: str, depth: int
) -> None:
    pairs: list[tuple[str, str]] = []
    later: list[tuple[str, Value]] = []
    for key, each in value.items():
        writer.count()
        if _is_short(each):
            pairs.append((key, _words(each)))
        elif isinstance(each, Sequence) and not isinstance(each, str) and _is_short_list(each):
            pairs.append((key, ", ".join(_words(item) for item in each)))
        elif isinstance(each, Mapping) and _is_small(each):
            # Apart from its object nobody would know whose it is.
            pairs.extend((f"{key} {name}", _words(item)) for name, item in each.items())
        else:
            later.append((key, each))
    for line in _lines(pairs):
        writer.add(f"{prefix}: {line}" if prefix else line, path)
    for key, each in later:
        if each is None or each == [] or each == {}:
            continue
        name = f"{prefix} › {key}" if prefix else str(key)
        _write(writer, each, f"{path}.{key}", name, depth + 1)


def _write_leaf(writer: _Writer, value: bool | float | str | None, path: str, prefix: str) -> None:
    if value is None or value == "":
        return
    words = _words(value)
    if _is_short(value):
        writer.add(f"{prefix}: {words}" if prefix else words, path)
        return
    if prefix:
        writer.add(f"{prefix}:", path)
    writer.add(f"{words}\n", path, is_prose=True)


def _is_short(value: Value) -> bool:
    if isinstance(value, str):
        return len(value) <= LONG_TEXT_CHARS and "\n" not in value.strip()
    return isinstance(value, bool | int | float)


def _is_short_list(value: Sequence[Value]) -> bool:
    return len(value) <= _MOST_WORDS_IN_LIST and all(
        _is_short(each) and len(_words(each)) <= LONG_TEXT_CHARS // 4 for each in value
    )


def _is_small(value: Mapping[str, Value]) -> bool:
    return len(value) <= _MOST_NESTED and all(_is_short(each) for each in value.values())


def _is_plain(value: Value) -> bool:
    return isinstance(value, str) or not isinstance(value, Mapping | Sequence)


def _flat(value: Value) -> str:
    return " ".join(_words(value).split())


def _words(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def _lines(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The pairs in as few lines as hold them, each a sentence."""
    line: list[tuple[str, str]] = []
    length = 0
    for key, words in pairs:
        if not words:
            continue
        weight = len(key) + len(words) + 4
        if line and length + weight > _LONGEST_LINE:
            yield _sentence(line)
            line, length = [], 0
        line.append((key, words))
        length += weight
    if line:
        yield _sentence(line)


def _sentence(pairs: Iterable[tuple[str, str]]) -> str:
    words = "; ".join(f"{key}: {value}" if key else value for key, value in pairs)
    return words if not words or words[-1] in ".!?…" else f"{words}."


def _too_deep() -> FileUnreadable:
    return FileUnreadable(
        f"It is nested more than {DEEPEST} levels deep.", hint="Flatten it, or leave it out."
    )
