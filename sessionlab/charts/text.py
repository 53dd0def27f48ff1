"""Words and numbers of a drawing: how wide a text is at most, how a value is written, and round steps of a scale.

Nobody knows which font a page has, so widths are those of a wide one, DejaVu Sans: in a narrower one there is only more room.
"""

from __future__ import annotations

import math
import unicodedata

SIZE, TITLE_SIZE = 11.0, 13.0
"""Pixels of words, and of a cell's title."""
SWATCH = 18.0
"""Room for what stands before an entry of a legend."""
_NARROW, _WIDE = set("ijl.,:;'|!()[] I/\\-·"), set("mwMW%@—…&+=<>#~")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """At most so many pixels.

    >>> text_width("10:00", 10.0) < text_width("10:00:00", 10.0)
    True
    """
    return sum(map(_em, text)) * size * (1.1 if bold else 1.0)


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.4
    if letter in _WIDE:
        return 0.98
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0xFFFF:
        return 1.05
    return 0.76 if letter.isupper() else 0.64


def cut_to(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as there is room for.

    >>> cut_to("coverage", 30.0, 10.0)
    'cov…'
    """
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = text
    while kept and text_width(f"{kept}…", size, bold=bold) > width:
        kept = kept[:-1]
    return f"{kept}…"


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that divides ``span`` into no more than ``most`` parts.

    >>> nice_step(3.0, 6), nice_step(7.0, 3)
    (0.5, 2.5)
    """
    rough = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if power * factor >= rough * (1 - 1e-9))


def ticks(low: float, high: float, most: int) -> tuple[list[float], int]:
    """Round values from ``low`` to ``high``, and how many digits after the point tell them apart.

    >>> ticks(10.0, 11.0, 4)
    ([10.0, 10.25, 10.5, 10.75, 11.0], 2)
    """
    if not high > low or most < 1:
        return [], 0
    step = nice_step(high - low, most)
    if not step > 0 or not math.isfinite(step) or abs(high) / step > 1e12:
        return [], 0
    digits = next((d for d in range(13) if abs(round(step, d) - step) < step * 1e-6), 12)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, digits) + 0.0 for number in range(first, last + 1)], digits


def value_text(value: float, numbers: str, digits: int) -> str:
    """A value as an axis writes it.

    >>> value_text(1234.5, "price", 2), value_text(1_250_000, "volume", 0), value_text(0.00005, "number", 5)
    ('1,234.50', '1.25M', '0.00005')
    """
    if numbers == "volume":
        return volume_text(value)
    if abs(value) >= 1e7 and numbers == "number":
        return volume_text(value)
    return f"{value:,.{digits}f}"


def volume_text(value: float) -> str:
    """Shares in short.

    >>> [volume_text(value) for value in (0, 950, 12_500, 3_000_000, 1.5e9)]
    ['0', '950', '12.5k', '3M', '1.5B']
    """
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.4g}{letter}"
    return f"{value:.4g}"
