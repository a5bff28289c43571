"""Parts of Quoth that are installed on request: what is told to whom asks for one without it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import ExtraMissing


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Around the imports of an extra's packages.

    Args:
        name: Of the extra in `pyproject.toml`.
        purpose: What it is for, as the sentence's subject.

    Raises:
        ExtraMissing: A package is not there.
    """
    try:
        yield
    except ModuleNotFoundError as exc:
        raise ExtraMissing(
            f"{purpose} needs the package {exc.name!r}, which is not installed.",
            hint=f"Install it with `pip install 'quoth[{name}]'`.",
        ) from exc
