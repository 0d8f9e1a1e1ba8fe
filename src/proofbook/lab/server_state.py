"""Reads what a private server is beside its data: roles, rights on databases, settings, rules, whether it runs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from proofbook.lab.own_server import OwnServer

ROLES = """
select 'role ' || rolname,
       concat_ws(' ', case when rolcanlogin then 'login' end, case when rolsuper then 'superuser' end,
                 case when rolcreatedb then 'createdb' end, case when rolcreaterole then 'createrole' end,
                 case when rolbypassrls then 'bypassrls' end, case when rolreplication then 'replication' end,
                 'inherit=' || rolinherit, 'limit=' || rolconnlimit, 'until ' || rolvaliduntil,
                 'member of ' || (select string_agg(m.roleid::regrole::text, ',' order by m.roleid::regrole::text)
                                    from pg_auth_members m where m.member = a.oid)),
       rolpassword
  from pg_authid a where rolname not like 'pg\\_%'
"""
OTHERS = """
select 'database ' || datname,
       concat_ws(' ', pg_get_userbyid(datdba), 'limit=' || datconnlimit, 'open=' || datallowconn, datacl)
  from pg_database
union all
select concat_ws(' ', 'setting of', coalesce(datname, 'every database'), coalesce(rolname, 'every role')),
       setconfig::text
  from pg_db_role_setting s left join pg_database d on d.oid = setdatabase left join pg_roles r on r.oid = setrole
union all
select 'setting ' || name, setting from pg_file_settings where applied
union all
select 'setting ' || name || ' until it restarts', setting from pg_settings where pending_restart
union all
select 'rule ' || rule_number,
       concat_ws(' ', type, database, user_name, address, netmask, auth_method, options) from pg_hba_file_rules
"""


def read_server_state(own: OwnServer) -> Mapping[str, str]:
    """Give what a roll back must restore of the server itself; a stopped one is woken to be read."""
    state = {"server": "runs" if own.is_running or own.wakes else "stopped"}
    with own.awake(), own.connect() as connection:
        for name, text, verifier in connection.execute(ROLES):
            state[name] = f"{text} {_password(verifier, own.password)}"
        state.update({name: text or "" for name, text in connection.execute(OTHERS)})
    return state


def _password(verifier: str | None, given: str) -> str:
    """Tell a role's password in a word: a verifier is another at each change, of the same password too."""
    if verifier is None:
        return "no password"
    method, _, rest = verifier.partition("$")
    if method != "SCRAM-SHA-256":
        return f"password {verifier}"
    head, _, keys = rest.partition("$")
    rounds, _, salt = head.partition(":")
    salted = hashlib.pbkdf2_hmac("sha256", given.encode(), base64.b64decode(salt), int(rounds))
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return "the sandbox's password" if stored == base64.b64decode(keys.partition(":")[0]) else "another password"
