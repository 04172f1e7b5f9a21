"""The one way a command ends early: what is wrong and the way out, in plain words, without a traceback."""


class CommandFailed(Exception):
    """Ends the command with a message for a person and an exit code."""

    def __init__(self, problem: str, *, remedy: str = "", detail: str = "", code: int = 1) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.detail = detail
        self.code = code

    def as_text(self) -> str:
        """Detail first (it is long), then the problem and the remedy, so that they end up beside the prompt."""
        parts = [self.detail.rstrip(), f"autocrm: {self.problem}", self.remedy]
        return "\n".join(part for part in parts if part) + "\n"
