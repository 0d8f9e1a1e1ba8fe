from django.test import Client, TestCase, override_settings

from tests.lessons import keeps

ORIGIN = "https://app.example"


class CsrfTests(TestCase):
    def log_in(self, origin):
        client = Client(enforce_csrf_checks=True)
        token = client.get("/admin/login/").cookies["csrftoken"].value
        form = {"username": "nobody", "password": "wrong", "csrfmiddlewaretoken": token}
        return client.post("/admin/login/", form, headers={"Origin": origin})

    @override_settings(CSRF_TRUSTED_ORIGINS=[ORIGIN])
    def test_a_form_from_a_trusted_origin_is_read(self):
        self.assertEqual(200, self.log_in(ORIGIN).status_code)

    def test_a_form_from_elsewhere_is_refused_and_the_log_says_why(self):
        with self.assertLogs("django.security.csrf", "WARNING") as logs:
            response = self.log_in(ORIGIN)

        self.assertEqual(403, response.status_code)
        self.assertIn(f"Origin checking failed - {ORIGIN} does not match any trusted origins.", logs.output[0])


class CorsTests(TestCase):
    def ask(self, origin):
        wish = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        return self.client.options("/api/v1/suppliers/", headers=wish).headers

    @override_settings(CORS_ALLOWED_ORIGINS=[ORIGIN])
    def test_a_browser_on_an_allowed_origin_may_name_a_tenant(self):
        headers = self.ask(ORIGIN)

        self.assertEqual(ORIGIN, headers["Access-Control-Allow-Origin"])
        self.assertIn("x-tenant-id", headers["Access-Control-Allow-Headers"])

    @keeps("allow-no-origin-in-general")
    def test_a_browser_elsewhere_is_allowed_nothing(self):
        self.assertNotIn("Access-Control-Allow-Origin", self.ask("https://evil.example"))
