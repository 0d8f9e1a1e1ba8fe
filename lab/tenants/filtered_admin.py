"""Admin classes that show staff their own tenants and nothing else."""

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.core.exceptions import PermissionDenied

from .models import Membership
from .roles import MAY_DELETE, MAY_WRITE
from .scope import tenants_of, within_tenants


# --8<-- [start:own-choices]
class OwnChoices:
    """Offers, for every foreign key, only rows of tenants the user may write to."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return self.limit(field, request)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        return self.limit(field, request)

    def limit(self, field, request):
        if field is not None and not request.user.is_superuser:
            field.queryset = within_tenants(field.queryset, tenants_of(request.user, MAY_WRITE))
        return field


class OwnRelatedFilter(RelatedFieldListFilter):
    """A filter in the sidebar that does not name rows of other tenants."""

    def field_choices(self, field, request, model_admin):
        choices = super().field_choices(field, request, model_admin)
        rows = field.remote_field.model._default_manager.all()
        own = set(within_tenants(rows, tenants_of(request.user)).values_list("pk", flat=True))
        return [(key, label) for key, label in choices if key in own]


# --8<-- [end:own-choices]


class TenantFilteredInline(OwnChoices, admin.TabularInline):
    """Children on their parent's page; the parent was already one of the user's own."""

    extra = 0


# --8<-- [start:tenant-filtered-admin]
class TenantFilteredAdmin(OwnChoices, admin.ModelAdmin):
    """Superusers see everything, staff what belongs to a tenant of theirs.

    Django's own permissions are asked first and the role in the row's tenant second: both must allow.
    """

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else within_tenants(rows, tenants_of(request.user))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and tenants_of(request.user, MAY_WRITE).exists()

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.role_allows(request, obj, MAY_WRITE)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.role_allows(request, obj, MAY_DELETE)

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self.role_allows(request, obj)

    def role_allows(self, request, obj, roles=None):
        if request.user.is_superuser:
            return True
        tenants = tenants_of(request.user, roles)
        if obj is None:
            return tenants.exists()
        return within_tenants(self.model._default_manager.filter(pk=obj.pk), tenants).exists()

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*fixed, *self.tenant_fields())

    def get_changeform_initial_data(self, request):
        first = Membership.objects.usable_by(request.user).first()
        own = dict.fromkeys(self.tenant_fields(), first and first.tenant_id)
        return own | super().get_changeform_initial_data(request)

    def save_model(self, request, obj, form, change):
        # The form offers own tenants only; this holds for forms that someone changes later.
        super().save_model(request, obj, form, change)
        if not self.role_allows(request, obj, MAY_WRITE):
            raise PermissionDenied

    def tenant_fields(self):
        return [field.name for field in self.model._meta.fields if field.name == "tenant"]


# --8<-- [end:tenant-filtered-admin]
