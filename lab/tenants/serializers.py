from rest_framework import serializers

from .models import Tenant
from .scope import within_tenants


# --8<-- [start:tenant-serializer]
class TenantSerializer(serializers.ModelSerializer):
    """Accepts as related rows only those of the request's tenant; the tenant itself is never input."""

    def get_extra_kwargs(self):
        return super().get_extra_kwargs() | {"tenant": {"read_only": True}}

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            relation = getattr(field, "child_relation", field)
            if getattr(relation, "queryset", None) is not None:
                relation.queryset = within_tenants(relation.queryset.all(), [self.context["request"].tenant])
        return fields


# --8<-- [end:tenant-serializer]


class OwnTenantSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tenant
        fields = ["id", "name", "slug"]
