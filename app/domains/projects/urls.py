"""Below /api/v1/: projects, and what is in them but their tasks."""

from django.urls import path

from domains.projects.activity_apis import ActivityApi
from domains.projects.apis import ProjectDetailApi, ProjectListApi
from domains.projects.member_apis import MemberApi, MemberCodeApi, MemberListApi
from domains.projects.public_apis import PublicProjectsApi

ONE = "projects/<id:project_id>/"
app_name = "projects"
urlpatterns = [
    path("projects/", ProjectListApi.as_view(), name="list"),
    path("projects/public/", PublicProjectsApi.as_view(), name="public"),
    path(ONE, ProjectDetailApi.as_view(), name="detail"),
    path(f"{ONE}members/", MemberListApi.as_view(), name="members"),
    path(f"{ONE}members/<id:user_id>/", MemberApi.as_view(), name="member"),
    path(f"{ONE}activity/", ActivityApi.as_view(), name="activity"),
    path("members/code/", MemberCodeApi.as_view(), name="member-code"),
]
