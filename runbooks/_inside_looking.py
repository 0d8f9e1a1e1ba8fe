"""What one look at the catalogue and the counters of rows tells, and how two of them differ.

Runs inside the project's own Python, before `_inside_measuring.py`.
"""

OURS = "n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'm')"
COUNTS = """jsonb_build_array(pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
    pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid),
    pg_stat_get_xact_tuples_deleted(c.oid))"""
BASE = (
    "SELECT jsonb_build_object('oid', c.oid::bigint, 'counts', "
    + COUNTS
    + """)::text
  FROM pg_class c WHERE relkind IN ('r', 'p', 'm')"""
)
LOOK = (
    """
SELECT jsonb_build_object('oid', o.oid::bigint, 'name', c.relname, 'file', pg_relation_filenode(c.oid),
    'modes', o.modes, 'seen', c.oid IS NOT NULL,
    'columns', (SELECT jsonb_object_agg(attnum, jsonb_build_array(attname, format_type(atttypid, atttypmod),
                       attnotnull, atthasdef OR attidentity <> '' OR attgenerated <> ''))
                  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
    'constraints', (SELECT jsonb_object_agg(k.oid::bigint, jsonb_build_array(conname, contype, convalidated,
                           confrelid::bigint))
                      FROM pg_constraint k WHERE conrelid = c.oid AND contype IN ('c', 'f', 'u', 'p', 'x')),
    'indexes', (SELECT jsonb_object_agg(indexrelid::bigint, jsonb_build_array(indexrelid::regclass::text,
                       EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)))
                  FROM pg_index WHERE indrelid = c.oid),
    'counts', {counts})::text
  FROM (SELECT oid, array_agg(DISTINCT mode) FILTER (WHERE mode IS NOT NULL) AS modes FROM (%s) found GROUP BY oid) o
  LEFT JOIN (SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE """
    + OURS
    + """) c ON c.oid = o.oid"""
).replace("{counts}", COUNTS)
MINE = """SELECT relation AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
EVERY = "SELECT oid, NULL::text AS mode FROM pg_class WHERE relkind IN ('r', 'p', 'm')"


def differences(before, after, counts):
    """Tell what a statement did to one table, as pairs of a word and its details."""
    scans, read = counts[:2]
    if scans > 0:
        yield "scanned", [read]
    if any(counts[2:]):
        yield "changed", counts[2:]
    if before is None:
        yield "created", []
        return
    if not after["seen"]:
        yield "dropped", []
        return
    if before["file"] != after["file"]:
        yield "rewritten", []
    if before["name"] != after["name"]:
        yield "renamed", [after["name"]]
    for each in (columns_changed, constraints_changed, indexes_changed):
        yield from each(before, after)


def columns_changed(before, after):
    old, new = before["columns"] or {}, after["columns"] or {}
    for number, (name, kind, required, _) in old.items():
        if number not in new:
            yield "column_dropped", [name]
            continue
        if new[number][0] != name:
            yield "column_renamed", [name, new[number][0]]
        if new[number][1] != kind:
            yield "type_changed", [name, kind, new[number][1]]
        if new[number][2] and not required:
            yield "not_null", [name]
    for number in sorted(set(new) - set(old)):
        yield "column_added", new[number]


def constraints_changed(before, after):
    old, new = before["constraints"] or {}, after["constraints"] or {}
    for oid in sorted(set(new) - set(old)):
        yield "constraint", new[oid]
    for oid in sorted(set(new) & set(old)):
        if new[oid][2] and not old[oid][2]:
            yield "validated", new[oid][:2]


def indexes_changed(before, after):
    old, new = before["indexes"] or {}, after["indexes"] or {}
    for oid in sorted(set(new) - set(old)):
        yield "index", new[oid]
