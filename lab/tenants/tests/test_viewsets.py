from django.urls import reverse
from rest_framework.authtoken.models import Token

from depot.urls import router
from suppliers.models import Contact, Supplier
from tenants.owned import TenantOwned
from tests.lessons import keeps

from .seeded import SeededTestCase


class TenantAwareViewSetTests(SeededTestCase):
    def identity(self, username):
        return {"Authorization": f"Token {Token.objects.get(user__username=username).key}"}

    def send(self, method, path, content, username="north-staff"):
        call = getattr(self.client, method)
        return call(path, content, content_type="application/json", headers=self.identity(username))

    def test_lists_and_rows_are_those_of_the_tenant(self):
        for prefix, viewset, basename in router.registry:
            model = viewset.queryset.model
            if not issubclass(model, TenantOwned):
                continue
            with self.subTest(prefix):
                foreign = model.objects.for_tenant(self.south).first()
                url = reverse(f"{basename}-detail", args=[foreign.pk])

                listed = self.client.get(reverse(f"{basename}-list"), headers=self.identity("north-staff"))

                self.assertEqual(model.objects.for_tenant(self.north).count(), listed.json()["count"])
                self.assertEqual(404, self.client.get(url, headers=self.identity("north-staff")).status_code)
                self.assertEqual(404, self.send("patch", url, {}).status_code)
                self.assertEqual(404, self.send("delete", url, {}, "north-owner").status_code)

    @keeps("take-the-tenant-from-the-request")
    def test_a_new_row_gets_the_tenant_whatever_the_client_writes(self):
        wish = {"code": "X-1", "name": "New", "tenant": str(self.south.pk)}

        response = self.send("post", "/api/v1/suppliers/", wish)

        self.assertEqual(201, response.status_code, response.content)
        self.assertEqual(self.north, Supplier.objects.get(code="X-1").tenant)

    def test_a_row_cannot_be_moved(self):
        supplier = Supplier.objects.for_tenant(self.north).first()

        self.send("patch", f"/api/v1/suppliers/{supplier.pk}/", {"tenant": str(self.south.pk)})

        supplier.refresh_from_db()
        self.assertEqual(self.north, supplier.tenant)

    def test_a_row_cannot_point_into_another_tenant(self):
        foreign = Supplier.objects.for_tenant(self.south).first()
        own = Contact.objects.for_tenant(self.north).first()

        created = self.send("post", "/api/v1/contacts/", {"supplier": foreign.pk, "name": "Spy"})
        moved = self.send("patch", f"/api/v1/contacts/{own.pk}/", {"supplier": foreign.pk})

        self.assertEqual((400, 400), (created.status_code, moved.status_code))
        self.assertIn("does not exist", created.json()["supplier"][0])

    def test_a_child_needs_no_tenant_of_its_own(self):
        supplier = Supplier.objects.for_tenant(self.north).first()

        response = self.send("post", "/api/v1/contacts/", {"supplier": supplier.pk, "name": "New"})

        self.assertEqual(201, response.status_code, response.content)

    def test_a_number_is_unique_in_its_tenant_only(self):
        foreign = Supplier.objects.for_tenant(self.south).first()
        own = Supplier.objects.for_tenant(self.north).first()

        first = self.send("post", "/api/v1/suppliers/", {"code": foreign.code, "name": "Same code elsewhere"})
        second = self.send("post", "/api/v1/suppliers/", {"code": own.code, "name": "Same code here"})

        self.assertEqual((201, 400), (first.status_code, second.status_code), second.content)

    def test_a_row_that_others_need_is_kept_and_the_answer_says_why(self):
        supplier = Supplier.objects.for_tenant(self.north).first()

        response = self.send("delete", f"/api/v1/suppliers/{supplier.pk}/", {}, "north-owner")

        self.assertEqual(409, response.status_code)
        self.assertEqual({"detail": "Still needed by products, purchase orders."}, response.json())

    def test_the_role_limits_what_a_member_may_do(self):
        contact = Contact.objects.for_tenant(self.north).first()
        url = f"/api/v1/contacts/{contact.pk}/"

        self.assertEqual(403, self.send("patch", url, {"name": "A"}, "north-reader").status_code)
        self.assertEqual(200, self.send("patch", url, {"name": "A"}, "north-staff").status_code)
        self.assertEqual(403, self.send("delete", url, {}, "north-staff").status_code)
        self.assertEqual(204, self.send("delete", url, {}, "north-owner").status_code)
