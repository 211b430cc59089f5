"""The outbox in the admin: waiting and dead messages, and an action to retry them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from outbox import dead
from outbox.models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Messages can be viewed, and dead ones retried or deleted; none is written by hand."""

    list_display = ("id", "task", "queue", "attempts", "created_at", "done_at", "dead_at", "error")
    list_filter = (
        ("dead_at", admin.EmptyFieldListFilter),
        ("done_at", admin.EmptyFieldListFilter),
        "queue",
    )
    search_fields = ("task", "key")
    show_full_result_count = False
    actions = ("try_again",)

    @admin.action(description="Try the dead ones again", permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Retry the dead ones among the selected messages."""
        number = dead.retry([message.pk for message in queryset])
        self.message_user(request, f"{number} will be tried again within seconds.")

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        """Require the permission to change messages; viewing them needs less."""
        return request.user.has_perm("outbox.change_message")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the application writes messages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Only a dead message may be deleted: a waiting one must still run."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.dead_at is not None)
