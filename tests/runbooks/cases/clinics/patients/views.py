from django.http import HttpResponse
from django.views.generic import DetailView, ListView

from .models import Patient


class Own:
    model = Patient

    def get_queryset(self):
        return super().get_queryset().seen_by(self.request.user)


class PatientList(Own, ListView):
    pass


class PatientDetail(Own, DetailView):
    pass


def about(request):
    return HttpResponse("We run clinics.")
