from django.db.models import ProtectedError
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler


def answer(exception, context):
    """Answers 409 where other rows still need the one to be deleted; the rest is the framework's."""
    if isinstance(exception, ProtectedError):
        needed_by = sorted({str(row._meta.verbose_name_plural) for row in exception.protected_objects})
        detail = f"Still needed by {', '.join(needed_by)}."
        return Response({"detail": detail}, status=status.HTTP_409_CONFLICT)
    return exception_handler(exception, context)
