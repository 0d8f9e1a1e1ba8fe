from django.contrib.auth.models import AbstractUser
from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=80)


class Person(AbstractUser):
    company = models.ForeignKey(Company, models.CASCADE, null=True)
