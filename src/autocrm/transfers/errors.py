"""What is wrong with a file as a whole: said at once, before anything is imported."""

from autocrm.kernel.errors import Invalid, Text


class BadFile(Invalid):
    """The file cannot be read as a table; the message says why and what to do."""

    code = "bad_file"

    def __init__(self, message: Text) -> None:
        super().__init__(message, fields={"file": [message]})
