"""Bodies of the API: JSON in UTF-8, of a size and a depth that the rest of the code may rely on."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from typing_extensions import override

from autocrm.kernel.json_text import read_json


class TooLarge(exceptions.APIException):
    """The body is larger than any request needs."""

    status_code = 413
    default_code = "too_large"
    default_detail = _("The body of the request is too large.")


class JSONParser(BaseParser):
    """The API's only way in. The framework's own reads without a limit and fails on what is nested without end."""

    media_type = "application/json"

    @override
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """What the body says. Raises ParseError, TooLarge."""
        del media_type, parser_context
        most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge
        try:
            return read_json(body)
        except ValueError:
            raise exceptions.ParseError(_("The body is not JSON that can be read.")) from None
