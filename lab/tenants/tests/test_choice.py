from uuid import uuid4

from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.authtoken.models import Token

from depot.urls import router
from tests.lessons import keeps

from .seeded import SeededTestCase


class ChoiceTests(SeededTestCase):
    """A foreign tenant is refused, whichever way the user is known."""

    def by_session(self, username):
        self.log_in(username)
        return {}

    def by_token(self, username):
        return {"Authorization": f"Token {Token.objects.get(user__username=username).key}"}

    def ask(self, path, identity, tenant=None):
        named = {} if tenant is None else {"X-Tenant-ID": str(tenant)}
        return self.client.get(path, headers=identity | named)

    @keeps("ask-where-the-user-is-known")
    def test_every_route_refuses_a_foreign_tenant(self):
        for prefix, _, basename in router.registry:
            for way in (self.by_session, self.by_token):
                with self.subTest(prefix, way=way.__name__):
                    self.client.logout()
                    path, identity = reverse(f"{basename}-list"), way("north-owner")

                    self.assertEqual(200, self.ask(path, identity, self.north.pk).status_code)
                    self.assertEqual(403, self.ask(path, identity, self.south.pk).status_code)
                    self.assertEqual(403, self.ask(path, identity, uuid4()).status_code)
                    self.assertEqual(403, self.ask(path, identity, "north").status_code)

    @keeps("ask-for-a-login-by-default")
    def test_who_is_not_known_or_belongs_nowhere_gets_nothing(self):
        path = "/api/v1/suppliers/"

        self.assertEqual(403, self.ask(path, {}).status_code)
        for username in ("nobody-yet", "left"):
            self.assertEqual(403, self.ask(path, self.by_token(username)).status_code)
            self.assertEqual(403, self.ask(path, self.by_token(username), self.north.pk).status_code)

    def test_without_a_wish_the_most_privileged_tenant_is_taken(self):
        rows = self.ask("/api/v1/suppliers/", self.by_token("two-depots")).json()["results"]

        self.assertEqual({str(self.south.pk)}, {row["tenant"] for row in rows})

    def test_a_superuser_may_name_any_active_tenant(self):
        identity = self.by_token("root")

        self.assertEqual(200, self.ask("/api/v1/suppliers/", identity, self.south.pk).status_code)
        self.assertEqual(403, self.ask("/api/v1/suppliers/", identity).status_code)
        self.assertEqual(403, self.ask("/api/v1/suppliers/", identity, uuid4()).status_code)

    def test_the_admin_refuses_a_foreign_tenant_too(self):
        self.by_session("north-owner")

        self.assertEqual(403, self.ask("/admin/", {}, self.south.pk).status_code)
        self.assertEqual(200, self.ask("/admin/", {}, self.north.pk).status_code)

    def test_a_password_gets_the_token_that_opens_the_api(self):
        wish = {"username": "north-staff", "password": "depot-lab"}

        token = self.client.post("/api/v1/token/", wish).json()["token"]

        self.assertEqual(User.objects.get(username="north-staff").auth_token.key, token)
