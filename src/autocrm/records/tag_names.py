"""What a tag may be called, for whoever makes one or gives it another name."""

from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid
from autocrm.kernel.normalise import name_key

LONGEST_NAME = 60


def read_tag_name(text: str, *, field: str) -> tuple[str, str]:
    """A name as it is kept, and its key. Raises Invalid at `field` for an empty or overlong one."""
    cleaned = " ".join(storable(text).split())
    key = name_key(cleaned)
    if not key or max(len(cleaned), len(key)) > LONGEST_NAME:
        raise Invalid(fields={field: [_("A tag has 1 to 60 characters.")]})
    return cleaned, key


def storable(text: str) -> str:
    """The text without what the database cannot hold."""
    return text.replace("\x00", "")
