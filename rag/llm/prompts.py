"""The texts that are said to a model, from one file: Quoth's own, or the user's in its place."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from rag.errors import SettingsInvalid

OWN = "prompts.toml"
VERSION = 1

_REQUIRED: dict[str, dict[str, frozenset[str]]] = {
    "answer": {
        "system": frozenset({"boundary", "not_found"}),
        "user": frozenset({"evidence", "question"}),
        "evidence": frozenset({"boundary", "number", "text"}),
        "history": frozenset({"boundary", "turns"}),
    },
    "rewrite": {
        "system": frozenset({"boundary"}),
        "user": frozenset({"boundary", "turns", "question"}),
    },
    "verify": {
        "system": frozenset({"boundary"}),
        "user": frozenset({"boundary", "evidence", "statement"}),
    },
}
_OPTIONAL: dict[tuple[str, str], frozenset[str]] = {
    ("answer", "system"): frozenset({"question"}),
    ("answer", "user"): frozenset({"history", "boundary", "not_found"}),
    ("answer", "evidence"): frozenset({"source"}),
}


@dataclass(frozen=True, slots=True)
class Prompts:
    """Texts by section and name, with braces for what is filled in.

    Attributes:
        origin: Where they were read from.
    """

    texts: Mapping[tuple[str, str], str]
    origin: str

    def fill(self, section: str, name: str, **values: str) -> str:
        """A text with its values; those that it has no place for are left out."""
        return self.texts[section, name].format_map(values)


def load_prompts(path: Path | None = None) -> Prompts:
    """The prompts of a file; None reads Quoth's own.

    Raises:
        SettingsInvalid: It cannot be read, is of another version, or a text is missing, lacks a
            name that must be in it, or has one that Quoth does not fill in.
    """
    origin = OWN if path is None else str(path)
    try:
        content = (
            files("rag").joinpath("llm", OWN).read_text(encoding="utf-8")
            if path is None
            else path.read_text(encoding="utf-8")
        )
        given = tomllib.loads(content)
    except (OSError, ValueError) as exc:
        raise _invalid(origin, f"cannot be read: {exc}") from exc
    if given.get("version") != VERSION:
        raise _invalid(origin, f"has the version {given.get('version')!r} instead of {VERSION}")
    texts = {
        (section, name): _checked(origin, given, section, name)
        for section, names in _REQUIRED.items()
        for name in names
    }
    return Prompts(texts, origin)


def _checked(origin: str, given: Mapping[str, Any], section: str, name: str) -> str:
    table = given.get(section)
    text = table.get(name) if isinstance(table, dict) else None
    shown = f"[{section}] {name}"
    if not isinstance(text, str):
        raise _invalid(origin, f"has no text {shown}")
    try:
        parts = list(Formatter().parse(text))
    except ValueError as exc:
        raise _invalid(origin, f"has a brace in {shown} that does not match: {exc}") from exc
    names = {field for _, field, _, _ in parts if field is not None}
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise _invalid(origin, f"has more than a name within braces in {shown}")
    required = _REQUIRED[section][name]
    if missing := sorted(required - names):
        raise _invalid(origin, f"lacks {{{missing[0]}}} in {shown}")
    if unknown := sorted(names - required - _OPTIONAL.get((section, name), frozenset())):
        raise _invalid(origin, f"has {{{unknown[0]}}} in {shown}, which nothing fills in")
    return text.strip()


def _invalid(origin: str, problem: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The file of prompts {origin!r} {problem}.",
        hint="Begin with a copy of Quoth's own `rag/llm/prompts.toml`, or unset QUOTH_LLM_PROMPTS.",
    )
