"""The admin of accounts."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.auth.login.services import log_out_everywhere
from accounts.mfa import services
from accounts.models import Identity, User

PERMISSIONS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Accounts; passwords are neither shown nor set here.

    A change of permissions (`accounts.models.PERMISSION_FIELDS`) and a deletion end all sessions of
    the account at once. When the sessions are unavailable, nothing changes.
    """

    list_display = (
        "id",
        "email",
        "name",
        "is_active",
        "is_staff",
        "has_second_factor",
        "created_at",
    )
    list_filter = ("is_active", "is_staff", ("second_factor_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "name")
    exclude = ("password",)
    readonly_fields = ("last_login", "created_at", "second_factor_at")
    show_full_result_count = False
    actions = ("end_sessions", "remove_second_factor")

    @admin.display(boolean=True, description="second factor", ordering="second_factor_at")
    def has_second_factor(self, user: User) -> bool:
        """Whether a second factor is on."""
        return user.second_factor_at is not None

    @admin.action(
        description="Remove the second factor of the selected accounts", permissions=["change"]
    )
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For an owner who lost it, and proved their identity (docs/operate/variables.md).

        The admin's log records it, and the owner is notified by mail.
        """
        allowed = self._allowed(request, queryset)
        removed = [user for user in allowed if services.remove(user.pk)]
        for user in removed:
            self.log_change(request, user, "Removed the second factor.")
        self.message_user(request, f"{len(removed)} second factors were removed.", messages.SUCCESS)

    @admin.action(description="End all sessions of the selected accounts", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all their sessions."""
        users = self._allowed(request, queryset).values_list("pk", flat=True)
        ended = sum(log_out_everywhere(user) for user in users)
        self.message_user(request, f"{ended} sessions were ended.", messages.SUCCESS)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only a superuser grants permissions: other staff could grant themselves all of them."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *PERMISSIONS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser changes a superuser: a new address would allow to reset the password."""
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser deletes a superuser."""
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, obj: User | None) -> bool:
        return bool(request.user.is_superuser or obj is None or not obj.is_superuser)

    def _allowed(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """The selected accounts that the current user may change."""
        return queryset if request.user.is_superuser else queryset.filter(is_superuser=False)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete one, and end its sessions."""
        log_out_everywhere(obj.pk)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete several, and end their sessions."""
        for user_id in queryset.values_list("pk", flat=True):
            log_out_everywhere(user_id)
        super().delete_queryset(request, queryset)


@admin.register(Identity)
class IdentityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Identities at OpenID providers; after a deletion the identity cannot log in any more."""

    list_display = ("id", "provider", "subject", "user", "created_at")
    list_filter = ("provider",)
    list_select_related = ("user",)
    search_fields = ("subject", "user__email")
    raw_id_fields = ("user",)
    readonly_fields = ("created_at",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: it would give access to any account. A login at the provider links it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Identity | None = None) -> bool:
        """Never."""
        return False
