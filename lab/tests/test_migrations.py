from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.test import TransactionTestCase

from suppliers.models import Supplier
from tests.catalogue import read_schema
from tests.lessons import keeps

APPS = ("orders", "products", "suppliers", "tenants")


def migrate(*target):
    call_command("migrate", *target, verbosity=0)


def step(app, name):
    """Does what `migrate app name` does, without the signals that take most of its time."""
    MigrationExecutor(connection).migrate([(app, name)])


def seed():
    call_command("seed", stdout=StringIO())


def tables():
    return {table for table in connection.introspection.table_names() if table.split("_")[0] in APPS}


class MigrationTests(TransactionTestCase):
    def tearDown(self):
        migrate()

    @keeps("commit-the-migration")
    def test_models_and_migrations_agree(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    def test_each_business_app_has_a_history(self):
        names = MigrationLoader(None).disk_migrations
        for app in APPS:
            self.assertGreaterEqual(sum(key[0] == app for key in names), 8, app)

    def test_back_to_nothing_and_up_again_gives_the_same_schema(self):
        before = read_schema()
        self.assertEqual([], before["invalid indexes"])

        self.to_nothing()
        migrate()

        self.assertEqual(before, read_schema())

    def test_with_rows_the_way_back_is_open_too(self):
        before = read_schema()
        seed()

        self.to_nothing()
        migrate()
        seed()

        self.assertEqual(before, read_schema())
        self.assertEqual(60, Supplier.objects.count())

    def to_nothing(self):
        for app in APPS:
            step(app, None)
        self.assertEqual(set(), tables())

    # --8<-- [start:every-step]
    @keeps("keep-a-way-back")
    def test_every_single_step_back_and_forth_keeps_the_schema(self):
        seed()
        for app, name, before in self.steps_back():
            schema = read_schema(validity=False)
            with self.subTest(f"{app}.{name}"):
                step(app, before)
                step(app, name)

                self.assertEqual(schema, read_schema(validity=False))
            step(app, before)

    def steps_back(self):
        nodes = MigrationLoader(None).disk_migrations
        for app in APPS:
            names = sorted((name for label, name in nodes if label == app), reverse=True)
            for name, before in zip(names, [*names[1:], None], strict=True):
                yield app, name, before

    # --8<-- [end:every-step]


class RowsThroughMigrationsTests(TransactionTestCase):
    def tearDown(self):
        migrate()

    def ask(self, query):
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def test_payment_terms_become_days_and_days_become_terms_again(self):
        seed()
        days = self.ask("SELECT id, payment_days FROM suppliers_supplier ORDER BY id")

        migrate("suppliers", "0007")
        terms = self.ask("SELECT id, payment_terms FROM suppliers_supplier ORDER BY id")
        migrate("suppliers")

        self.assertEqual([(key, f"{number} days") for key, number in days], terms)
        self.assertEqual(days, self.ask("SELECT id, payment_days FROM suppliers_supplier ORDER BY id"))

    def test_code_that_does_not_know_the_days_can_still_insert(self):
        seed()
        migrate("suppliers", "0011")

        self.ask("""
            INSERT INTO suppliers_supplier (tenant_id, code, name, email, phone, payment_terms, created_at)
            SELECT id, 'OLD', 'Old code', '', '', '14 days', now() FROM tenants_tenant LIMIT 1 RETURNING id
        """)

        self.assertEqual([(30,)], self.ask("SELECT payment_days FROM suppliers_supplier WHERE code = 'OLD'"))

    def test_products_and_orders_find_their_tenant_again(self):
        seed()
        for table, app, before in (
            ("products_product", "products", "0004"),
            ("products_category", "products", "0004"),
            ("orders_purchaseorder", "orders", "0007"),
            ("orders_orderhistory", "orders", "0007"),
        ):
            with self.subTest(table):
                query = f"SELECT id, tenant_id FROM {table} ORDER BY id"
                expected = self.ask(query)

                migrate(app, before)
                migrate(app)

                self.assertEqual(expected, self.ask(query))
