from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase


class HealthTests(TestCase):
    def test_a_server_that_reaches_its_database_is_healthy(self):
        response = self.client.get("/api/v1/health/")

        self.assertEqual(200, response.status_code)
        self.assertEqual({"status": "ok", "database": "ok"}, response.json())

    def test_a_probe_may_ask_for_the_head_only_and_names_no_tenant(self):
        self.assertEqual(200, self.client.head("/api/v1/health/").status_code)
        self.assertEqual(200, self.client.get("/api/v1/health/", headers={"X-Tenant-ID": "x"}).status_code)

    def test_a_probe_over_http_is_not_sent_to_https(self):
        with self.settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[r"^api/v1/(health|ready)/$"]):
            self.assertEqual(200, self.client.get("/api/v1/health/").status_code)


class ReadyTests(TestCase):
    def unapply(self, app, name):
        MigrationRecorder(connection).record_unapplied(app, name)

    def test_a_server_whose_migrations_are_all_applied_is_ready(self):
        response = self.client.get("/api/v1/ready/")

        self.assertEqual(200, response.status_code)

    def test_a_migration_that_is_missing_makes_it_not_ready(self):
        self.unapply("orders", "0014_quantity_positive_validate")

        with self.assertLogs("depot.health", "WARNING") as logs:
            response = self.client.get("/api/v1/ready/")

        self.assertEqual(503, response.status_code)
        self.assertEqual({"status": "not ready", "unapplied_migrations": 1}, response.json())
        self.assertIn("orders.0014_quantity_positive_validate", logs.output[0])

    def test_a_history_that_contradicts_the_files_makes_it_not_ready(self):
        self.unapply("orders", "0001_initial")

        with self.assertLogs("depot.health", "ERROR") as logs:
            response = self.client.get("/api/v1/ready/")

        self.assertEqual((503, {"status": "unavailable"}), (response.status_code, response.json()))
        self.assertIn("is applied before its dependency", logs.output[0])
