"""Numbers as people write them: decimal commas, thousands apart. One file has one way; where two ways fit, it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.tape.block import Float64s

if TYPE_CHECKING:
    import pyarrow as pa

GIVE_DECIMAL = 'give decimal="," or decimal="."'
NO_VALUE = ("", "-", "--", "nan", "NaN", "NAN", "null", "NULL", "None", "n/a", "N/A", "#N/A", "NA", "<NA>", "nil")
_SPACES = "[\\s\u00a0\u202f'_]"
_COMMA_IS_DECIMAL = (r"^[^,]*\.\d{3},\d*$", r",\d{0,2}$|,\d{4,}$", r"\.\d{3}\.")
_DOT_IS_DECIMAL = (r"^[^.]*,\d{3}\.\d*$", r"\.\d{0,2}$|\.\d{4,}$", r",\d{3},")


def decimal_of(columns: list[pa.ChunkedArray], where: str, advice: str = GIVE_DECIMAL) -> str:
    """The decimal point of texts: ``"."`` or ``","``. Raises :class:`BadDataError` with ``advice`` where it cannot be told.

    >>> import pyarrow as pa
    >>> decimal_of([pa.chunked_array([["1.234", "12,5"]])], "a.csv")
    ','
    """
    comma = next((found for column in columns if (found := _first(column, _COMMA_IS_DECIMAL)) is not None), None)
    dot = next((found for column in columns if (found := _first(column, _DOT_IS_DECIMAL)) is not None), None)
    if comma is not None and dot is not None:
        raise BadDataError(
            f"{where}: {comma!r} has a decimal comma and {dot!r} a decimal point; write all numbers one way", path=where
        )
    if comma is not None:
        return ","
    unsure = next((found for column in columns if (found := _first(column, (",",))) is not None), None)
    if dot is None and unsure is not None:
        raise BadDataError(
            f"{where}: the comma in {unsure!r} may be a decimal comma or part thousands, and no number in the file tells; "
            f"{advice}",
            path=where,
        )
    return "."


def read_numbers(
    columns: Mapping[str, pa.ChunkedArray], decimal: str | None, where: str, advice: str = GIVE_DECIMAL
) -> dict[str, Float64s]:
    """Texts as float64, NaN for no value. ``decimal`` is found out where it is None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = {}
    for name, column in columns.items():
        text = pc.replace_substring_regex(pc.utf8_trim_whitespace(column), _SPACES, "")
        bare[name] = pc.if_else(pc.is_in(text, value_set=pa.array(NO_VALUE)), pa.scalar(None, pa.string()), text)
    decimal = decimal or decimal_of(list(bare.values()), where, advice)
    thousands = "." if decimal == "," else ","
    numbers = {}
    for name, text in bare.items():
        number = rf"^[+-]?(\d{{1,3}}([{thousands}]\d{{3}})+([{decimal}]\d*)?|\d+([{decimal}]\d*)?|[{decimal}]\d+)([eE][+-]?\d+)?$"
        bad = pc.fill_null(pc.invert(pc.match_substring_regex(text, number)), False)
        if pc.any(bad).as_py():
            at = int(np.flatnonzero(np.asarray(bad))[0])
            raise BadDataError(
                f"{where}: {text[at].as_py()!r} in row {at + 1:,} of column {name} is no number; write it as a plain "
                "one, without unit or currency, or remove the row",
                path=where,
                column=name,
                row=at + 1,
            )
        plain = pc.replace_substring(pc.replace_substring(text, thousands, ""), decimal, ".")
        numbers[name] = np.asarray(pc.fill_null(plain.cast(pa.float64()), float("nan")))
    return numbers


def doubles_of(column: Any) -> Any:
    """A column of numbers as float64. Decimals go by their digits: Arrow's own cast leaves one in seven off by the last bit.

    >>> from decimal import Decimal
    >>> import pyarrow as pa
    >>> doubles_of(pa.array([Decimal("857.55"), Decimal("34.55")])).to_pylist()
    [857.55, 34.55]
    """
    import pyarrow as pa

    if pa.types.is_float64(column.type):
        return column
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    return column.cast(pa.float64(), safe=False)


def _first(column: Any, forms: tuple[str, ...]) -> str | None:
    """The first text that fits any of ``forms``."""
    import pyarrow.compute as pc

    for form in forms:
        fits = np.asarray(pc.fill_null(pc.match_substring_regex(column, form), False))
        if fits.any():
            text: str = column[int(np.flatnonzero(fits)[0])].as_py()
            return text
    return None
