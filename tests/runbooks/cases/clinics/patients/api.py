from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from .models import Patient, Visit, Ward


class PatientSerializer(ModelSerializer):
    class Meta:
        model = Patient
        fields = ["id", "ward", "number"]

    def get_fields(self):
        fields = super().get_fields()
        fields["ward"].queryset = Ward.objects.seen_by(self.context["request"].user)
        return fields


class VisitSerializer(ModelSerializer):
    class Meta:
        model = Visit
        fields = ["id", "illness", "position"]


class OwnViewSet(ModelViewSet):
    def get_queryset(self):
        return super().get_queryset().seen_by(self.request.user)

    def perform_create(self, serializer):
        serializer.save(**self.request.whose)


class PatientViewSet(OwnViewSet):
    queryset = Patient.objects.all()
    serializer_class = PatientSerializer


class VisitViewSet(OwnViewSet):
    queryset = Visit.objects.all()
    serializer_class = VisitSerializer
