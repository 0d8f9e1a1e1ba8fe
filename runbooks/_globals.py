"""What a dump of one database leaves out: the roles of the server, and what is set for them; no password is read."""

from __future__ import annotations

from _postgres import Sql

ROLES = """
SELECT 1 AS turn, rolname AS name, format('CREATE ROLE %I %s', rolname, concat_ws(' ',
       CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
       CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcanlogin THEN 'LOGIN' END,
       CASE WHEN NOT rolinherit THEN 'NOINHERIT' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
       CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
       CASE WHEN rolconnlimit >= 0 THEN 'CONNECTION LIMIT ' || rolconnlimit END)) AS statement
  FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'
UNION ALL
SELECT 2, m.rolname, format('GRANT %I TO %I', g.rolname, m.rolname)
  FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
 WHERE m.rolname NOT LIKE 'pg\\_%'
UNION ALL
SELECT 3, rolname, format('ALTER ROLE %I SET %s TO %L', rolname, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1))
  FROM pg_roles, unnest(rolconfig) c WHERE rolname NOT LIKE 'pg\\_%'
UNION ALL
SELECT 4, spcname, format('-- tablespace %I', spcname) FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%'
ORDER BY turn, name, statement
"""


# --8<-- [start:globals_of]
def globals_of(sql: Sql) -> list[str]:
    """Give the statements that make the roles of this server on another one, without their passwords."""
    return [row["statement"].rstrip() for row in sql.rows(ROLES)]


# --8<-- [end:globals_of]
