from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=40)
    weight = models.IntegerField(null=True, db_index=True)
