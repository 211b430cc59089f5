"""Below /api/v1/: tasks, and what hangs on them."""

from django.urls import path

from tasks.apis import TaskApi, TaskBulkApi, TaskListApi
from tasks.hanging_apis import AttachmentApi, AttachmentListApi, CommentApi, CommentListApi

OF_PROJECT = "projects/<id:project_id>/tasks/"
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
]
