"""What stands for one number: arithmetic and comparison as of the float that it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T", float, bool)


def _number_of(operation: Callable[[float, float], _T], *, swapped: bool = False) -> Callable[[Number, Any], _T]:
    def apply(self: Number, other: Any) -> _T:
        number = self._other(other)
        if number is None:
            return NotImplemented  # type: ignore[no-any-return]  # what Python asks of an operator that cannot
        return operation(number, float(self)) if swapped else operation(float(self), number)

    return apply


class Number:
    """Stands wherever a float may, by ``__float__``. It has no hash: the number may be another one at the next moment."""

    __slots__ = ()

    def __float__(self) -> float:
        raise NotImplementedError

    def _other(self, other: Any) -> float | None:
        """The number on the other side of an operator; None where it is for that side to answer, as an array does."""
        try:
            return float(other) if not isinstance(other, str) else None
        except (TypeError, ValueError):
            return None

    __add__ = _number_of(lambda a, b: a + b)
    __radd__ = _number_of(lambda a, b: a + b, swapped=True)
    __sub__ = _number_of(lambda a, b: a - b)
    __rsub__ = _number_of(lambda a, b: a - b, swapped=True)
    __mul__ = _number_of(lambda a, b: a * b)
    __rmul__ = _number_of(lambda a, b: a * b, swapped=True)
    __truediv__ = _number_of(lambda a, b: a / b)
    __rtruediv__ = _number_of(lambda a, b: a / b, swapped=True)
    __lt__ = _number_of(lambda a, b: a < b)
    __le__ = _number_of(lambda a, b: a <= b)
    __gt__ = _number_of(lambda a, b: a > b)
    __ge__ = _number_of(lambda a, b: a >= b)
    __eq__ = _number_of(lambda a, b: a == b)

    def __neg__(self) -> float:
        return -float(self)

    def __abs__(self) -> float:
        return abs(float(self))

    def __round__(self, digits: int | None = None) -> float:
        return round(float(self), digits)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)
