"""Exact arithmetic of formulas: decimals, never floats; every answer is bounded in size and in places.

Functions take Decimals within the limits and answer one within them, or None where there is none.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Final

from autocrm.kernel.formulas.types import LIMIT, MOST_PLACES

# Wide enough for the product of two values at the limits, so nothing is rounded unseen. No traps: nothing ever raises.
EXACT: Final = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=[])
_QUANTA: Final = tuple(Decimal(1).scaleb(-places) for places in range(MOST_PLACES + 1))
_FINEST: Final = _QUANTA[MOST_PLACES]
_NEGATIVE_LIMIT: Final = -LIMIT

_add, _subtract, _multiply, _divide = EXACT.add, EXACT.subtract, EXACT.multiply, EXACT.divide
_quantize, _remainder = EXACT.quantize, EXACT.remainder


def _within(value: Decimal) -> Decimal | None:
    return value if _NEGATIVE_LIMIT < value < LIMIT else None


def add(left: Decimal, right: Decimal) -> Decimal | None:
    """The sum, exact."""
    return _within(_add(left, right))


def subtract(left: Decimal, right: Decimal) -> Decimal | None:
    """The difference, exact."""
    return _within(_subtract(left, right))


def multiply(left: Decimal, right: Decimal) -> Decimal | None:
    """The product; places beyond the tenth are rounded."""
    product = _multiply(left, right)
    if not _NEGATIVE_LIMIT < product < LIMIT:
        return None
    return _within(_finest(product))


def divide(left: Decimal, right: Decimal) -> Decimal | None:
    """The quotient with at most ten places; None when dividing by zero."""
    if not right:
        return None
    quotient = _divide(left, right)
    if not _NEGATIVE_LIMIT < quotient < LIMIT:
        return None
    return _within(_finest(quotient))


def modulo(left: Decimal, right: Decimal) -> Decimal | None:
    """What is left over; it has the sign of the divisor, as in spreadsheets. None when dividing by zero."""
    if not right:
        return None
    rest = _remainder(left, right)
    return _add(rest, right) if rest and (rest < 0) != (right < 0) else rest


def _finest(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -MOST_PLACES:
        return value
    return _quantize(value, _FINEST)


def round_to(value: Decimal, places: int) -> Decimal | None:
    """Rounded to so many places (below 0: to tens, hundreds), a half away from zero as people do."""
    return _rounded(value, places, ROUND_HALF_UP)


def floor_to(value: Decimal, places: int) -> Decimal | None:
    """The next value below."""
    return _rounded(value, places, ROUND_FLOOR)


def ceil_to(value: Decimal, places: int) -> Decimal | None:
    """The next value above."""
    return _rounded(value, places, ROUND_CEILING)


def _rounded(value: Decimal, places: int, rounding: str) -> Decimal | None:
    quantum = _QUANTA[places] if places >= 0 else Decimal(1).scaleb(-places)
    rounded = value.quantize(quantum, rounding, EXACT)
    return _within(rounded if places >= 0 else rounded.quantize(_QUANTA[0], ROUND_HALF_EVEN, EXACT))


def scaled(value: Decimal, places: int) -> int:
    """The whole number of the smallest units that a value is, a half to the even one: how numbers are stored."""
    return int(value.scaleb(places, EXACT).to_integral_value(ROUND_HALF_EVEN, EXACT))


def unscaled(units: int, places: int) -> Decimal:
    """The value of so many smallest units: the reverse."""
    return Decimal(units).scaleb(-places, EXACT) if places else Decimal(units)
