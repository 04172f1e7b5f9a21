"""REST of contacts beyond what the record engine makes: the engagement score on demand."""

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.contacts import services
from autocrm.users.authentication import actor_of

_SCORE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "engagement_score": {"type": "integer", "minimum": 0, "maximum": 100},
    },
    "required": ["id", "engagement_score"],
}


class EngagementView(APIView):
    """The engagement score of one contact, calculated now."""

    @extend_schema(
        operation_id="calculate_engagement",
        tags=["contacts"],
        parameters=[OpenApiParameter("record_id", str, OpenApiParameter.PATH)],
        request=None,
        responses={(200, "application/json"): _SCORE},
    )
    def post(self, request: Request, record_id: str) -> Response:
        """Count activities and opportunities, and keep the score."""
        contact = services.calculate_engagement(record_id, actor=actor_of(request))
        return Response({"id": str(contact.id), "engagement_score": contact.engagement_score})


api_urls = [
    path("contacts/<str:record_id>/calculate_engagement/", EngagementView.as_view(), name="api-contact-engagement")
]
