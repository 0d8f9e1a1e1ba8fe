from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import reverse

from orders.models import OrderLine, PurchaseOrder
from products.models import Category, Product
from suppliers.models import Contact, Supplier
from tenants.models import Membership, Tenant
from tenants.roles import Role
from tenants.scope import within_tenants

from .seeded import SeededTestCase

OWNED = [model for model in admin.site._registry if hasattr(model, "tenant_path")]


def page(model, name, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=arguments)


class VisibleRowsTests(SeededTestCase):
    def rows(self, model):
        return self.client.get(page(model, "changelist")).context["cl"].queryset

    def test_staff_see_the_rows_of_their_tenant_and_all_of_them(self):
        self.log_in("north-owner")
        for model in (Supplier, Contact, Category, Product, PurchaseOrder):
            with self.subTest(model.__name__):
                self.assertQuerySetEqual(model.objects.for_tenant(self.north), self.rows(model), ordered=False)

    def test_a_superuser_sees_everything(self):
        self.log_in("root")
        for model in OWNED:
            with self.subTest(model.__name__):
                self.assertEqual(model._default_manager.count(), self.rows(model).count())

    def test_a_row_of_another_tenant_cannot_be_opened_or_deleted(self):
        self.log_in("north-owner")
        for model in (Supplier, Contact, Category, Product, PurchaseOrder):
            foreign = model.objects.for_tenant(self.south).first()
            for name in ("change", "delete", "history"):
                with self.subTest(model.__name__, page=name):
                    response = self.client.get(page(model, name, foreign.pk))

                    # Django's answer to a row outside the queryset: back to the index.
                    self.assertRedirects(response, reverse("admin:index"), fetch_redirect_response=False)

    def test_whose_membership_has_ended_sees_nothing(self):
        self.log_in("left")

        self.assertEqual(403, self.client.get(page(Supplier, "changelist")).status_code)

    def test_the_sidebar_names_no_row_of_another_tenant(self):
        self.log_in("north-owner")

        text = self.client.get(page(Product, "changelist")).content.decode()

        self.assertIn("Alder Farm North", text)
        self.assertNotIn("Alder Farm South", text)


class ChoicesTests(SeededTestCase):
    def fields(self, response):
        form = response.context["adminform"].form
        inlines = [inline.formset.empty_form for inline in response.context["inline_admin_formsets"]]
        fields = [field for each in (form, *inlines) for field in each.fields.values()]
        return [field for field in fields if hasattr(field, "queryset") and not field.widget.is_hidden]

    def test_every_choice_on_every_page_is_one_of_the_users_tenants(self):
        self.log_in("north-owner")
        north = Tenant.objects.filter(slug="north")
        for model in (Supplier, Contact, Category, Product, PurchaseOrder):
            row = model.objects.for_tenant(self.north).first()
            for url in (page(model, "add"), page(model, "change", row.pk)):
                for field in self.fields(self.client.get(url)):
                    with self.subTest(url, field=field.label):
                        own = within_tenants(field.queryset.model._default_manager.all(), north)

                        self.assertQuerySetEqual(own, field.queryset, ordered=False)

    def test_the_tenant_of_a_new_row_is_already_chosen(self):
        self.log_in("north-owner")

        form = self.client.get(page(Category, "add")).context["adminform"].form

        self.assertEqual(self.north.pk, form.get_initial_for_field(form.fields["tenant"], "tenant"))

    def test_a_superuser_may_choose_from_all(self):
        self.log_in("root")

        form = self.client.get(page(Product, "add")).context["adminform"].form

        self.assertEqual(60, form.fields["supplier"].queryset.count())


