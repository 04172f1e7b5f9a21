"""Values of fields: reading what came from outside, and writing them out again.

Responsibilities: one reader per field kind that answers a stored value or a message. Do NOT: query; whether a user,
tag or related record exists is checked by `records.references`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import NUMERIC_KINDS, TEXT_KINDS, FieldKind
from autocrm.kernel.phones import REASONS, parse_phone
from autocrm.records.fields import Field

_validate_url = URLValidator(schemes=["http", "https"])
_BIGGEST = 2**63 - 1
_LARGEST_EXPONENT = 100
# As in conditions: at the ends of the calendar a day has no place in every time zone, and no page could show it.
_FIRST_YEAR, _LAST_YEAR = 1000, 9000


@dataclass(frozen=True, slots=True)
class Reading:
    """How texts are to be understood: the zone of naive times and the region of local phone numbers."""

    zone: ZoneInfo
    region: str = "US"


class Unreadable(ValueError):
    """The text is not a value of this kind; the message is for people."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))


def read_value(field: Field, raw: Any, reading: Reading) -> Any:
    """The stored value that `raw` means for `field`. Raises Unreadable with words for people.

    None and "" mean empty: NULL where the column allows it, else the empty value of the kind.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == []:
        return empty_value(field)
    return _READERS[field.kind](field, raw, reading)


def empty_value(field: Field) -> Any:
    """What an empty field stores."""
    if field.nullable:
        return None
    if field.kind is FieldKind.MULTI_SELECT:
        return []
    if field.kind is FieldKind.BOOLEAN:
        return False
    return None if field.is_reference or field.kind in _NO_EMPTY_TEXT else ""


_NO_EMPTY_TEXT = {FieldKind.NUMBER, FieldKind.CURRENCY, FieldKind.PERCENT, FieldKind.DATE, FieldKind.DATETIME}


def is_empty(value: Any) -> bool:
    """Whether a stored value counts as empty."""
    return value is None or value in ("", [])


def _text(field: Field, raw: Any, _reading: Reading) -> str:
    if not isinstance(raw, str | int | float | Decimal) or isinstance(raw, bool):
        raise Unreadable(_("This is not a text."))
    text = str(raw).replace("\x00", "").strip()
    if not _is_storable(text):
        raise Unreadable(_("The text contains characters that cannot be stored."))
    if field.max_length and len(text) > field.max_length:
        raise Unreadable(_("At most %(count)s characters.") % {"count": field.max_length})
    if field.kind is not FieldKind.LONG_TEXT and "\n" in text:
        text = " ".join(text.split())
    return text


def _is_storable(text: str) -> bool:
    """Half of a surrogate pair has no form in UTF-8; JSON and Python let it pass, the database does not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _email(field: Field, raw: Any, reading: Reading) -> str:
    text = _text(field, raw, reading)
    try:
        validate_email(text)
    except ValidationError:
        raise Unreadable(_("This is not an e-mail address.")) from None
    return text


def _url(field: Field, raw: Any, reading: Reading) -> str:
    text = _text(field, raw, reading)
    if "://" not in text:
        text = f"https://{text}"
    try:
        _validate_url(text)
    except ValidationError:
        raise Unreadable(_("This is not a web address.")) from None
    return text


def _phone(field: Field, raw: Any, reading: Reading) -> str:
    text = _text(field, raw, reading)
    phone = parse_phone(text, reading.region)
    if phone.reason == "not_a_number":
        raise Unreadable(REASONS["not_a_number"])
    return phone.kept


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unreadable(_("This is not a number."))
    try:
        number = Decimal(str(raw).strip().replace("\u00a0", "").replace(" ", ""))
    except InvalidOperation:
        raise Unreadable(_("This is not a number.")) from None
    # An exponent beyond every column would overflow, or be rounded to nothing, in the first thing done with it.
    if not number.is_finite() or (number and abs(number.adjusted()) > _LARGEST_EXPONENT):
        raise Unreadable(_("This is not a number."))
    return number


def _number(field: Field, raw: Any, _reading: Reading) -> int | Decimal:
    number = _decimal(raw).scaleb(field.places)
    if number != number.to_integral_value():
        raise Unreadable(
            _("At most %(count)s decimal places.") % {"count": field.places}
            if field.places
            else _("This is not a whole number.")
        )
    _in_range(field, number)
    return int(number)


def _currency(field: Field, raw: Any, _reading: Reading) -> int:
    number = _decimal(raw.get("amount") if isinstance(raw, Mapping) else raw).scaleb(field.places)
    if number != number.to_integral_value():
        raise Unreadable(_("At most %(count)s decimal places.") % {"count": field.places})
    _in_range(field, number)
    return int(number)


def _in_range(field: Field, number: Decimal) -> None:
    low = -_BIGGEST if field.minimum is None else field.minimum
    high = _BIGGEST if field.maximum is None else field.maximum
    if number < low:
        raise Unreadable(_("At least %(bound)s.") % {"bound": Decimal(low).scaleb(-field.places)})
    if number > high:
        raise Unreadable(_("At most %(bound)s.") % {"bound": Decimal(high).scaleb(-field.places)})


def _date(_field: Field, raw: Any, _reading: Reading) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        value = parse_date(str(raw).strip())
    except ValueError:
        value = None
    if value is None or not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise Unreadable(_("This is not a date like 2026-11-22."))
    return value


