from contextlib import contextmanager

from django.contrib import admin
from django.core.checks import run_checks
from django.test import SimpleTestCase

from suppliers.models import Contact, Supplier


class PlainInline(admin.TabularInline):
    model = Contact


class PlainAdmin(admin.ModelAdmin):
    inlines = [PlainInline]
    list_filter = ["tenant", "country"]


@contextmanager
def registered(model, admin_class):
    proper = admin.site._registry[model]
    admin.site._registry[model] = admin_class(model, admin.site)
    try:
        yield
    finally:
        admin.site._registry[model] = proper


class AdminIsFilteredTests(SimpleTestCase):
    def found(self):
        return [(error.id, error.obj) for error in run_checks(tags=["tenants"])]

    def test_E001_E002_E003_a_plain_admin_its_inline_and_its_filter(self):  # noqa: N802
        with registered(Supplier, PlainAdmin):
            found = self.found()

        expected = [("tenants.E001", PlainAdmin), ("tenants.E002", PlainInline), ("tenants.E003", PlainAdmin)]
        self.assertEqual(expected, found)

    def test_nothing_is_found_in_the_depot(self):
        self.assertEqual([], self.found())
