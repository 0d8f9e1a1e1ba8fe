"""The roles of a membership, and which of them comes first."""

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    USER = "user"
    READONLY = "readonly"


# --8<-- [start:role-priority]
# Written out: sorted by name, the most privileged role would be "admin" or, backwards, "user".
PRIORITY = (Role.OWNER, Role.ADMIN, Role.MANAGER, Role.USER, Role.READONLY)
MAY_WRITE = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER, Role.USER})
MAY_DELETE = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER})


def by_priority():
    """Gives the expression that sorts memberships by what their role may do, most first."""
    ranks = [models.When(role=role, then=rank) for rank, role in enumerate(PRIORITY)]
    return models.Case(*ranks, default=len(PRIORITY), output_field=models.IntegerField())


# --8<-- [end:role-priority]
