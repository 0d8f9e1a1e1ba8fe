import importlib.util

from django.contrib import admin
from django.urls import include, path

from patients import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("patients/", views.PatientList.as_view()),
    path("patients/<int:pk>/", views.PatientDetail.as_view()),
    path("about/", views.about),
]

if importlib.util.find_spec("rest_framework"):
    from rest_framework.routers import SimpleRouter

    from patients import api

    router = SimpleRouter()
    router.register("patients", api.PatientViewSet)
    router.register("visits", api.VisitViewSet)
    urlpatterns.append(path("api/", include(router.urls)))
