"""The policy of access: `access.toml`, read strictly; what it does not name is denied.

The same file makes the check before a query, the rules that the database guards by, and the documentation. A file with
a word nobody knows, a table in no group or a group without a table is refused whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar, cast

from mat.errors import AccessRefused, SettingsError
from mat.store.tables import metadata
from mat.store.vocabulary import Basis, Deed, UserRole
from mat.wording import code_in_words

FILE_NAME = "access.toml"

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)


class Own(StrEnum):
    """Whom a row names, so that they may read it without any other basis."""

    NOBODY = ""
    USER = "user"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGroup:
    """What is granted as one: the tables that hold it, and for each deed and role the bases that allow it.

    `victims_named_on`, `own_service_on`, `own_agency_on`: bases on which only some rows are granted, those of the
    victims named by the share or client, and those that name the person's own service, or a service of their agency.
    `own`: rows that name the person or their service are theirs to read; `is_own_when_closed`: of a closed case too.
    """

    name: str
    meaning: str
    board_row: str
    tables: tuple[str, ...]
    read: Mapping[UserRole, frozenset[Basis]]
    write: Mapping[UserRole, frozenset[Basis]]
    victims_named_on: frozenset[Basis]
    own_service_on: frozenset[Basis]
    own_agency_on: frozenset[Basis]
    own: Own
    is_own_when_closed: bool

    @property
    def is_about_cases(self) -> bool:
        """Whether its rows are each about one case, and not about a panel area as a whole."""
        return all("subject_id" in metadata.tables[table].c for table in self.tables)

    def bases(self, role: UserRole, deed: Deed) -> frozenset[Basis]:
        """The bases on which a role may do the deed; empty = never."""
        allowed = self.read if deed is Deed.READ else self.write
        return allowed.get(role, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may see and do what.

    `roles`, `bases`: what each means. `every_reading_logged`: groups whose every reading is an event, however soon it
    is read again. `not_held`: what no table holds, and why. `no_case`: tables about no case, and what for.
    """

    version: int
    roles: Mapping[UserRole, str]
    bases: Mapping[Basis, str]
    groups: Mapping[str, FieldGroup]
    commands: Mapping[str, frozenset[UserRole]]
    every_reading_logged: frozenset[str]
    not_held: Mapping[str, str]
    no_case: Mapping[str, str]

    def refuse_unless(self, roles: Collection[UserRole], command: str) -> None:
        """Let a command pass, or refuse it.

        Raises:
            AccessRefused: none of the roles may give the command.
            KeyError: the policy does not know the command, which is a defect.
        """
        allowed = self.commands[command]
        if allowed.isdisjoint(roles):
            raise AccessRefused(
                f"You may not {code_in_words(command)}: that is for {listed(allowed)}, and you act as "
                f"{listed(roles) if roles else 'nobody with a role here'}. Ask an administrator if that is wrong."
            )

    def readable(self, roles: Collection[UserRole], bases: Collection[Basis]) -> frozenset[str]:
        """The field groups that somebody with these roles may read of a case they reach on these bases."""
        return frozenset(
            group.name
            for group in self.groups.values()
            if any(not group.bases(role, Deed.READ).isdisjoint(bases) for role in roles)
        )


def listed(roles: Collection[UserRole]) -> str:
    """Roles in words, in alphabetical order."""
    return ", ".join(sorted((code_in_words(role.value) for role in roles), key=str.casefold))


@cache
def load_policy() -> Policy:
    """The shipped policy.

    Raises:
        SettingsError: it was changed into something that is no policy.
    """
    return read_policy((files("governance") / FILE_NAME).read_text(encoding="utf-8"))


def read_policy(text: str) -> Policy:
    """A policy from its TOML.

    Raises:
        SettingsError: a key, role, basis or table nobody knows; one that is missing; a table in two groups or in none.
    """
    try:
        content = cast("dict[str, object]", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} is not TOML ({error}): mend it, or bring the shipped file back.") from None
    file = _Entries("", content)
    policy = Policy(
        version=file.take("version", int),
        roles=_every_word(file.table("roles"), UserRole),
        bases=_every_word(file.table("bases"), Basis),
        groups=MappingProxyType({name: _group(name, entry) for name, entry in file.table("groups").tables()}),
        commands=MappingProxyType({name: _words(entry, UserRole) for name, entry in file.table("commands").lists()}),
        every_reading_logged=frozenset(file.words("every_reading_logged")),
        not_held=file.table("not_held").sentences(),
        no_case=file.table("no_case").sentences(),
    )
    file.refuse_the_rest()
    _refuse_inconsistent(policy)
    return policy


