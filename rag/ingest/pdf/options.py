"""How pages that are pictures are read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OcrOptions:
    """How Tesseract reads.

    Attributes:
        languages: As `eng+deu`.
        budget_s: Seconds for all pages of a file together.
    """

    languages: str = "eng"
    budget_s: float = 100.0
