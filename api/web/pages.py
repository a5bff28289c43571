"""The files of the pages as they go over the wire: compressed once, tagged by content, with headers
that let a browser load nothing and run nothing from anywhere else.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

FOLDER = Path(__file__).with_name("static")
DOCS_FOLDER = Path(__file__).with_name("docs")
SHELL = "index.html"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
PAGE_POLICY: Mapping[str, str] = {
    **POLICY,
    "require-trusted-types-for": "'script'",
    "trusted-types": "dompurify",
}
DOCS_POLICY: Mapping[str, str] = {**POLICY, "img-src": "'self' data:"}
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # An upgrade of Quoth shows at once; until then each file costs an empty answer.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of a page.

    Attributes:
        etag: Of the content, weak: it stands for the plain and the compressed bytes.
    """

    plain: bytes
    compressed: bytes
    media_type: str
    etag: str


@cache
def page_files(folder: Path = FOLDER) -> Mapping[str, PageFile]:
    """Every file of the page by its path below the folder, with forward slashes."""
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }


def headers_under(policy: Mapping[str, str]) -> dict[str, str]:
    """The headers of a page's files, with that Content-Security-Policy."""
    written = "; ".join(f"{directive} {allowed}" for directive, allowed in policy.items())
    return {"Content-Security-Policy": written, **HEADERS}


def is_current(etag: str, if_none_match: str | None) -> bool:
    """Whether a browser that sent that `If-None-Match` has the file already."""
    given = (each.strip() for each in (if_none_match or "").split(","))
    return any(each in (etag, "*") for each in given)


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a request takes compressed bytes; `gzip;q=0` says that it does not."""
    for part in (accept_encoding or "").lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(
        plain=content,
        compressed=gzip.compress(content, mtime=0),
        media_type=MEDIA_TYPES[PurePosixPath(path.name).suffix],
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
    )