class _Entries:
    """One table of the file, taken key by key; what nobody took is refused."""

    def __init__(self, place: str, content: Mapping[str, object]) -> None:
        self.place = place
        self._left = dict(content)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        value = self._left.pop(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            found = "nothing" if value is None else repr(value)
            raise _wrong(f"{self.place}{key} should be a {kind.__name__}, and is {found}")
        return value

    def words(self, key: str, *, may_be_absent: bool = False) -> list[str]:
        values = cast("list[object]", self.take(key, list, [] if may_be_absent else None))
        if not all(isinstance(value, str) for value in values) or len(set(map(str, values))) < len(values):
            raise _wrong(f"{self.place}{key} should be a list of different words")
        return [str(value) for value in values]

    def table(self, key: str, *, may_be_absent: bool = False) -> _Entries:
        content = cast("dict[str, object]", self.take(key, dict, {} if may_be_absent else None))
        return _Entries(f"{self.place}{key}.", content)

    def tables(self) -> list[tuple[str, _Entries]]:
        return [(key, self.table(key)) for key in list(self._left)]

    def lists(self) -> list[tuple[str, tuple[str, list[str]]]]:
        return [(key, (f"{self.place}{key}", self.words(key))) for key in list(self._left)]

    def sentences(self) -> Mapping[str, str]:
        return MappingProxyType({key: self.take(key, str) for key in list(self._left)})

    def refuse_the_rest(self) -> None:
        for key in self._left:
            raise _wrong(f"{self.place}{key} means nothing here")


def _group(name: str, entry: _Entries) -> FieldGroup:
    def on(key: str) -> frozenset[Basis]:
        return _words((f"{entry.place}{key}", entry.words(key, may_be_absent=True)), Basis)

    def allowed(deed: str) -> Mapping[UserRole, frozenset[Basis]]:
        roles = entry.table(deed, may_be_absent=True).lists()
        return MappingProxyType({_word(role, UserRole, entry.place): _words(bases, Basis) for role, bases in roles})

    group = FieldGroup(
        name=name,
        meaning=entry.take("meaning", str),
        board_row=entry.take("board_row", str),
        tables=tuple(entry.words("tables")),
        read=allowed("read"),
        write=allowed("write"),
        victims_named_on=on("victims_named_on"),
        own_service_on=on("own_service_on"),
        own_agency_on=on("own_agency_on"),
        own=_word(entry.take("own", str, ""), Own, entry.place),
        is_own_when_closed=entry.take("own_when_closed", bool, default=False),
    )
    entry.refuse_the_rest()
    return group


def _words(found: tuple[str, list[str]], kind: type[Word]) -> frozenset[Word]:
    place, words = found
    return frozenset(_word(word, kind, f"{place}: ") for word in words)


def _word(word: str, kind: type[Word], place: str) -> Word:
    try:
        return kind(word)
    except ValueError:
        raise _wrong(f"{place}'{word}' is none of {', '.join(each.value for each in kind if each.value)}") from None


def _every_word(entries: _Entries, kind: type[Word]) -> Mapping[Word, str]:
    said = {_word(word, kind, entries.place): sentence for word, sentence in entries.sentences().items()}
    for word in kind:
        if word not in said:
            raise _wrong(f"{entries.place}{word.value} is missing")
    return MappingProxyType(said)


def _refuse_inconsistent(policy: Policy) -> None:
    for check in _CHECKS:
        for fault in check(policy):
            raise _wrong(fault)


def _misplaced_tables(policy: Policy) -> list[str]:
    placed = [(table, group.name) for group in policy.groups.values() for table in group.tables]
    placed += [(table, "no_case") for table in policy.no_case]
    tables = [table for table, _ in placed]
    return [
        *(f"groups.{group.name} names no table" for group in policy.groups.values() if not group.tables),
        *(f"{place} names the table {table}, which there is not" for table, place in placed if table not in _tables()),
        *(f"the table {table} is in two groups" for table in tables if tables.count(table) > 1),
        *(f"the table {table} is in no group, nor under no_case" for table in _tables() if table not in tables),
    ]


def _case_tables_without_group(policy: Policy) -> list[str]:
    about_a_case = {
        table.name
        for table in metadata.tables.values()
        if any(key.referred_table.name == "subject" for key in table.foreign_key_constraints)
    }
    return [f"no_case names {table}, which is about a case" for table in policy.no_case if table in about_a_case]


def _groups_not_there(policy: Policy) -> list[str]:
    strangers = policy.every_reading_logged - set(policy.groups)
    return [f"every_reading_logged names '{name}', which is no group" for name in sorted(strangers)]


def _limits_without_effect(policy: Policy) -> list[str]:
    return [
        f"groups.{group.name} limits {basis.value}, on which nobody may read it"
        for group in policy.groups.values()
        for basis in sorted(group.victims_named_on | group.own_service_on | group.own_agency_on)
        if all(basis not in bases for bases in group.read.values())
    ]


def _commands_of_nobody(policy: Policy) -> list[str]:
    return [f"commands.{name} is for nobody" for name, roles in policy.commands.items() if not roles]


_CHECKS: tuple[Callable[[Policy], list[str]], ...] = (
    _misplaced_tables,
    _case_tables_without_group,
    _groups_not_there,
    _limits_without_effect,
    _commands_of_nobody,
)


def _tables() -> Collection[str]:
    return metadata.tables.keys()


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"{FILE_NAME}: {what}: mend it, or bring the shipped file back.")
