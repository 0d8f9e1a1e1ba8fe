"""Finds admin classes that would show one tenant's rows to another."""

from django.contrib import admin
from django.core.checks import Error, register

from .filtered_admin import OwnChoices, TenantFilteredAdmin


# --8<-- [start:check]
@register("tenants")
def admin_is_filtered(app_configs, **options):
    for model, model_admin in admin.site._registry.items():
        if has_tenant(model) and not isinstance(model_admin, TenantFilteredAdmin):
            yield finding("tenants.E001", model_admin, "shows rows of all tenants", "TenantFilteredAdmin")
        for inline in model_admin.inlines:
            if has_tenant(inline.model) and not issubclass(inline, OwnChoices):
                yield finding("tenants.E002", inline, "offers choices of all tenants", "TenantFilteredInline")
        for name in model_admin.list_filter:
            if isinstance(name, str) and points_to_tenant(model, name):
                hint = f'("{name}", OwnRelatedFilter)'
                yield finding("tenants.E003", model_admin, f"names all tenants' rows in {name!r}", hint)


def has_tenant(model):
    return hasattr(model, "tenant_path")


def points_to_tenant(model, name):
    return "__" not in name and has_tenant(model._meta.get_field(name).related_model)


def finding(identifier, found, fact, wanted):
    found = found if isinstance(found, type) else type(found)
    return Error(f"{found.__name__} {fact}.", hint=f"Use {wanted}.", obj=found, id=identifier)


# --8<-- [end:check]
