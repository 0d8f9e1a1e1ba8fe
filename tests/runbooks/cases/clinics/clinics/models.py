from django.contrib.auth.models import AbstractUser
from django.db import models


class Clinic(models.Model):
    name = models.CharField(max_length=50, unique=True)


class Person(AbstractUser):
    clinics = models.ManyToManyField(Clinic, through="Post")


class Post(models.Model):
    person = models.ForeignKey(Person, models.CASCADE)
    clinic = models.ForeignKey(Clinic, models.CASCADE)

    tenant_isolation_exempt = {"manager": "A post says which clinics somebody sees; nobody lists posts."}


class Illness(models.Model):
    code = models.CharField(max_length=10, unique=True)

    tenant_isolation_exempt = "The catalogue of illnesses is the same for all clinics."
