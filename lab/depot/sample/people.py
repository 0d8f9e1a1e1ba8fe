"""Three tenants and who works there. The password is public on purpose: it opens a lab and nothing else."""

import hashlib
from uuid import NAMESPACE_DNS, uuid5

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from rest_framework.authtoken.models import Token

from tenants.models import Membership, Tenant
from tenants.roles import Role

from .missing import LONG_AGO, add_missing

PASSWORD = "depot-lab"
TENANTS = {"north": "North Foods", "south": "South Mill", "harbour": "Harbour Fish"}

# user: {tenant: role}; `nobody-yet` has an account and no tenant, `left` a membership that has ended
USERS = {
    "root": {},
    "nobody-yet": {},
    "left": {"north": Role.ADMIN},
    "two-depots": {"north": Role.READONLY, "south": Role.OWNER},
    **{f"{slug}-owner": {slug: Role.OWNER} for slug in TENANTS},
    **{f"{slug}-staff": {slug: Role.USER} for slug in TENANTS},
    **{f"{slug}-reader": {slug: Role.READONLY} for slug in TENANTS},
}


def add_tenants():
    rows = [
        Tenant(id=uuid5(NAMESPACE_DNS, f"{slug}.depot.example"), slug=slug, name=name, created_at=LONG_AGO)
        for slug, name in TENANTS.items()
    ]
    _, tenants = add_missing(rows, "slug")
    return [tenants[slug,] for slug in TENANTS]


def add_users(tenants):
    """Adds users, what they may do, where they work, and a token for each."""
    added, users = add_missing(new_users(), "username")
    give_password(User.objects.filter(username__in=USERS, password=""))
    group, _ = Group.objects.get_or_create(name="Depot staff")
    group.permissions.set(Permission.objects.filter(content_type__app_label__in=["suppliers", "products", "orders"]))
    group.user_set.set(user for user in users.values() if user.username in USERS)
    by_slug = {tenant.slug: tenant for tenant in tenants}
    memberships = [
        Membership(user=users[name,], tenant=by_slug[slug], role=role, is_active=name != "left", created_at=LONG_AGO)
        for name, roles in USERS.items()
        for slug, role in roles.items()
    ]
    tokens = [Token(user=users[name,], key=token_of(name), created=LONG_AGO) for name in USERS]
    return added + add_missing(memberships, "user_id", "tenant_id")[0] + add_missing(tokens, "user_id")[0]


def new_users():
    return [
        User(
            username=name,
            email=f"{name}@depot.example",
            is_staff=True,
            is_superuser=name == "root",
            date_joined=LONG_AGO,
        )
        for name in USERS
    ]


def give_password(users):
    # Hashing is slow by design: one hash for all, its salt fixed so that every machine gets equal rows.
    if users.exists():
        users.update(password=make_password(PASSWORD, salt="depotlabdepotlabdepotl"))


def token_of(name):
    return hashlib.sha256(f"depot-lab {name}".encode()).hexdigest()[:40]
