"""Accounts in the admin."""

from django.contrib import admin

from accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list that a person looks through; a password is never shown, nor set here."""

    list_display = ("id", "email", "name", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    exclude = ("password",)
    readonly_fields = ("last_login", "created_at")
    show_full_result_count = False
