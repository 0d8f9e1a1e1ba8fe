"""Finds admin classes that would show every tenant's rows to everybody."""

from django.contrib import admin
from django.core.checks import Error, register

from .filtered_admin import OwnChoices, TenantFilteredAdmin


# --8<-- [start:check]
@register("tenants")
def admin_is_filtered(app_configs, **options):
    for model, model_admin in admin.site._registry.items():
        if hasattr(model, "tenant_path") and not isinstance(model_admin, TenantFilteredAdmin):
            yield unfiltered("tenants.E001", type(model_admin), "shows rows of all tenants", "TenantFilteredAdmin")
        for inline in model_admin.inlines:
            if hasattr(inline.model, "tenant_path") and not issubclass(inline, OwnChoices):
                yield unfiltered("tenants.E002", inline, "offers choices of all tenants", "TenantFilteredInline")


def unfiltered(identifier, found, fact, wanted):
    return Error(f"{found.__name__} {fact}.", hint=f"Derive it from {wanted}.", obj=found, id=identifier)


# --8<-- [end:check]
