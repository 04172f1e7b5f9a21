"""Sentences that are kept in a row and read later, by people of several languages.

Where a sentence is still a lazy one, its source text is kept and everybody reads it in their own language. One that
has been made already, with a name or a number in it, stays in the language it was made in: that of whoever began the
work, since a job acts under the language of its actor.
"""

from collections.abc import Callable

from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import AutoCRMError, Text

# What every long job says at its last attempt, and where its worker is found to be gone for good.
FAILED_AGAIN = _("Something went wrong again and again. The log of the server says more.")

LONGEST_KEPT = 2_000


def spoken(make: Callable[[], str]) -> Text:
    """A sentence with names in it that is made anew for each reader, in the language in force when it is read."""
    said: Text = lazy(make, str)()
    return said


def keep(*said: Text) -> str:
    """The sentences as they go into a column, one a line; `read` gives them back."""
    with translation.override(None):
        lines = [" ".join(str(each).splitlines()) for each in said]
    return "\n".join(line for line in lines if line)[:LONGEST_KEPT]


def kept_words(error: AutoCRMError) -> str:
    """What is wrong, to be kept: the faults of each field, else the message of the whole."""
    fields = getattr(error, "fields", {})
    said = [message for messages in fields.values() for message in messages]
    return keep(*(said or [error.message]))


def read(kept: str) -> str:
    """What was kept, as one text in the language in force."""
    return " ".join(gettext(line) for line in kept.splitlines() if line)
