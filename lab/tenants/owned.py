"""What every model that belongs to a tenant shares."""

from django.core.exceptions import ValidationError
from django.db import models


# --8<-- [start:for-tenants]
class TenantQuerySet(models.QuerySet):
    def for_tenant(self, tenant):
        return self.for_tenants([tenant])

    def for_tenants(self, tenants):
        """Keeps the rows of these tenants, found along the model's own path to its tenant."""
        return self.filter(**{f"{self.model.tenant_path}__in": tenants})


# --8<-- [end:for-tenants]


class TenantOwned(models.Model):
    """A row of one tenant; `tenant_path` says over which keys the tenant is reached."""

    tenant_path = "tenant"
    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def owner_id(self):
        """The key of the tenant this row belongs to, or None while that is not known."""
        row = self
        *steps, last = self.tenant_path.split("__")
        for step in steps:
            row = getattr(row, step, None)
        return getattr(row, f"{last}_id", None)

    def clean(self):
        """Refuses a row that would point into another tenant."""
        super().clean()
        foreign = [field.name for field in self._meta.concrete_fields if self.points_outside(field)]
        if self.owner_id and foreign:
            raise ValidationError(dict.fromkeys(foreign, "This belongs to another tenant."))

    def points_outside(self, field):
        if not field.is_relation or getattr(self, field.attname) is None:
            return False
        other = getattr(self, field.name)
        return isinstance(other, TenantOwned) and other.owner_id != self.owner_id