def _datetime(_field: Field, raw: Any, reading: Reading) -> datetime:
    try:
        value = raw if isinstance(raw, datetime) else _parse_moment(str(raw).strip())
        if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise ValueError(value.year)  # noqa: TRY301 - answered below, as any other text that is no moment
        return (value if value.tzinfo else value.replace(tzinfo=reading.zone)).astimezone(UTC)
    except ValueError:
        raise Unreadable(_("This is not a date and time like 2026-11-22 14:30.")) from None


def _parse_moment(text: str) -> datetime:
    """A date and time, or the beginning of a day. Raises ValueError."""
    moment = parse_datetime(text)
    day = parse_date(text) if moment is None else None
    if moment is None and day is None:
        raise ValueError(text)
    return moment or datetime.combine(day or date.min, time.min)


_TRUE = {"true", "yes", "1", "on", "y", "x", "ja", "j", "wahr"}
_FALSE = {"false", "no", "0", "off", "n", "nein", "falsch"}


def yes_or_no(word: str) -> bool | None:
    """Yes or no as people write it, in the languages of the product or the reader's own; None when it is neither."""
    word = word.strip().casefold()
    if word in _TRUE or word == _("yes").casefold():
        return True
    return False if word in _FALSE or word == _("no").casefold() else None


def _boolean(_field: Field, raw: Any, _reading: Reading) -> bool:
    if isinstance(raw, bool):
        return raw
    answer = yes_or_no(str(raw))
    if answer is None:
        raise Unreadable(_("This is neither yes nor no."))
    return answer


def _select(field: Field, raw: Any, _reading: Reading) -> str:
    word = str(raw).strip()
    for option in field.options:
        if word == option.value or word.casefold() in {option.value.casefold(), str(option.label).casefold()}:
            return option.value
    raise Unreadable(_("“%(value)s” is not one of the choices.") % {"value": word[:80]})


def _multi_select(field: Field, raw: Any, reading: Reading) -> list[Any]:
    words = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    if field.tags:
        return [_id(field, word, reading) for word in words]
    return sorted({_select(field, word, reading) for word in words if str(word).strip()})


def _id(_field: Field, raw: Any, _reading: Reading) -> UUID:
    if isinstance(raw, Mapping):
        raw = raw.get("id", "")
    try:
        return raw if isinstance(raw, UUID) else UUID(str(raw).strip())
    except ValueError:
        raise Unreadable(_("This does not name a record.")) from None


_READERS: dict[FieldKind, Callable[[Field, Any, Reading], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.EMAIL: _email,
    FieldKind.PHONE: _phone,
    FieldKind.URL: _url,
    FieldKind.NUMBER: _number,
    FieldKind.PERCENT: _number,
    FieldKind.CURRENCY: _currency,
    FieldKind.DATE: _date,
    FieldKind.DATETIME: _datetime,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.SELECT: _select,
    FieldKind.MULTI_SELECT: _multi_select,
    FieldKind.USER: _id,
    FieldKind.RELATION: _id,
}


def plain_value(field: Field, value: Any) -> Any:
    """The stored value as JSON can carry it: ids and dates as text, amounts as exact decimal text."""
    if value is None:
        return None
    write = _WRITERS.get(field.kind)
    return value if write is None else write(field, value)


def _scaled(field: Field, value: Any) -> Any:
    return str(Decimal(value).scaleb(-field.places)) if field.places or field.kind is FieldKind.CURRENCY else value


_WRITERS: dict[FieldKind, Callable[[Field, Any], Any]] = {
    FieldKind.CURRENCY: _scaled,
    FieldKind.NUMBER: _scaled,
    FieldKind.PERCENT: _scaled,
    FieldKind.DATE: lambda _field, value: value.isoformat(),
    FieldKind.DATETIME: lambda _field, value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    FieldKind.USER: lambda _field, value: str(value),
    FieldKind.RELATION: lambda _field, value: str(value),
    FieldKind.MULTI_SELECT: lambda _field, value: [str(each) for each in value],
}


def stored_value(field: Field, plain: Any) -> Any:
    """What a value of the journal is when stored: the reverse of `plain_value`.

    None for what is no value of the field's kind: the field was of another kind when it was written down.
    """
    if plain is None or plain == "":
        return plain
    try:
        return _stored(field, plain)
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        return None


def _stored(field: Field, plain: Any) -> Any:
    if field.kind in NUMERIC_KINDS:
        return None if isinstance(plain, bool) else int(Decimal(str(plain)).scaleb(field.places))
    if field.tags:
        return [UUID(each) for each in plain]
    if field.kind in _WRITTEN_AS:
        return plain if isinstance(plain, _WRITTEN_AS[field.kind]) else None
    return _STORED[field.kind](plain)


_WRITTEN_AS: dict[FieldKind, type] = {
    **dict.fromkeys(TEXT_KINDS, str),
    FieldKind.SELECT: str,
    FieldKind.MULTI_SELECT: list,
    FieldKind.BOOLEAN: bool,
}
_STORED: dict[FieldKind, Callable[[Any], Any]] = {
    FieldKind.DATE: parse_date,
    FieldKind.DATETIME: parse_datetime,
    FieldKind.USER: UUID,
    FieldKind.RELATION: UUID,
}
