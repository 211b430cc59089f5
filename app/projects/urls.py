"""Below /api/v1/: projects, and what is in them but their tasks."""

from django.urls import path

from projects.apis import ProjectDetailApi, ProjectListApi
from projects.label_apis import LabelApi, LabelListApi
from projects.member_apis import MemberApi, MemberCodeApi, MemberListApi
from projects.progress_apis import ActivityApi, ReportApi
from projects.public_apis import PublicProjectsApi

ONE = "projects/<id:project_id>/"
app_name = "projects"
urlpatterns = [
    path("projects/", ProjectListApi.as_view(), name="list"),
    path("projects/public/", PublicProjectsApi.as_view(), name="public"),
    path(ONE, ProjectDetailApi.as_view(), name="detail"),
    path(f"{ONE}members/", MemberListApi.as_view(), name="members"),
    path(f"{ONE}members/<id:user_id>/", MemberApi.as_view(), name="member"),
    path(f"{ONE}labels/", LabelListApi.as_view(), name="labels"),
    path(f"{ONE}activity/", ActivityApi.as_view(), name="activity"),
    path(f"{ONE}report/", ReportApi.as_view(), name="report"),
    path("members/code/", MemberCodeApi.as_view(), name="member-code"),
    path("labels/<id:label_id>/", LabelApi.as_view(), name="label"),
]
