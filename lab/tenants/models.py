import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from .roles import Role, by_priority


class Tenant(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50, unique=True)
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    tenant_path = "pk"

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.name


class MembershipQuerySet(models.QuerySet):
    def usable_by(self, user):
        """Keeps what this user may work in today, the most privileged membership first."""
        usable = self.filter(user_id=user.pk, is_active=True, tenant__is_active=True)
        return usable.select_related("tenant").order_by(by_priority(), "tenant__slug")


class Membership(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.USER)
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()
    tenant_path = "tenant"
    # --8<-- [start:exempt]
    tenant_isolation_exempt = {"manager": "It is asked for by user, before it is known for which tenant."}
    # --8<-- [end:exempt]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="membership_user_tenant_unique"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]
        indexes = [models.Index(fields=["tenant", "role"], name="membership_tenant_role_idx")]

    def __str__(self):
        return f"{self.user} in {self.tenant} as {self.role}"
