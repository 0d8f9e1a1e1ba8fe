from copy import copy

from rest_framework import serializers

from .models import Tenant
from .scope import within_tenants


# --8<-- [start:tenant-serializer]
class TenantSerializer(serializers.ModelSerializer):
    """Accepts related rows of the request's tenant only; the tenant itself is never input."""

    def get_extra_kwargs(self):
        return super().get_extra_kwargs() | {"tenant": {"read_only": True}}

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            relation = getattr(field, "child_relation", field)
            if getattr(relation, "queryset", None) is not None:
                relation.queryset = within_tenants(relation.queryset.all(), [self.tenant])
        return fields

    def validate(self, attrs):
        """Asks the model's own rules; unique per tenant, say, can only be judged once the tenant is known."""
        row = copy(self.instance) if self.instance else self.Meta.model()
        for name, value in (attrs | self.ownership()).items():
            setattr(row, name, value)
        row.clean()
        row.validate_constraints()
        return attrs

    def ownership(self):
        """What a new row is given besides the input."""
        return {"tenant": self.tenant} if self.Meta.model.tenant_path == "tenant" else {}

    @property
    def tenant(self):
        return self.context["request"].tenant


# --8<-- [end:tenant-serializer]


class OwnTenantSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tenant
        fields = ["id", "name", "slug"]
