"""Projects in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpRequest

from domains.projects.models import Activity, Membership, Project


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """The members, on the page of their project."""

    model = Membership
    extra = 0
    raw_id_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of projects."""

    list_display = ("id", "name", "owner", "is_public", "archived", "updated_at")
    list_filter = ("is_public", "archived")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    raw_id_fields = ("owner",)
    readonly_fields = ("version", "last_task", "created_at", "updated_at")
    inlines = (MembershipInline,)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        """Count the change as the API does: who has an older version must read again."""
        if change:
            obj.version = F("version") + 1
            obj.updated_at = Now()
        super().save_model(request, obj, form, change)


@admin.register(Activity)
class ActivityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The activity log, read-only."""

    list_display = ("id", "project_id", "actor_id", "verb", "subject", "subject_id", "created_at")
    list_filter = ("verb", "subject")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the service writes it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Activity | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Activity | None = None) -> bool:
        """Never."""
        return False
