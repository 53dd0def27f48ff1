"""Amounts and prices as people read them: no exponents, whatever their size, and no digits that say nothing."""

from __future__ import annotations

import math

_SIGNIFICANT, _OF_A_DOLLAR, _OF_A_SHARE = 6, 4, 8
NONE = "–"
"""Stands where there is no number."""


def amount_text(value: float) -> str:
    """Shares, whole ones without a point; of parts of one no more than eight digits.

    >>> amount_text(123_456_789.0), amount_text(0.5), amount_text(0.00000012), amount_text(float("nan"))
    ('123,456,789', '0.5', '0.00000012', '–')
    """
    return f"{value:,.{_OF_A_SHARE}f}".rstrip("0").rstrip(".") if math.isfinite(value) else NONE


def price_text(value: float) -> str:
    """Dollars: to the cent at least, and no more than four digits after the point; below a dollar six that tell something.

    >>> price_text(10.5), price_text(123_456.7891), price_text(0.00001234), price_text(0.0), price_text(float("nan"))
    ('10.50', '123,456.7891', '0.00001234', '0.00', '–')
    """
    if not math.isfinite(value):
        return NONE
    digits = _OF_A_DOLLAR if abs(value) >= 1.0 or value == 0.0 else _SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{digits}f}".rstrip("0").ljust(len(f"{value:,.2f}"), "0")
