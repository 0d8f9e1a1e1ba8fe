import uuid

from django.db import models

from clinics.models import Clinic, Illness


class OwnQuerySet(models.QuerySet):
    def seen_by(self, user):
        return self.filter(**{self.model.way + "__in": Clinic.objects.filter(post__person=user)})


class Ward(models.Model):
    clinic = models.ForeignKey(Clinic, models.CASCADE)
    name = models.CharField(max_length=50)

    way = "clinic"
    objects = OwnQuerySet.as_manager()


class Patient(models.Model):
    clinic = models.ForeignKey(Clinic, models.CASCADE)
    ward = models.ForeignKey(Ward, models.SET_NULL, null=True)
    number = models.CharField(max_length=20)
    token = models.UUIDField(unique=True, default=uuid.uuid4)

    way = "clinic"
    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "number"], name="patient_number")]


class Visit(models.Model):
    patient = models.ForeignKey(Patient, models.CASCADE)
    illness = models.ForeignKey(Illness, models.PROTECT)
    position = models.IntegerField()

    way = "patient__clinic"
    objects = OwnQuerySet.as_manager()

    class Meta:
        unique_together = [("patient", "position")]
