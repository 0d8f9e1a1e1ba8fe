from django.contrib import admin
from django.db import models

from clinics.models import Clinic, Illness, Post

from .models import Patient, Visit, Ward


class OwnChoices:
    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.related_model is Clinic:
            field.queryset = field.queryset.filter(post__person=request.user)
        elif hasattr(db_field.related_model, "way"):
            field.queryset = field.queryset.seen_by(request.user)
        return field


class OwnAdmin(OwnChoices, admin.ModelAdmin):
    def get_queryset(self, request):
        return super().get_queryset(request).seen_by(request.user)


class OnlyPlatform(admin.ModelAdmin):
    """What the people see who run it all."""

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class VisitInline(OwnChoices, admin.TabularInline):
    model = Visit


@admin.register(Patient)
class PatientAdmin(OwnAdmin):
    inlines = [VisitInline]
    list_filter = [("ward", admin.RelatedOnlyFieldListFilter)]


@admin.register(Ward)
class WardAdmin(OwnAdmin):
    pass


@admin.register(Visit)
class VisitAdmin(OwnAdmin):
    pass


admin.site.register(Illness)
admin.site.register([Clinic, Post], OnlyPlatform)
