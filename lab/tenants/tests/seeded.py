from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase

from tenants.models import Tenant


class SeededTestCase(TestCase):
    """A test that starts with the sample rows."""

    @classmethod
    def setUpTestData(cls):
        call_command("seed", stdout=StringIO())
        cls.north, cls.south, cls.harbour = (Tenant.objects.get(slug=slug) for slug in ("north", "south", "harbour"))

    def log_in(self, username):
        self.client.force_login(User.objects.get(username=username))
