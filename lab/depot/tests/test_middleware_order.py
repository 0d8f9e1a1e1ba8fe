"""The order of the middleware, where another order would break or open something."""

from itertools import pairwise

from django.conf import settings
from django.test import SimpleTestCase

from tests.lessons import keeps

IN_ORDER = (
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.TenantMiddleware",
)


class MiddlewareOrderTests(SimpleTestCase):
    @keeps("order-the-middleware")
    def test_each_comes_after_what_it_needs(self):
        places = [settings.MIDDLEWARE.index(name) for name in IN_ORDER]

        for (first, name), (second, other) in pairwise(zip(places, IN_ORDER, strict=True)):
            self.assertLess(first, second, f"{other} needs {name} before it")

    @keeps("order-the-middleware")
    def test_each_is_there_once(self):
        self.assertEqual(len(settings.MIDDLEWARE), len(set(settings.MIDDLEWARE)))
