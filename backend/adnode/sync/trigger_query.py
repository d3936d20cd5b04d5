"""Queries made from the conditions of triggers.

A condition stands in parentheses between conditions of ours, so it must be whole: nothing in it may end the
parentheses, the text it stands in, or the WHERE part.
https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax
"""

import re
from collections.abc import Iterator, Sequence

from adnode.domain.errors import ConditionRefusedError
from adnode.domain.trigger import CONDITION_LIMIT

QUERY_LIMIT = 32_000
"""Characters of a query at most."""
ID_LIMIT = 1000
"""Work items that one query asks about at most."""
_SHOWN = 20
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<field>\[[^\[\]'"()<>;\r\n]+\])
    |(?P<word>[A-Za-z_][A-Za-z0-9_.]*(?!\w))
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?!\w))
    |(?P<macro>@[A-Za-z]+(?!\w))
    |(?P<symbol>[=<>(),+-])""",
    re.VERBOSE,
)
_REFUSED_WORDS = {
    "select": "SELECT",
    "from": "FROM",
    "where": "WHERE",
    "order": "ORDER BY",
    "group": "GROUP BY",
    "asof": "ASOF",
    "mode": "MODE",
}


def check_condition(condition: str) -> str:
    """Return the condition without blanks around it; raises ConditionRefusedError, which says what is wrong where."""
    start = len(condition) - len(condition.lstrip())
    checked = condition.strip()
    if len(checked) > CONDITION_LIMIT:
        raise ConditionRefusedError(
            f"The condition has {len(checked)} characters; {CONDITION_LIMIT} are allowed. Make it shorter.",
            position=CONDITION_LIMIT + 1,
        )
    open_at: list[int] = []
    position = 0
    while position < len(checked):
        token = _TOKEN.match(checked, position)
        if token is None:
            raise _unreadable(checked, position, start)
        _check_token(token, open_at, start)
        position = token.end()
    if open_at:
        raise _refused("The parenthesis", open_at[-1], start, "is never closed. Close it, or take it away.")
    return checked


def make_query(project: str, work_item_type: str, condition: str, work_item_ids: Sequence[int] = ()) -> str:
    """Return the query for the work items that fit a condition; with ids, for those among them."""
    parts = [f"[System.TeamProject] = {_quote(project)}"]
    if work_item_type:
        parts.append(f"[System.WorkItemType] = {_quote(work_item_type)}")
    if checked := check_condition(condition):
        parts.append(f"({checked})")
    if work_item_ids:
        parts.append(f"[System.Id] IN ({', '.join(str(number) for number in work_item_ids)})")
    return f"SELECT [System.Id] FROM WorkItems WHERE {' AND '.join(parts)}"  # noqa: S608 - checked and quoted


def is_within_project(wiql: str, project: str) -> bool:
    """Say whether a query surely finds work items of that project only, as those of ``make_query`` do."""
    begin = make_query(project, "", "")
    return wiql == begin or (wiql.startswith(f"{begin} AND ") and _has_no_choice(wiql.removeprefix(begin)))


def make_queries(
    project: str, work_item_type: str, condition: str, work_item_ids: Sequence[int]
) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield queries that together ask about all the ids, each with those that it asks about. None is too long."""
    room = QUERY_LIMIT - len(make_query(project, work_item_type, condition, [0]))
    for ids in _portions(work_item_ids, room):
        yield make_query(project, work_item_type, condition, ids), ids


def _has_no_choice(conditions: str) -> bool:
    """Say whether conditions have no OR (and nothing that is no condition) outside of parentheses."""
    depth = position = 0
    while position < len(conditions):
        token = _TOKEN.match(conditions, position)
        if token is None:
            return False
        text = token.group().casefold()
        depth += (text == "(") - (text == ")")
        is_word = token.lastgroup == "word"
        if depth < 0 or (is_word and (text in _REFUSED_WORDS or (text == "or" and depth == 0))):
            return False
        position = token.end()
    return depth == 0


def _portions(work_item_ids: Sequence[int], room: int) -> Iterator[Sequence[int]]:
    start = used = 0
    for place, number in enumerate(work_item_ids):
        length = len(f"{number}, ")
        if place > start and (used + length > room or place - start == ID_LIMIT):
            yield work_item_ids[start:place]
            start, used = place, 0
        used += length
    if start < len(work_item_ids):
        yield work_item_ids[start:]


def _check_token(token: re.Match[str], open_at: list[int], start: int) -> None:
    text, position = token.group(), token.start()
    if token.lastgroup == "word" and (refused := _REFUSED_WORDS.get(text.casefold())):
        raise _refused(
            refused,
            position,
            start,
            "is not part of a condition. Write only what stands after WHERE and before ORDER BY.",
        )
    if text == "(":
        open_at.append(position)
    elif text == ")":
        if not open_at:
            raise _refused("The parenthesis", position, start, "closes nothing. Open it before, or take it away.")
        open_at.pop()


def _unreadable(condition: str, position: int, start: int) -> ConditionRefusedError:
    character = condition[position]
    if character in "'\"":
        return _refused(
            "The text",
            position,
            start,
            f"that begins with {character} has no end. Close it; double a {character} in it.",
        )
    if character == "[":
        return _refused("The field name", position, start, "is none: write it like [System.State].")
    if character == ";":
        return _refused("The ;", position, start, "is not allowed: a trigger has one condition, no statements.")
    shown = condition[position : position + _SHOWN].split("\n")[0]
    return _refused(f"“{shown}”", position, start, "can't be read. Put texts between apostrophes.")


def _refused(what: str, position: int, start: int, why: str) -> ConditionRefusedError:
    place = start + position + 1
    return ConditionRefusedError(f"{what} at character {place} {why}", position=place)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
