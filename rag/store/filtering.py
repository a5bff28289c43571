"""Filters and access as a condition in SQL over `documents d`, with its parameters.

Values never become part of the SQL text. A condition on paths holds when any of the document's
files fulfils it.
"""

from rag.errors import FilterInvalid
from rag.filters import Access, DateRange, Filters

_GLOB_LIMIT_BYTES = 50_000  # SQLITE_MAX_LIKE_PATTERN_LENGTH
MOST_VALUES = 200
"""Values of all conditions together; SQLite takes no expression that is much deeper."""

_FILE_OF_DOCUMENT = "EXISTS (SELECT 1 FROM files f WHERE f.document_id = d.id AND ({}))"

Condition = tuple[str, list[str]]


def document_condition(filters: Filters, access: Access) -> Condition | None:
    """The condition that a document must fulfil; None where all do.

    Raises:
        FilterInvalid: A value is no valid text, a glob is longer than SQLite can match, or there
            are more than `MOST_VALUES`.
    """
    _refuse_too_many(filters)
    conditions = [
        *_filename(filters.filename),
        *_folder(filters.folder),
        *_any_of("d.media_type", filters.media_type),
        *_any_of("d.collection", filters.collection),
        *_date(filters.date),
        *(_metadata(key, values) for key, values in filters.metadata),
    ]
    if access.collections is not None:
        conditions.append(_in("d.collection", access.collections))
    if not conditions:
        return None
    sql = " AND ".join(condition for condition, _ in conditions)
    parameters = [value for _, values in conditions for value in values]
    for value in parameters:
        _refuse_undecodable(value)
    return sql, parameters


def _refuse_too_many(filters: Filters) -> None:
    lists = (filters.filename, filters.folder, filters.media_type, filters.collection)
    values = sum(map(len, lists)) + sum(len(each) for _, each in filters.metadata)
    if values > MOST_VALUES:
        raise FilterInvalid(
            f"The filters name {values:,} values; at most {MOST_VALUES} can be looked for at once.",
            hint="Use a pattern or a folder in place of a long list.",
        )


def _refuse_undecodable(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise FilterInvalid(
            f"The filter value {value!r} is not valid text.",
            hint="Give it in UTF-8.",
        ) from exc


def _in(column: str, values: tuple[str, ...]) -> Condition:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def _any_of(column: str, values: tuple[str, ...]) -> list[Condition]:
    return [_in(column, values)] if values else []


def _filename(globs: tuple[str, ...]) -> list[Condition]:
    if not globs:
        return []
    for glob in globs:
        if len(glob.encode("utf-8", "replace")) > _GLOB_LIMIT_BYTES:
            raise FilterInvalid(
                f"The filename pattern {glob[:40] + '…'!r} is too long.",
                hint=f"A pattern may have up to {_GLOB_LIMIT_BYTES:,} bytes.",
            )
    any_glob = " OR ".join(["f.path GLOB ?"] * len(globs))
    return [(_FILE_OF_DOCUMENT.format(any_glob), list(globs))]


def _folder(folders: tuple[str, ...]) -> list[Condition]:
    if not folders:
        return []
    below = [folder.strip("/") for folder in folders]
    # "0" follows "/" in ASCII: everything below a folder lies between the two.
    any_folder = " OR ".join(
        "(f.path >= ? AND f.path < ?)" if folder not in ("", ".") else "1" for folder in below
    )
    values = [value for f in below if f not in ("", ".") for value in (f + "/", f + "0")]
    return [(_FILE_OF_DOCUMENT.format(any_folder), values)]


def _date(wanted: DateRange | None) -> list[Condition]:
    if wanted is None:
        return []
    bounds = {">=": wanted.gte, ">": wanted.gt, "<=": wanted.lte, "<": wanted.lt}
    conditions: list[Condition] = [("d.date IS NOT NULL", [])]
    conditions += [(f"d.date {sign} ?", [value]) for sign, value in bounds.items() if value]
    return conditions


def _metadata(key: str, values: tuple[str, ...]) -> Condition:
    accepted, parameters = _in("m.value", values)
    sql = f"EXISTS (SELECT 1 FROM json_each(d.metadata) m WHERE m.key = ? AND {accepted})"
    return sql, [key, *parameters]
