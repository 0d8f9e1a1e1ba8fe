from itertools import pairwise

from django.contrib.auth.models import User

from tenants.choice import choose_membership
from tenants.models import Membership
from tenants.roles import PRIORITY, Role
from tests.lessons import keeps

from .seeded import SeededTestCase


class RolePriorityTests(SeededTestCase):
    def test_every_role_has_its_place(self):
        self.assertCountEqual(Role, PRIORITY)

    @keeps("rank-roles-by-what-they-may")
    def test_the_most_privileged_membership_comes_first(self):
        user = User.objects.get(username="nobody-yet")
        for first, second in pairwise(PRIORITY):
            with self.subTest(f"{first} before {second}"):
                user.memberships.all().delete()
                Membership.objects.create(user=user, tenant=self.harbour, role=second)
                Membership.objects.create(user=user, tenant=self.south, role=first)

                self.assertEqual(first, choose_membership(user, None).role)

    def test_equal_roles_are_ordered_by_the_tenants_slug(self):
        user = User.objects.get(username="nobody-yet")
        for tenant in (self.south, self.harbour, self.north):
            Membership.objects.create(user=user, tenant=tenant, role=Role.USER)

        self.assertEqual(self.harbour, choose_membership(user, None).tenant)

    def test_what_has_ended_counts_no_more(self):
        self.assertIsNone(choose_membership(User.objects.get(username="left"), None))
        self.north.is_active = False
        self.north.save()
        self.assertIsNone(choose_membership(User.objects.get(username="north-owner"), None))
