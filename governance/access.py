"""The policy of access: `access.toml`, read strictly; what it does not name is denied.

The same file makes the check before a query, the rules that the database guards by, and the documentation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mat.errors import AccessRefused
from mat.store.vocabulary import Basis, Deed, UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGroup:
    """What is granted as one: the tables that hold it, and for each deed and role the bases that allow it."""

    name: str
    meaning: str
    board_row: str
    tables: tuple[str, ...]
    read: Mapping[UserRole, frozenset[Basis]]
    write: Mapping[UserRole, frozenset[Basis]]

    def bases(self, role: UserRole, deed: Deed) -> frozenset[Basis]:
        """The bases on which a role may do the deed; empty = never."""
        allowed = self.read if deed is Deed.READ else self.write
        return allowed.get(role, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may see and do what.

    `every_reading_logged`: groups whose every reading is an event, however soon it is read again.
    """

    version: int
    groups: Mapping[str, FieldGroup]
    commands: Mapping[str, frozenset[UserRole]]
    every_reading_logged: frozenset[str]
    not_held: Mapping[str, str]

    def refuse_unless(self, roles: Collection[UserRole], command: str) -> None:
        """Let a command pass, or refuse it.

        Raises:
            AccessRefused: none of the roles may give the command.
            KeyError: the policy does not know the command, which is a defect.
        """
        allowed = self.commands[command]
        if allowed.isdisjoint(roles):
            raise AccessRefused(
                f"You may not {command.replace('_', ' ')}: that is for {_listed(allowed)}, and you act as "
                f"{_listed(roles) if roles else 'nobody with a role here'}. Ask an administrator if that is wrong."
            )

    def readable(self, roles: Collection[UserRole], bases: Collection[Basis]) -> frozenset[str]:
        """The field groups that somebody with these roles may read of a case they reach on these bases."""
        return frozenset(
            group.name
            for group in self.groups.values()
            if any(not group.bases(role, Deed.READ).isdisjoint(bases) for role in roles)
        )


@cache
def load_policy() -> Policy:
    """The shipped policy."""
    content = tomllib.loads((files("governance") / "access.toml").read_text(encoding="utf-8"))
    return Policy(
        version=content["version"],
        groups={name: _group(name, entry) for name, entry in content["groups"].items()},
        commands={name: frozenset(UserRole(role) for role in roles) for name, roles in content["commands"].items()},
        every_reading_logged=frozenset(content["every_reading_logged"]),
        not_held=content["not_held"],
    )


def _group(name: str, entry: Mapping[str, object]) -> FieldGroup:
    return FieldGroup(
        name=name,
        meaning=str(entry["meaning"]),
        board_row=str(entry["board_row"]),
        tables=_words(entry["tables"]),
        read=_allowed(entry.get("read", {})),
        write=_allowed(entry.get("write", {})),
    )


def _allowed(entry: object) -> Mapping[UserRole, frozenset[Basis]]:
    if not isinstance(entry, dict):
        raise TypeError("a deed maps roles to bases")
    return {
        UserRole(str(role)): frozenset(Basis(basis) for basis in _words(bases))  # pyright: ignore[reportUnknownArgumentType]
        for role, bases in entry.items()  # pyright: ignore[reportUnknownVariableType]
    }


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("expected a list of words")
    return tuple(str(word) for word in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _listed(roles: Collection[UserRole]) -> str:
    return ", ".join(sorted(role.value.replace("_", " ") for role in roles))
