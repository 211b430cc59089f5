"""The addresses of the usual way: the service's own, for what is measured."""

from django.http import JsonResponse
from django.urls import path
from usual_login import TokenObtainPairView
from usual_views import TaskDetail, TaskList

urlpatterns = [
    path("health/live", lambda request: JsonResponse({"status": "ok"})),
    path("api/v1/auth/login/", TokenObtainPairView.as_view()),
    path("api/v1/projects/<int:project_id>/tasks/", TaskList.as_view()),
    path("api/v1/tasks/<int:pk>/", TaskDetail.as_view()),
]
