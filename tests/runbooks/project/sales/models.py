from django.db import models


class Sale(models.Model):
    item = models.ForeignKey("stock.Item", models.CASCADE)
    quantity = models.IntegerField(default=1)
