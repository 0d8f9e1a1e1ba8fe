"""What each tenant buys, from whom, and when."""

from datetime import timedelta
from decimal import Decimal

from orders.models import OrderHistory, OrderLine, PurchaseOrder
from products.models import Category, Product
from suppliers.models import Contact, Supplier

from .missing import LONG_AGO, add_missing

SUPPLIERS, PRODUCTS, ORDERS, LINES = 20, 80, 100, 3
CATEGORIES = ("Dairy", "Fish", "Flour", "Fruit", "Packaging", "Spices")
PLACES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple", "Oak")
TRADES = ("Farm", "Mill")
STATES = PurchaseOrder.Status


def add_goods(tenant):
    """Adds one tenant's suppliers, products and orders, and gives the number of new rows."""
    in_suppliers, suppliers = add_missing(list(new_suppliers(tenant)), "tenant_id", "code")
    in_categories, categories = add_missing(
        [Category(tenant=tenant, name=name) for name in CATEGORIES], "tenant_id", "name"
    )
    in_contacts, _ = add_missing(list(new_contacts(own(suppliers, tenant))), "supplier_id", "name")
    in_products, products = add_missing(
        list(new_products(tenant, own(suppliers, tenant), own(categories, tenant))), "tenant_id", "sku"
    )
    in_orders, orders = add_missing(
        list(new_orders(tenant, own(suppliers, tenant), own(products, tenant))), "tenant_id", "number"
    )
    in_lines, _ = add_missing(list(new_lines(own(orders, tenant), own(products, tenant))), "order_id", "position")
    in_history, _ = add_missing(list(new_history(own(orders, tenant))), "order_id", "status")
    return in_suppliers + in_categories + in_contacts + in_products + in_orders + in_lines + in_history


def own(rows, tenant):
    return [row for row in sorted(rows.values(), key=lambda row: row.pk) if row.tenant_id == tenant.pk]


def new_suppliers(tenant):
    for number in range(SUPPLIERS):
        place, trade = PLACES[number % len(PLACES)], TRADES[number // len(PLACES)]
        yield Supplier(
            tenant=tenant,
            code=f"{tenant.slug[0].upper()}-{number + 1:03}",
            name=f"{place} {trade} {tenant.slug.title()}",
            email=f"office@{place}-{trade}.example".lower(),
            phone=f"+49 30 55{number:04}",
            country=("DE", "NL", "PL", "")[number % 4],
            payment_days=(14, 30, 45, 60)[number % 4],
            tax_number=f"{tenant.slug[:2].upper()}{10000 + number // 2}" if number % 3 else None,
            notes=f"Delivers on {'Tuesday' if number % 2 else 'Friday'}." if number % 4 == 0 else None,
            is_active=number % 10 != 9,
            created_at=LONG_AGO + timedelta(days=number),
        )


def new_contacts(suppliers):
    for number, supplier in enumerate(suppliers):
        for name, primary in (("Sales", True), ("Accounts", False)):
            yield Contact(
                supplier=supplier,
                name=f"{name} at {supplier.name}",
                email=f"{name}.{supplier.code}@supplier.example".lower(),
                phone=supplier.phone if number % 2 else None,
                is_primary=primary,
            )


def new_products(tenant, suppliers, categories):
    for number in range(PRODUCTS):
        category = categories[number % len(categories)]
        yield Product(
            tenant=tenant,
            supplier=suppliers[number % len(suppliers)],
            category=None if number % 20 == 19 else category,
            sku=f"{tenant.slug[0].upper()}{number + 1:04}",
            name=f"{category.name} {PLACES[number % len(PLACES)]} {number + 1}",
            price=Decimal(150 + number * 35) / 100,
            weight_grams=250 * (number % 8 + 1) if number % 5 else None,
            lead_time_days=number % 21 + 1 if number % 4 else None,
            description=f"{category.name}, sold by the piece." if number % 3 == 0 else None,
            is_active=number % 16 != 15,
            created_at=LONG_AGO + timedelta(days=number),
        )


def new_orders(tenant, suppliers, products):
    for number in range(ORDERS):
        day = LONG_AGO + timedelta(days=3 * number)
        lines = lines_of(number, products)
        yield PurchaseOrder(
            tenant=tenant,
            supplier=suppliers[number % len(suppliers)],
            number=f"{tenant.slug[0].upper()}-2025-{number + 1:04}",
            status=history_of(number)[-1],
            ordered_on=day.date(),
            expected_on=(day + timedelta(days=10)).date() if number % 6 else None,
            total=sum(quantity * product.price for product, quantity in lines),
            note="Please call before delivery." if number % 7 == 0 else None,
            created_at=day,
        )


def new_lines(orders, products):
    for number, order in enumerate(orders):
        for position, (product, quantity) in enumerate(lines_of(number, products), start=1):
            yield OrderLine(
                order=order, product=product, position=position, quantity=quantity, unit_price=product.price
            )


def new_history(orders):
    for number, order in enumerate(orders):
        for step, status in enumerate(history_of(number)):
            yield OrderHistory(
                tenant_id=order.tenant_id,
                order=order,
                status=status,
                changed_at=order.created_at + timedelta(days=step),
            )


def lines_of(number, products):
    picked = (products[(number * 7 + line * 11) % len(products)] for line in range(LINES))
    return [(product, number % 9 + line + 1) for line, product in enumerate(picked)]


def history_of(number):
    course = (STATES.DRAFT, STATES.SENT, STATES.RECEIVED if number % 8 else STATES.CANCELLED)
    return course[: number % 3 + 1]
