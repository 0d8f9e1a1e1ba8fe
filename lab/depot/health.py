"""Tells a probe whether this server can work: 200 when it can, 503 when it cannot."""

import logging

from django.db import Error, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenants.middleware import tenant_exempt

logger = logging.getLogger(__name__)


# --8<-- [start:health]
@tenant_exempt
@never_cache
@require_safe
def health(request):
    """Answers 503 while the database is out of reach; why, only the log says."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        logger.exception("Health check: the database is out of reach")
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


# --8<-- [end:health]


# --8<-- [start:ready]
@tenant_exempt
@never_cache
@require_safe
def ready(request):
    """Answers 503 until every migration of this release is applied."""
    try:
        unapplied = unapplied_migrations()
    except (Error, InconsistentMigrationHistory):
        logger.exception("Readiness check: the migration history cannot be read")
        return JsonResponse({"status": "unavailable"}, status=503)
    if unapplied:
        logger.warning("Readiness check: not applied: %s", ", ".join(unapplied))
        return JsonResponse({"status": "not ready", "unapplied_migrations": len(unapplied)}, status=503)
    return JsonResponse({"status": "ok", "unapplied_migrations": 0})


def unapplied_migrations():
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


# --8<-- [end:ready]
