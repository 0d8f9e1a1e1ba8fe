"""Masks what a log should not hold: people's data in PostgreSQL's messages, and secrets."""

from __future__ import annotations

import re

MASK = "***"
# what is told of a line; what stands after it was looked at, too
LONGEST = 4096
# postgresql://app:secret@host, to the last @
LOGIN = re.compile(r"""://[^\s"']+""")
USER = re.compile(r"""://[^\s/:@"']*:""")
WORD = r"(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)"
# to the end of the line where the closing quote was cut off; an unquoted one goes on behind a comma
VALUE = r"""(?: "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? | \\+"[^"]*"? | \\+'[^']*'?
    | (?!["']) [^\s,;)}]+ (?: (?!,\\*["']) [,;)}]+ [^\s,;)}]+ )* )"""
SECRET = re.compile(
    rf"""
    (?P<name> {WORD} [\w-]{{0,64}} (?:\\*["'])? \s? [=:]>? \s{{0,8}} )
      (?! (?:None|null) (?: [\s"',;)}}\]\\] | \.?$ ) ) {VALUE}
  | (?P<option> --(?!no-)(?:[a-z0-9]+[-_])* {WORD} [\w-]{{0,64}} [ ]+ ) (?!-) {VALUE}
  | (?P<scheme> \b(?:Bearer|Basic|Token)[ ] )[\w.~+/=-]{{8,}}          # Authorization: Token secret
  | (?P<cookie> \b(?:Set-)?Cookie: [ ] ).*
  | (?P<kept> \b(?:sessionid|csrftoken)= )[^\s;]+
  | (?P<key> \b(?:AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|sk-|xox[bp]-) )[\w-]{{8,}}
  | (?P<block> -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY----- ).*
  | ^(?P<body> [a-z0-9+/]{{4}} )[a-z0-9+/]{{44,}}={{0,2}}$          # a line of such a block
    """,
    re.VERBOSE | re.IGNORECASE,
)
# a password that a URL was cut at: what these tell is a piece of it
PIECES = re.compile(
    r"""
    (?P<what> invalid[ ]percent-encoded[ ]token:[ ]" | invalid[ ]integer[ ]value[ ]"
      | invalid[ ]input[ ]syntax[ ]for[ ](?:type[ ])?[\w ]+:[ ]" )[^"]*(?=")
  | (?P<spoken> (?: \b(?:integer|bigint|smallint|numeric|double[ ]precision|real|boolean|uuid|date|json|jsonb)\b "?
      | (?:Eingabe|indata)syntax[ ] | syntaxe[ ]en[ ]entrée | sintaxis[ ]de[ ]entrada | sintassi[ ]di[ ]input
      | синтаксис[ ]для[ ]тип | სინტაქსი[ ]ტიპისთვის | 型の入力構文 | [ ]자료형에?[ ]대한 | 无效的类型 )
      [^"«»:]{0,60}[ ]?:[ ]["«»] )[^"«»]*(?=["«»]|$)
  | (?P<host> (?:host[ ]name[ ]"|resolve[ ]host[ ]') )[^"'@]*@
    """,
    re.VERBOSE,
)
# DETAIL:  Key (email)=(ann@example.com) already exists.   Failing row contains (7, Ann, ...).
# the closing bracket is the last one, or was cut off: one inside a value does not end the row
VALUES = re.compile(
    r"(?P<before>(?:\)=|[Ff]ailing row contains )\()"
    r"(?:.*\)(?=\.?\s*$| (?:already exists|conflicts with|is (?:not present|still referenced|duplicated)))|.*)"
)
# with its values masked it names a column and a table, and nothing of anybody's
KEY_ALONE = r"Key \([\w, ]+\)=\(\*\*\*\) is (?:not present in|still referenced from) table \"[^\"]*\"\.?$"
# in the languages that the server speaks
MORE = (
    *("DETAIL", "CONTEXT", "STATEMENT", "parameters"),
    *("ZUSAMMENHANG", "ANWEISUNG", "DÉTAIL", "CONTEXTE", "INSTRUCTION", "DETALLE", "CONTEXTO", "SENTENCIA"),
    *("DETTAGLI", "CONTESTO", "ISTRUZIONE", "DETALJ", "KONTEXT", "SATS", "詳細", "文脈", "文"),
    *("ПОДРОБНОСТИ", "КОНТЕКСТ", "ОПЕРАТОР", "ВІДОМОСТІ", "ІНСТРУКЦІЯ"),  # noqa: RUF001
    *("დეტალები", "კონტექსტი", "ოპერატორი", "상세정보", "내용", "명령 구문", "详细信息", "上下文", "语句"),
)
DETAIL = re.compile(rf"(?P<before>\b(?:{'|'.join(MORE)})\s?:\s+)(?!\s|{KEY_ALONE}).*", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def masked(text: str) -> str:
    """Give the text without what looks like a secret, or like a value of a row, or steers a terminal."""
    text = LOGIN.sub(_without_password, CONTROL.sub("", _shortened(text)))
    for pattern in (SECRET, PIECES):
        text = pattern.sub(lambda found: f"{next(filter(None, found.groups()))}{MASK}", text)
    text = VALUES.sub(rf"\g<before>{MASK})", text)
    return DETAIL.sub(rf"\g<before>{MASK}", text)


def _shortened(text: str) -> str:
    """Cut a long line between two words: half a secret would not look like one."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(" ")[0] + " ..."


def _without_password(found: re.Match[str]) -> str:
    run = found[0]
    # one pass over each run: an expression that looks ahead for the last @ takes the square of a hostile line's length
    user, last = USER.search(run), run.rfind("@")
    if user is None or last <= user.end():
        return run
    return f"{run[: user.end()]}{MASK}{run[last:]}"


def masked_values(text: str, values: dict[str, str]) -> dict[str, str]:
    """Give the names found in a text, without those that are not in it any more once it is masked."""
    shown = masked(text)
    return {name: masked(value) if value in shown else MASK for name, value in values.items()}
