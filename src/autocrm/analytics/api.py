"""REST: the dashboard's numbers, under /api/v1/dashboard/."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.analytics.selectors import get_dashboard
from autocrm.analytics.serializers import DashboardSerializer, to_json
from autocrm.users.authentication import actor_of


class DashboardView(APIView):
    """What the asker may see of contacts, companies and own tasks, in numbers."""

    @extend_schema(tags=["dashboard"], operation_id="get_dashboard", responses=DashboardSerializer)
    def get(self, request: Request) -> Response:
        """The numbers of the dashboard, at most 30 seconds old while things change."""
        return Response(to_json(get_dashboard(actor_of(request))))


api_urls = [path("dashboard/", DashboardView.as_view(), name="api-dashboard")]
