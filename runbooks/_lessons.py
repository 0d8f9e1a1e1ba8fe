"""Names the lesson that a check enforces: what is told when the check fails. docs/lessons/ holds their pages."""

from __future__ import annotations

LESSONS = {
    "check_tenant_isolation.admin": "filter-every-admin-class",
    "check_tenant_isolation.choices": "offer-own-choices",
    "check_tenant_isolation.managers": "give-every-manager-the-tenant",
    "check_tenant_isolation.naming": "ask-where-the-user-is-known",
    "check_tenant_isolation.unique": "number-per-tenant",
    "check_tenant_isolation.views": "take-the-tenant-from-the-request",
    "validate_environment.browsers": "trust-each-front-end",
    "validate_environment.code": "name-every-variable",
    "validate_migrations.build-from-empty": "run-on-empty-and-on-rows",
    "validate_migrations.leaves": "test-the-merge",
    "validate_migrations.models": "commit-the-migration",
    "validate_migrations.rehearsal": "run-on-empty-and-on-rows",
    "validate_migrations.same-schema": "change-the-schema-by-migrations",
    "validate_migrations.untouched": "leave-applied-migrations-alone",
}
