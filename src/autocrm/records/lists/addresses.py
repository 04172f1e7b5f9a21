"""Small readings of a page's address, for views that answer a part of it."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict


def page_params(request: HttpRequest) -> QueryDict:
    """The parameters of the page on which the request was made; none where that is not known."""
    try:
        return QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    except ValueError:
        return QueryDict("")


def query_string(params: QueryDict, *dropped: str) -> str:
    """The parameters as an address writes them, without those named."""
    return urlencode([(name, value) for name in params if name not in dropped for value in params.getlist(name)])
