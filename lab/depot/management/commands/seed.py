from django.core.management.base import BaseCommand
from django.db import transaction

from depot import sample


class Command(BaseCommand):
    help = "Adds the sample rows that are missing: three tenants, their people, and what they buy."

    @transaction.atomic
    def handle(self, *args, **options):
        tenants = sample.people.add_tenants()
        added = sample.people.add_users(tenants)
        for tenant in tenants:
            added += sample.goods.add_goods(tenant)
        self.stdout.write(f"Added {added} rows." if added else "Nothing to add.")
