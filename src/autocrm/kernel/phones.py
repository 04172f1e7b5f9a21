"""Phone numbers: E.164 where that is possible, and what was written with a reason where it is not.

Plain North American forms, most of what files hold, are recognised here; everything else goes to `phonenumbers`.
The tests hold both ways to the same answer. Possible means the right length for its country, not in service; without
a country code it means besides that numbers of the region begin like this, for else it is one of another country.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
)

from autocrm.kernel.errors import Text

MAX_LENGTH = 64
CACHE_SIZE = 20_000

REASONS: dict[str, Text] = {
    "empty": _("There is no number."),
    "not_a_number": _("This is not a phone number."),
    "country": _("This number begins with an unknown country code."),
    "too_short": _("This number is too short."),
    "too_long": _("This number is too long."),
    "local_only": _("This number lacks its area code."),
    "elsewhere": _("No number of this country begins like this: it may lack the code of its own country."),
}

_RESULTS = {
    ValidationResult.INVALID_COUNTRY_CODE: "country",
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
}
_FAILURES = {
    NumberParseException.INVALID_COUNTRY_CODE: "country",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}

# Only ASCII digits, and only forms where the library would do nothing else than drop the punctuation: an area code
# that begins with 1 would compete with the prefix 1, and 011 is how North America dials abroad.
_NANP_REGIONS = frozenset({"US", "CA"})
_NANP = re.compile(
    r"(?:\+1[-. ]?)?(?!\(?011)(?:\((?P<a>[02-9][0-9]{2})\) ?|(?P<b>[02-9][0-9]{2})[-. ]?)(?P<c>[0-9]{3})[-. ]?"
    r"(?P<d>[0-9]{4})(?: ?(?:x|ext\.?) ?(?P<e>[0-9]{1,6}))?"
)
# "001" means nothing at home and the way to North America everywhere else, whatever area code follows.
_NANP_FROM_ABROAD = re.compile(
    r"001[-. ]?(?:\((?P<a>[0-9]{3})\) ?|(?P<b>[0-9]{3})[-. ]?)(?P<c>[0-9]{3})[-. ]?"
    r"(?P<d>[0-9]{4})(?: ?(?:x|ext\.?) ?(?P<e>[0-9]{1,6}))?"
)
_INTERNATIONAL_ZEROS = re.compile(r"\s*00[\s./-]*(?=[1-9])")
_TYPED = re.compile(
    r"(?:(?:tel|telefon|phone|fon|mobil|mobile|mob|cell|handy|[tmp])[.: ]+)?"
    r"(?P<number>\+?[\d\s().\-/–]+)(?:(?:x|ext\.?|app\.?|#) ?\d{1,6})?",
    re.IGNORECASE,
)
LEAST_DIGITS, MOST_DIGITS = 5, 16
_HAS_THREE_DIGITS = re.compile(r"(?:\d\D*){3}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as written and as understood: `e164` is "" when impossible, `reason` then is a key of REASONS."""

    raw: str
    e164: str = ""
    extension: str = ""
    reason: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether there is a number to dial."""
        return bool(self.e164)

    @property
    def kept(self) -> str:
        """What is stored: E.164 with the extension behind it ("+12125550100 x12"), else what was written."""
        if not self.e164:
            return self.raw
        return f"{self.e164} x{self.extension}" if self.extension else self.e164

    @property
    def key(self) -> str:
        """What the normalised column holds: the number to dial, or the bare digits of what was written."""
        return self.e164 or digits_of(self.raw)


@lru_cache(maxsize=CACHE_SIZE)
def parse_phone(raw: str, region: str = "US") -> Phone:
    """Understand `raw` as somebody in `region` (ISO 3166, upper case) would dial it. Never raises."""
    text = raw.strip()
    if region in _NANP_REGIONS and (plain := _NANP.fullmatch(text) or _NANP_FROM_ABROAD.fullmatch(text)):
        return _north_american(raw, text, plain, region)
    if not text:
        return Phone(raw, reason="empty")
    if len(text) > MAX_LENGTH:
        return Phone(raw, reason="too_long")
    if not _HAS_THREE_DIGITS.search(text) and not any(character.isalpha() for character in text):
        return Phone(raw, reason="too_short" if any(character.isdigit() for character in text) else "not_a_number")
    return _by_library(raw, text, region)


def _north_american(raw: str, text: str, plain: re.Match[str], region: str) -> Phone:
    area, exchange, line, extension = plain["a"] or plain["b"], plain["c"], plain["d"], plain["e"]
    if area[0] == "0" and plain.re is _NANP and text[0] != "+":
        # No area code begins so, while numbers of other countries do.
        return _by_library(raw, text, region) if area[1] == "0" else Phone(raw, reason="elsewhere")
    return Phone(raw, f"+1{area}{exchange}{line}", extension or "")


@lru_cache(maxsize=CACHE_SIZE)
def phone_words(kept: str) -> str:
    """A stored number for people: in groups, with its country code; what is no number as it was written."""
    if not kept.startswith("+"):
        return kept
    try:
        return phonenumbers.format_number(phonenumbers.parse(kept, None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return kept


def phone_uri(kept: str) -> str:
    """The address that dials a stored number (RFC 3966)."""
    number, _cross, extension = kept.partition(" x")
    return f"tel:{number.replace(' ', '')}" + (f";ext={extension}" if extension else "")


def phone_terms(phone: str, key: str) -> list[str]:
    """A number as written, in one piece, and without its country code, so that any way of typing it finds it."""
    if not phone:
        return []
    digits = digits_of(key or phone)
    # The last seven are what people know of a number of their own town; in many large towns outside of North America,
    # London and Tokyo and Berlin, it is the last eight.
    town = [digits[-7:]] if key.startswith("+1") else [digits[-7:], digits[-8:]]
    national = national_digits(key).lstrip("0") if key.startswith("+") else ""
    return [phone, digits, national, *town]


def typed_numbers(text: str, region: str) -> list[str]:
    """The digits that `text` may mean as a telephone number, as `phone_terms` has them; none where it is no number.

    A word before it ("Tel."), an extension behind it and a zero in brackets are how people write numbers.
    """
    written = _TYPED.fullmatch(text.strip())
    digits = digits_of(written["number"]).lstrip("0") if written else ""
    if written is None or not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        return []
    dialled = parse_phone(written["number"].strip(), region).e164
    return list(dict.fromkeys(each for each in (dialled.removeprefix("+"), digits) if each))


def digits_of(text: str) -> str:
    """The decimal digits in `text` as ASCII, for finding a number typed in any form."""
    if text.isascii():
        return "".join(filter(str.isdigit, text))
    return "".join(str(int(character)) for character in text if character.isdecimal())


def national_digits(e164: str) -> str:
    """A number in international form ("+4420...") without the code of its country."""
    digits = e164.removeprefix("+")
    for length in (1, 2, 3):
        if digits[:length] and int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[length:]
    return digits


def is_region(region: str) -> bool:
    """Whether `region` is a country that numbers can be read for."""
    return region in phonenumbers.SUPPORTED_REGIONS


def _by_library(raw: str, text: str, region: str) -> Phone:
    phone = _understand(raw, text, region)
    if not phone.e164 and (zeros := _INTERNATIONAL_ZEROS.match(text)):
        # "00" is how most of the world dials abroad; where it means nothing else, it means that.
        abroad = _understand(raw, "+" + text[zeros.end() :], region)
        return abroad if abroad.e164 else phone
    return phone


def _understand(raw: str, text: str, region: str) -> Phone:
    try:
        number = phonenumbers.parse(text, region, keep_raw_input=True)
    except NumberParseException as error:
        return Phone(raw, reason=_FAILURES.get(error.error_type, "not_a_number"))
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != ValidationResult.IS_POSSIBLE:
        return Phone(raw, reason=_RESULTS.get(result, "not_a_number"))
    if number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY and not _is_of(region, number):
        return Phone(raw, reason="elsewhere")
    e164 = f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
    return Phone(raw, e164, number.extension or "")


def _is_of(region: str, number: PhoneNumber) -> bool:
    """Whether numbers of a region are such, as its plan of numbers says in general."""
    metadata = PhoneMetadata.metadata_for_region(region)
    general = None if metadata is None else metadata.general_desc
    pattern = None if general is None else general.national_number_pattern
    return pattern is None or re.fullmatch(pattern, phonenumbers.national_significant_number(number)) is not None
