"""Money: whole minor units of one ISO 4217 currency. Never a float, never rounded unseen, never mixed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Self

from django.utils import formats, translation
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.errors import Invalid, Text

MAX_MINOR = 2**63 - 1
MAX_TEXT_LENGTH = 64

_TWO_DECIMALS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
EXPONENTS: dict[str, int] = {
    code: exponent
    for exponent, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS), (4, _FOUR_DECIMALS))
    for code in codes.split()
}

_SYMBOLS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "ILS": "₪",
    "VND": "₫",
    "UAH": "₴",
    "NGN": "₦",
    "PHP": "₱",
    "TRY": "₺",
}
_READABLE_SYMBOLS = {symbol: code for code, symbol in _SYMBOLS.items()} | {
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "R$": "BRL",
    "KČ": "CZK",
    "ZŁ": "PLN",
    "FR.": "CHF",
    "SFR.": "CHF",
}
_DOLLARS = "USD AUD CAD NZD SGD HKD MXN TWD ARS CLP COP"
_SHARED_SYMBOLS = {
    "$": frozenset(_DOLLARS.split()),
    "¥": frozenset({"JPY", "CNY"}),
    "£": frozenset({"GBP", "EGP", "LBP", "GIP", "FKP", "SHP"}),
}
_LANGUAGES_WITH_SYMBOL_AFTER = "de fr es it pt nl pl cs sk da sv nb fi ru uk bg ro hu hr sl sr el tr lt lv et"
_SYMBOL_AFTER = frozenset(_LANGUAGES_WITH_SYMBOL_AFTER.split())

_PARTS = re.compile(r"(?P<before>(?:[^0-9.,]|\.(?= ))*)(?P<number>[0-9.,][0-9.,' ]*)(?P<after>[^0-9]*)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[., '][0-9]{2,3})*[., '][0-9]{3}|[0-9]+")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) and its currency. Mixing currencies raises Invalid (code "mixed_currencies")."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise _invalid(_("%(currency)s is not a currency.") % {"currency": ascii(self.currency)}, "currency")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise _invalid(_("This amount is too large."), "amount")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Exactly `amount` in major units. Raises Invalid when it has more decimals than the currency."""
        if currency not in EXPONENTS:
            raise _invalid(_("%(currency)s is not a currency.") % {"currency": ascii(currency)}, "currency")
        number = Decimal(amount)
        if not number.is_finite() or number.adjusted() > 20:
            raise _invalid(_("This amount is too large."), "amount")
        with localcontext(Context(prec=60)):
            minor = number.scaleb(EXPONENTS[currency])
            if minor != minor.to_integral_value():
                message = _("%(currency)s has at most %(decimals)d decimals.")
                raise _invalid(message % {"currency": currency, "decimals": EXPONENTS[currency]}, "amount")
            return cls(int(minor), currency)

    @property
    def exponent(self) -> int:
        """How many decimals the currency has."""
        return EXPONENTS[self.currency]

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-self.exponent, Context(prec=40))

    @override
    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other).minor

    def times(self, factor: Decimal, *, rounding: str = ROUND_HALF_EVEN) -> "Money":
        """The amount times a rate or percentage, rounded to a minor unit once, as asked."""
        return Money(_rounded(Decimal(self.minor), factor, rounding), self.currency)

    def converted(self, rate: Decimal, currency: str, *, rounding: str = ROUND_HALF_EVEN) -> "Money":
        """The amount in another currency; `rate` is how many of its major units one of ours buys."""
        shift = Decimal(1).scaleb(Money.zero(currency).exponent - self.exponent)
        return Money(_rounded(Decimal(self.minor), rate * shift, rounding), currency)

    def allocate(self, weights: Sequence[int]) -> list["Money"]:
        """Split by weights without losing or inventing a minor unit; what is left over goes to the first parts."""
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise _invalid(_("An amount is split by weights that are not negative and not all zero."), "amount")
        sign = -1 if self.minor < 0 else 1
        parts = [abs(self.minor) * weight // whole for weight in weights]
        receivers = [index for index, weight in enumerate(weights) if weight]
        for index in receivers[: abs(self.minor) - sum(parts)]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            message = _("%(one)s and %(other)s can't be combined.") % {"one": self.currency, "other": other.currency}
            raise Invalid(message, fields={"currency": [message]}, code="mixed_currencies")
        return other


def total(amounts: Sequence[Money], currency: str) -> Money:
    """The sum of `amounts`, all of them in `currency`; zero when there are none."""
    return sum(amounts, Money.zero(currency))


def parse_money(text: str, *, currency: str, locale: str | None = None) -> Money:
    """Read what a person or a file wrote: "1.234,56", "€1,234.56", "(12.00)", "1 234 CHF".

    `currency` holds where the text names none; `locale` decides between point and comma where the text does not.
    Raises Invalid rather than guess: "1.234" without a locale, two decimal signs, more decimals than the currency.
    """
    cleaned = _clean(text)
    negative, cleaned = _take_sign(cleaned)
    parts = _PARTS.fullmatch(cleaned)
    if parts is None or (parts["before"].strip() and parts["after"].strip()):
        raise _unreadable(text)
    code = _read_currency((parts["before"] + parts["after"]).strip(), currency)
    if code is None:
        raise _unreadable(text)
    number = _read_number(parts["number"].strip(), EXPONENTS.get(code, 2), locale)
    if number is None:
        raise _unreadable(text)
    return Money.of(-number if negative else number, code)


def parse_number(text: str, *, locale: str) -> Decimal | None:
    """Read a number as people of `locale` write it: "1,234.5" or "1.234,5", "1 234", "(12)"; None where it is none.

    Point and comma are told apart by the text itself where it can be ("12,50" is no thousand), else by the locale.
    """
    if len(text) > MAX_TEXT_LENGTH:
        return None
    negative, cleaned = _take_sign(_clean(text))
    number = _read_number(cleaned, 0, locale)
    return -number if number and negative else number


def format_money(money: Money, *, locale: str | None = None) -> str:
    """The amount as people of `locale` (by default the active language) write it, with symbol or code."""
    language = locale or translation.get_language() or "en"
    with translation.override(language):
        number = formats.number_format(
            abs(money.amount), decimal_pos=money.exponent, use_l10n=True, force_grouping=True
        )
    return with_currency(number, money.currency, is_negative=money.minor < 0, language=language)


def with_currency(number: str, currency: str, *, is_negative: bool = False, language: str = "") -> str:
    """A number without sign and its currency, in the order of the language (by default the active one)."""
    sign, symbol = "-" if is_negative else "", _SYMBOLS.get(currency)
    spoken = language or translation.get_language() or "en"
    if spoken.partition("-")[0].lower() in _SYMBOL_AFTER:
        return f"{sign}{number}\N{NO-BREAK SPACE}{symbol or currency}"
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{currency}\N{NO-BREAK SPACE}{number}"


def _clean(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise _unreadable(text)
    plain = (
        unicodedata.normalize("NFKC", text)
        .replace("\N{MINUS SIGN}", "-")
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return " ".join(plain.split()).removeprefix("+")


def _take_sign(text: str) -> tuple[bool, str]:
    """Whether the text is negative ("-5", "5-", "(5)", "€ -5"), and the text without the sign."""
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1].strip()
    if text.count("-") == 1:
        at = text.index("-")
        left, right = text[:at].strip(), text[at + 1 :].strip()
        if not any(character.isdigit() for character in left) or not right or right.isalpha():
            return True, left + right
    return False, text


def _read_currency(token: str, default: str) -> str | None:
    symbol = token.upper()
    if not symbol:
        return default
    if default in _SHARED_SYMBOLS.get(symbol, ()):
        return default
    if symbol in EXPONENTS:
        return symbol
    return _READABLE_SYMBOLS.get(symbol)


def _read_number(text: str, exponent: int, locale: str | None) -> Decimal | None:
    decimal_sign = _decimal_sign(text, exponent, locale)
    if decimal_sign is None:
        return None
    whole, _sign, decimals = text.partition(decimal_sign) if decimal_sign else (text, "", "")
    if decimals and not decimals.isdigit():
        return None
    signs = {character for character in whole if not character.isdigit()}
    if len(signs) > 1 or (whole and not _GROUPED.fullmatch(whole)) or not (whole or decimals):
        return None
    digits = "".join(character for character in whole if character.isdigit())
    return Decimal(f"{digits or '0'}.{decimals or '0'}")


def _decimal_sign(text: str, exponent: int, locale: str | None) -> str | None:
    """Which sign divides the decimals: "." or ",", "" for none, None when it cannot be told."""
    point, comma = text.count("."), text.count(",")
    if point and comma:
        last = "." if text.rindex(".") > text.rindex(",") else ","
        return last if text.count(last) == 1 else None
    if not point and not comma:
        return ""
    sign = "." if point else ","
    if point + comma > 1:
        return ""
    before, _sign, after = text.partition(sign)
    could_be_group = len(after) == 3 and 1 <= len(before) <= 3 and before.isdigit() and not before.startswith("0")
    if not could_be_group:
        return sign
    if locale is not None:
        return sign if formats.get_format("DECIMAL_SEPARATOR", lang=locale, use_l10n=True) == sign else ""
    return "" if exponent == 0 else None


def _rounded(value: Decimal, factor: Decimal, rounding: str) -> int:
    with localcontext(Context(prec=80)):
        return int((value * factor).to_integral_value(rounding=rounding))


def _unreadable(text: str) -> Invalid:
    return _invalid(_("%(text)s is not an amount that can be read without doubt.") % {"text": text[:40]}, "amount")


def _invalid(reason: Text, field_name: str) -> Invalid:
    return Invalid(reason, fields={field_name: [reason]})