class WriteTests(SeededTestCase):
    def test_a_row_cannot_be_made_for_another_tenant(self):
        self.log_in("north-owner")

        response = self.client.post(page(Category, "add"), {"tenant": self.south.pk, "name": "Smuggled"})

        self.assertIn("tenant", response.context["adminform"].errors)
        self.assertFalse(Category.objects.filter(name="Smuggled").exists())

    def test_a_row_cannot_be_moved_to_another_tenant(self):
        self.log_in("north-owner")
        category = Category.objects.for_tenant(self.north).first()

        self.client.post(page(Category, "change", category.pk), {"tenant": self.south.pk, "name": "Moved"})

        category.refresh_from_db()
        self.assertEqual(("Moved", self.north), (category.name, category.tenant))

    def test_a_form_that_offers_too_much_still_cannot_save(self):
        request = RequestFactory().post("/")
        request.user = User.objects.get(username="north-owner")
        foreign = Category(tenant=self.south, name="Smuggled")

        with self.assertRaises(PermissionDenied):
            admin.site._registry[Category].save_model(request, foreign, form=None, change=False)

    def test_a_line_cannot_name_a_product_of_another_tenant(self):
        """Not even by somebody who may write in both."""
        user = User.objects.get(username="two-depots")
        user.memberships.update(role=Role.OWNER)
        self.client.force_login(user)
        supplier = Supplier.objects.for_tenant(self.north).first()
        foreign = Product.objects.for_tenant(self.south).first()
        order = {
            "tenant": self.north.pk, "supplier": supplier.pk, "number": "X-1", "status": "draft",
            "ordered_on": "2025-02-03", "total": "0", "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0,
            "lines-0-product": foreign.pk, "lines-0-position": 1, "lines-0-quantity": 1, "lines-0-unit_price": 1,
        }  # fmt: skip

        response = self.client.post(page(PurchaseOrder, "add"), order)

        self.assertContains(response, "This belongs to another tenant.")
        self.assertFalse(OrderLine.objects.filter(order__number="X-1").exists())

    def test_an_order_and_its_lines_are_saved_together(self):
        self.log_in("north-staff")
        product = Product.objects.for_tenant(self.north).first()
        order = {
            "tenant": self.north.pk, "supplier": product.supplier_id, "number": "X-1", "status": "draft",
            "ordered_on": "2025-02-03", "total": "0", "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0,
            "lines-0-product": product.pk, "lines-0-position": 1, "lines-0-quantity": 1, "lines-0-unit_price": 1,
        }  # fmt: skip

        response = self.client.post(page(PurchaseOrder, "add"), order)

        self.assertRedirects(response, page(PurchaseOrder, "changelist"))
        self.assertEqual(product, OrderLine.objects.get(order__number="X-1").product)


class PermissionTests(SeededTestCase):
    def test_the_role_limits_what_staff_may_do(self):
        row = Category.objects.for_tenant(self.north).first()
        expected = {
            "north-reader": (403, 200, 403),
            "north-staff": (200, 200, 403),
            "north-owner": (200, 200, 200),
        }
        for username, statuses in expected.items():
            with self.subTest(username):
                self.log_in(username)
                urls = (
                    page(Category, "add"),
                    page(Category, "change", row.pk),
                    page(Category, "delete", row.pk),
                )

                self.assertEqual(statuses, tuple(self.client.get(url).status_code for url in urls))

    def test_a_reader_cannot_save(self):
        self.log_in("north-reader")
        row = Category.objects.for_tenant(self.north).first()

        response = self.client.post(page(Category, "change", row.pk), {"name": "Changed"})

        self.assertEqual(403, response.status_code)

    def test_each_of_djangos_permissions_is_needed_as_well(self):
        group = Group.objects.get(name="Depot staff")
        pages = {
            "view": page(Category, "changelist"),
            "add": page(Category, "add"),
            "delete": page(Category, "delete", Category.objects.for_tenant(self.north).first().pk),
        }
        self.log_in("north-owner")
        for action, url in pages.items():
            with self.subTest(action):
                needed = group.permissions.filter(codename__in=[f"{action}_category", "change_category"])
                missing = list(needed if action == "view" else needed.filter(codename__startswith=action))
                group.permissions.remove(*missing)

                self.assertEqual(403, self.client.get(url).status_code)

                group.permissions.add(*missing)
                self.assertEqual(200, self.client.get(url).status_code)

    def test_each_tenant_is_judged_by_the_role_held_there(self):
        self.log_in("two-depots")
        for tenant, expected in ((self.north, 403), (self.south, 200)):
            row = Category.objects.for_tenant(tenant).first()
            with self.subTest(tenant.slug):
                self.assertEqual(expected, self.client.get(page(Category, "delete", row.pk)).status_code)

    def test_many_rows_at_once_are_deleted_only_with_the_role_for_each(self):
        Membership.objects.filter(user__username="two-depots", tenant=self.north).update(role=Role.USER)
        self.log_in("two-depots")
        row = Category.objects.create(tenant=self.north, name="Unused")
        wish = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}

        self.client.post(page(Category, "changelist"), wish)

        self.assertTrue(Category.objects.filter(pk=row.pk).exists())
