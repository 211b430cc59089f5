"""Below /api/v1/: tasks, what belongs to them, and a project's labels and report."""

from django.urls import path

from domains.tasks.apis import TaskApi, TaskBulkApi, TaskListApi
from domains.tasks.attachment_apis import AttachmentApi, AttachmentListApi
from domains.tasks.comment_apis import CommentApi, CommentListApi
from domains.tasks.label_apis import LabelApi, LabelListApi
from domains.tasks.report_apis import ReportApi

PROJECT = "projects/<id:project_id>/"
OF_PROJECT = f"{PROJECT}tasks/"
ONE = "tasks/<id:task_id>/"
app_name = "tasks"
urlpatterns = [
    path(OF_PROJECT, TaskListApi.as_view(), name="list"),
    path(f"{OF_PROJECT}bulk/", TaskBulkApi.as_view(), name="bulk"),
    path(ONE, TaskApi.as_view(), name="detail"),
    path(f"{ONE}comments/", CommentListApi.as_view(), name="comments"),
    path("comments/<id:comment_id>/", CommentApi.as_view(), name="comment"),
    path(f"{ONE}attachments/", AttachmentListApi.as_view(), name="attachments"),
    path("attachments/<id:attachment_id>/", AttachmentApi.as_view(), name="attachment"),
    path(f"{PROJECT}labels/", LabelListApi.as_view(), name="labels"),
    path("labels/<id:label_id>/", LabelApi.as_view(), name="label"),
    path(f"{PROJECT}report/", ReportApi.as_view(), name="report"),
]
