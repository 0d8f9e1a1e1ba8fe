import json
from io import StringIO

from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from products.models import Product
from suppliers.models import Supplier

APPS = ("auth", "authtoken", "tenants", "suppliers", "products", "orders")


def seed():
    out = StringIO()
    call_command("seed", stdout=out)
    return out.getvalue()


def rows():
    models = [model for label in APPS for model in apps.get_app_config(label).get_models() if model._meta.managed]
    return {
        model._meta.label: serializers.serialize("json", model.objects.order_by("pk"))
        for model in models
        if not model._meta.proxy
    }


class SeedTests(TestCase):
    def test_a_second_run_changes_nothing(self):
        first, before = seed(), rows()

        second = seed()

        self.assertRegex(first, r"^Added \d+ rows\.$")
        self.assertEqual("Nothing to add.\n", second)
        self.assertEqual(before, rows())

    def test_about_two_thousand_rows_in_three_tenants(self):
        seed()
        total = sum(len(json.loads(text)) for label, text in rows().items() if not label.startswith("auth"))

        self.assertTrue(1900 < total < 2500, total)
        self.assertEqual(3, Supplier.objects.values("tenant").distinct().count())

    def test_a_row_that_someone_deleted_comes_back_and_a_change_stays(self):
        seed()
        supplier = Supplier.objects.filter(products=None, orders=None).first() or Supplier.objects.first()
        supplier.contacts.all().delete()
        Product.objects.update(price=1)

        self.assertEqual("Added 2 rows.\n", seed())
        self.assertFalse(Product.objects.exclude(price=1).exists())

    def test_there_are_gaps_and_duplicates_for_faults_to_find(self):
        seed()

        self.assertTrue(Product.objects.filter(lead_time_days=None).exists())
        self.assertTrue(Supplier.objects.filter(notes=None).exists())
        numbers = Supplier.objects.exclude(tax_number=None).values_list("tax_number", flat=True)
        self.assertLess(len(set(numbers)), len(numbers))

    def test_few_queries_are_enough(self):
        with CaptureQueriesContext(connection) as queries:
            seed()

        self.assertLess(len(queries), 100)
