from datetime import date

from orders.models import PurchaseOrder
from suppliers.models import Supplier
from tenants.tests.seeded import SeededTestCase
from tests.lessons import keeps


class HistoryTests(SeededTestCase):
    @keeps("give-every-row-its-tenant")
    def test_each_change_of_status_is_kept_once_with_its_tenant(self):
        supplier = Supplier.objects.for_tenant(self.south).first()
        order = PurchaseOrder.objects.create(
            tenant=self.south, supplier=supplier, number="X-1", ordered_on=date(2025, 2, 3)
        )
        order.note = "Nothing about the status."
        order.save()
        order.status = PurchaseOrder.Status.SENT
        order.save()

        kept = list(order.history.values_list("status", "tenant__slug"))

        self.assertEqual([("draft", "south"), ("sent", "south")], kept)
