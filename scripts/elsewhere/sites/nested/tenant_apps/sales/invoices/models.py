from django.db import models

from tenant_apps.accounts.models import Company


class Customer(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)
    name = models.CharField(max_length=80)


class Invoice(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)
    customer = models.ForeignKey(Customer, models.PROTECT)
    number = models.CharField(max_length=20, unique=True)
