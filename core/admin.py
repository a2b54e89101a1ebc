"""People and their roles. Only superusers change them; nobody is deleted, because the journal names them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core.desk import FlatAdmin
from core.models import User

HIDDEN = ("DBTaskResult", "EmailAddress")
"""Rows of libraries that no merchant works with."""

for registered in list(admin.site._registry):
    if registered.__name__ in HIDDEN:
        admin.site.unregister(registered)
admin.site.unregister(Group)


class SuperusersChange:
    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)


@admin.register(User)
class UserAdmin(SuperusersChange, BaseUserAdmin, FlatAdmin):  # type: ignore[misc,type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active")
    ordering = ("-pk",)  # type: ignore[misc]
    search_fields = ("username",)
    search_help_text = "Whole user name or e-mail"
    readonly_fields = ("reference", "last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "phone", "reference")}),
        ("Role", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("username", "first_name", "last_name", "email", "phone", "is_staff", "groups")}),)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        term = search_term.strip()
        return (queryset.filter(Q(username=term) | Q(email=term)) if term else queryset), False

    @admin.display(description="Name")
    def name(self, user: User) -> str:
        return user.get_full_name() or "–"


@admin.register(Group)
class GroupAdmin(SuperusersChange, BaseGroupAdmin, ModelAdmin):  # type: ignore[misc]
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)
