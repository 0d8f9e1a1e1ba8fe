"""What every route of the API must be like, whatever it shows."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.authtoken.models import Token

from depot.urls import router
from tenants.tests.seeded import SeededTestCase
from tenants.viewsets import TenantAwareViewSet
from tests.lessons import keeps

ENOUGH_QUERIES = 10
SHOWN_NOWHERE = {"created_at"}


def subclasses(kind):
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


class RouteTests(SeededTestCase):
    @keeps("route-every-view")
    def test_every_view_can_be_reached(self):
        routed = {viewset for _, viewset, _ in router.registry}
        written = {each for each in subclasses(TenantAwareViewSet) if each.__module__.endswith(".api")}

        self.assertTrue(written)
        self.assertEqual(set(), written - routed)

    @keeps("compare-what-must-agree")
    def test_every_field_of_a_model_is_in_its_serializer(self):
        for prefix, viewset, _ in router.registry:
            if issubclass(viewset, TenantAwareViewSet):
                with self.subTest(prefix):
                    serializer = viewset.serializer_class.Meta
                    fields = {field.name for field in serializer.model._meta.concrete_fields} - SHOWN_NOWHERE

                    self.assertEqual(set(), fields - set(serializer.fields))

    @keeps("count-the-queries")
    def test_a_list_asks_the_database_a_fixed_number_of_times(self):
        headers = {"Authorization": f"Token {Token.objects.get(user__username='north-staff').key}"}
        for prefix, _, basename in router.registry:
            with self.subTest(prefix), CaptureQueriesContext(connection) as asked:
                rows = self.client.get(reverse(f"{basename}-list"), headers=headers).json()["results"]

                self.assertTrue(rows)
                self.assertLess(len(asked), ENOUGH_QUERIES, f"{len(asked)} queries for {len(rows)} rows")
