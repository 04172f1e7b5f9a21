"""Errors of contacts and companies beyond the kernel's tree."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Invalid


class CompanyLoop(Invalid):
    """A company would become part of itself."""

    code = "company_loop"

    def __init__(self) -> None:
        super().__init__(fields={"parent": [_("A company cannot be part of itself.")]})
