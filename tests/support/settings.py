"""The product's settings with the languages that only tests speak."""

from autocrm.config.settings import *  # noqa: F403 - all of them, and two changed
from autocrm.config.settings import LANGUAGES as SPOKEN
from autocrm.config.settings import LOCALE_PATHS as CATALOGUES
from tests.support import pseudo

LANGUAGES = [*SPOKEN, *pseudo.LANGUAGES]
LOCALE_PATHS = [*CATALOGUES, pseudo.LOCALE]
