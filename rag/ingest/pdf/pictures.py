"""Draws pages as pictures of bounded size."""

import io
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MOST_PIXELS = 12_000_000


def scale_within(page: "PdfPage", wanted: float, most_pixels: int) -> float:
    """Pixels per point: the wanted ones, or as many as keep the picture within a number of
    pixels.
    """
    width, height = page.get_size()
    area = max(width, 1.0) * max(height, 1.0)
    return min(wanted, math.sqrt(most_pixels / area))


def png(page: "PdfPage", *, width_px: int) -> bytes:
    """The page on white as PNG, as wide as asked for within `MOST_PIXELS`."""
    width, _ = page.get_size()
    scale = scale_within(page, width_px / max(width, 1.0), MOST_PIXELS)
    picture = page.render(scale=scale).to_pil()
    try:
        out = io.BytesIO()
        # Few colours make a third of the size, and text stays sharp.
        picture.save(out, "PNG", compress_level=6)
        return out.getvalue()
    finally:
        picture.close()
