"""Reads the schema from PostgreSQL's catalogues, so that two states can be compared."""

from django.db import connection

QUERIES = {
    "columns": """
        SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "invalid indexes": "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
}


def read_schema(*, validity=True):
    """Gives the schema; without `validity`, a constraint that was validated equals one that never was.

    PostgreSQL cannot take a validation back, so that one step of a history has no reverse.
    """
    with connection.cursor() as cursor:
        schema = {name: rows(cursor, query) for name, query in QUERIES.items()}
    if not validity:
        schema["constraints"] = [
            (table, name, text.removesuffix(" NOT VALID")) for table, name, text, _ in schema["constraints"]
        ]
    return schema


def rows(cursor, query):
    cursor.execute(query)
    return cursor.fetchall()
