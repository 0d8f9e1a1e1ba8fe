from orders.models import OrderLine, PurchaseOrder
from tenants.tests.seeded import SeededTestCase


class TotalsTests(SeededTestCase):
    def test_the_sample_orders_add_up(self):
        for order in PurchaseOrder.objects.prefetch_related("lines"):
            self.assertEqual(sum(line.quantity * line.unit_price for line in order.lines.all()), order.total)

    def test_a_line_that_comes_changes_or_goes_changes_the_total(self):
        order = PurchaseOrder.objects.for_tenant(self.north).first()
        product = order.lines.first().product
        order.lines.all().delete()
        totals = []

        line = OrderLine.objects.create(order=order, product=product, position=1, quantity=2, unit_price=5)
        totals.append(self.total(order))
        line.quantity = 3
        line.save()
        totals.append(self.total(order))
        line.delete()
        totals.append(self.total(order))

        self.assertEqual([10, 15, 0], totals)

    def total(self, order):
        order.refresh_from_db()
        return order.total
