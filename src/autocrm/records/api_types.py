"""Which record type an API view is about: a declared one by its key, any of the tenant by the address's plural."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from autocrm.records.registry import RecordType, get_by_plural, record_types


class OfRecordType(APIView):
    """A view of one record type; `record_type` is that of the tenant who asks, with the fields it added.

    `type_key` names a declared type; without it the address carries a `plural`.
    """

    type_key: ClassVar[str] = ""
    record_type: RecordType
    plural: str = ""

    @override
    def dispatch(self, request: Any, *args: Any, plural: str = "", **kwargs: Any) -> Any:
        self.plural = plural
        return super().dispatch(request, *args, **kwargs)

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After sign-in and rights, so that strangers learn nothing of names. Raises NotFound."""
        super().initial(request, *args, **kwargs)
        self.record_type = record_types.get(self.type_key) if self.type_key else get_by_plural(self.plural)
