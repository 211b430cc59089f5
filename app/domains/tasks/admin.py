"""Tasks, labels, comments and attachments in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from domains.tasks.models import Attachment, Comment, Label, Task


@admin.register(Task)
class TaskAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of tasks."""

    list_display = ("id", "project", "number", "title", "status", "priority", "assignee", "due")
    list_filter = ("status", "priority")
    list_select_related = ("project", "assignee")
    search_fields = ("title",)
    raw_id_fields = ("project", "assignee", "author")
    readonly_fields = ("number", "version", "created_at", "updated_at")
    exclude = ("search",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        """Without the search vector."""
        return super().get_queryset(request).defer("search")


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of labels."""

    list_display = ("id", "project", "name", "color")
    list_select_related = ("project",)
    raw_id_fields = ("project",)
    search_fields = ("name",)
    show_full_result_count = False


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of comments."""

    list_display = ("id", "task_id", "author_id", "created_at", "edited_at")
    raw_id_fields = ("task", "author")
    show_full_result_count = False


@admin.register(Attachment)
class AttachmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of attachments."""

    list_display = ("id", "task_id", "name", "size", "content_type", "created_at")
    raw_id_fields = ("task", "author")
    show_full_result_count = False
