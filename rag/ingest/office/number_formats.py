"""Shows numbers as spreadsheet programs do by their format codes: `0.0%`, `#,##0.00 [$€-407]`,
`d mmm yyyy`, `[h]:mm`.

Days whose order a country decides (the built-in `m/d/yy`) are shown in ISO 8601, which nobody
misreads. Colours, conditions and fills are left out, as they are no text.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import isfinite

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""The codes that files name by number only."""

Show = Callable[[float], str]

_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_.|\*.|\[\$([^\-\]]*)(?:-[^\]]*)?\]|(\[(?:h+|m+|s+)\])|\[[^\]]*\]'
    r"|(General|AM/PM|A/P|y+|m+|d+|h+|s+|E[+\-]0+|[0#?.,%/@])|(.)",
    re.IGNORECASE | re.DOTALL,
)
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_MAX_DECIMALS = 30
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def general(value: float) -> str:
    """A number without a format: up to eleven significant digits."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.11g}".replace("e", "E")


@lru_cache(maxsize=512)
def number_format(code: str, *, is_1904: bool = False) -> Show:
    """What shows a number by a format code; a code that makes no sense shows it without format."""
    sections = [_tokens(section) for section in _sections(code)]
    epoch = _EPOCH_1904 if is_1904 else _EPOCH_1900

    def show(value: float) -> str:
        if not isfinite(value):
            return ""
        index = 1 if value < 0 and len(sections) > 1 else 0
        if value == 0 and len(sections) > 2:
            index = 2
        try:
            return _shown(abs(value) if index == 1 else value, sections[index], epoch)
        except (ValueError, ArithmeticError, IndexError):
            return general(value)

    return show


Token = tuple[str, str]
"""Its kind (`text`, `code` or `elapsed`) and its characters."""


def _sections(code: str) -> list[str]:
    parts = re.findall(r'(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])+|(?<=;)(?=;|$)', code[:1_000])
    return parts or ["General"]


def _tokens(section: str) -> list[Token]:
    tokens: list[Token] = []
    for quoted, escaped, currency, elapsed, code, other in _TOKEN.findall(section):
        if elapsed:
            tokens.append(("elapsed", elapsed[1:-1].lower()))
        elif code:
            tokens.append(("code", code))
        else:
            tokens.append(("text", quoted or escaped or currency or other))
    return tokens


def _shown(value: float, tokens: list[Token], epoch: datetime) -> str:
    codes = [code for kind, code in tokens if kind == "code"]
    if any(kind == "elapsed" for kind, _ in tokens):
        return _elapsed(value, tokens)
    if any(_DATE_LETTERS.match(code) for code in codes):
        return _date(value, tokens, epoch)
    if any(code.lower() == "general" or code == "@" for code in codes):
        return "".join(general(value) if kind == "code" else text for kind, text in tokens)
    if "/" in codes:
        return general(round(value, 6))
    if not any(code in "0#?" for code in codes):
        return "".join(text for kind, text in tokens if kind == "text")
    return _number(value, tokens)


def _number(value: float, tokens: list[Token]) -> str:
    """Everything from the first to the last digit becomes the number; texts inside stand behind."""
    codes = [code for kind, code in tokens if kind == "code"]
    digits = "".join(code for code in codes if code in tuple("0#?.,"))
    whole, _, fraction = digits.partition(".")
    value *= 100 ** codes.count("%")
    scale = len(whole) - len(whole.rstrip(",")) if "." in digits else 0
    scale = scale or len(digits) - len(digits.rstrip(","))
    value /= 1000**scale
    exponent = next((code for code in codes if code[0] in "eE"), None)
    places = min(_MAX_DECIMALS, len(fraction.rstrip(",")))
    if exponent:
        shown = f"{value:.{places}E}"
    else:
        groups = "," if "," in whole.rstrip(",") else ""
        shown = f"{_rounded(value, places):{groups}.{places}f}"
        shown = _trimmed(shown, fraction)
        width = len(whole.replace(",", "").lstrip("#?"))
        shown = _padded(shown, width)
    if shown.startswith("-") and not shown.strip("-0.,"):
        shown = shown[1:]
    return _placed(shown, tokens)


def _rounded(value: float, places: int) -> Decimal:
    """Half up, of the fifteen digits that spreadsheet programs keep."""
    exact = Decimal(f"{value:.15g}")
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _trimmed(shown: str, fraction: str) -> str:
    """Without zeros that the code does not demand."""
    optional = len(fraction) - len(fraction.rstrip("#?"))
    while optional and "." in shown and shown.endswith("0"):
        shown = shown[:-1]
        optional -= 1
    return shown.rstrip(".") if fraction and "." in shown else shown


def _padded(shown: str, width: int) -> str:
    sign = "-" if shown.startswith("-") else ""
    whole, dot, fraction = shown.removeprefix("-").partition(".")
    return sign + whole.zfill(min(width, 40)) + dot + fraction


def _placed(shown: str, tokens: list[Token]) -> str:
    parts = []
    for kind, text in tokens:
        if kind == "text" or text == "%":
            parts.append(text)
        elif shown:
            parts.append(shown)
            shown = ""
    words = "".join(parts).strip()
    # `-€5` rather than `€-5`, as programs show it.
    if "-" in words and not words.startswith("-") and not words[0].isdigit():
        head, _, tail = words.partition("-")
        if not any(char.isdigit() for char in head) and tail[:1].isdigit():
            return f"-{head}{tail}"
    return words


def _elapsed(value: float, tokens: list[Token]) -> str:
    seconds = round(abs(value) * 86_400)
    parts = []
    units = {"h": 3600, "m": 60, "s": 1}
    for kind, text in tokens:
        letter = text[0].lower() if text else ""
        if kind == "elapsed" or (kind == "code" and letter in units):
            parts.append(str(seconds // units[letter]).zfill(len(text)))
            seconds %= units[letter]
        elif kind == "text":
            parts.append(text)
    return ("-" if value < 0 else "") + "".join(parts).strip()


def _date(value: float, tokens: list[Token], epoch: datetime) -> str:
    is_fine = any(kind == "code" and code == "0" for kind, code in tokens)
    seconds = value * 86_400
    moment = epoch + timedelta(seconds=round(seconds, 3) if is_fine else round(seconds))
    if epoch is _EPOCH_1900 and 0 < value < 60:
        moment += timedelta(days=1)  # 1900 had no 29 February, which programs pretend
    has_half = any(code.upper() in ("AM/PM", "A/P") for _, code in tokens)
    parts = []
    before = ""
    for index, (kind, text) in enumerate(tokens):
        letter = text[:1].lower() if kind == "code" else ""
        if letter == "m":
            after = next(
                (c[0].lower() for k, c in tokens[index + 1 :] if k == "code" and c[0].isalpha()), ""
            )
            letter = "minute" if before == "h" or after == "s" else "m"
        if kind == "code" and text[:1].isalpha():
            before = letter
        parts.append(_date_part(letter, text, moment, has_half) if kind == "code" else text)
    return "".join(parts).strip()


def _date_part(letter: str, code: str, moment: datetime, has_half: bool) -> str:
    width = len(code)
    if letter == "y":
        return str(moment.year) if width > 2 else f"{moment.year % 100:02}"
    if letter == "m" and width >= 3:
        name = _MONTHS[moment.month - 1]
        return name if width == 4 else name[0] if width == 5 else name[:3]
    if letter == "d" and width >= 3:
        name = _DAYS[moment.weekday()]
        return name if width > 3 else name[:3]
    if letter == "a":
        return "AM" if moment.hour < 12 else "PM"
    hour = (moment.hour % 12 or 12) if has_half else moment.hour
    values = {"m": moment.month, "d": moment.day, "h": hour, "minute": moment.minute}
    if letter in values:
        return str(values[letter]).zfill(min(width, 2))
    if letter == "s":
        return str(moment.second).zfill(min(width, 2))
    if code == "0":
        return str(moment.microsecond // 100_000)
    return code if code in "./,-" else ""
