"""The policy of access as a page for people: made from the policy itself, so that it cannot say anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from governance.access import FieldGroup, Own, Policy
from mat.store.vocabulary import Basis, Deed, UserRole

NEVER = "-"


def documentation(policy: Policy) -> str:
    """The whole page, in Markdown."""
    return "\n".join(_lines(policy)) + "\n"


def cell(group: FieldGroup, role: UserRole) -> str:
    """On which bases a role reads and writes a group, in the order of the vocabulary; `-` = never."""
    read, write = group.bases(role, Deed.READ), group.bases(role, Deed.WRITE)
    said = [f"{_word(basis)}{' (writes)' if basis in write else ''}" for basis in Basis if basis in read]
    said += [f"{_word(basis)} (writes, does not read)" for basis in Basis if basis in write - read]
    return ", ".join(said) or NEVER


def _lines(policy: Policy) -> Iterator[str]:
    yield "# Who may see and do what"
    yield ""
    yield (
        f"Version {policy.version} of the policy, default deny: what is not named here is refused. Made by "
        "`mat access table` from"
    )
    yield (
        "`governance/access.toml`, from which the check before every query is made too; a test holds the rules of the "
        "database to it."
    )
    yield from _section("Whatever the basis")
    yield "- A conflict of interest closes the whole case to the person, at once, pages they have open included."
    yield "- A case under restriction is closed to everybody but the DPO of its panel area."
    yield "- A case marked sensitive is closed to everybody but the named reviewer of its panel area."
    yield "- A role held for one panel area counts in that area alone; only break-glass reaches over the border."
    yield "- Administrators, auditors, DPOs and model owners hold their role for every panel area, never for one."
    yield "- People, agencies and the log belong to no panel area: a role held for one area does not count there."
    yield "- Whoever writes is named as the writer: the database refuses any other name."
    yield "- Nobody works in a victim service and in a behaviour-change service."
    yield "- A field that is not granted is not fetched. No entry in the log, no view."
    for name in sorted(policy.every_reading_logged):
        yield f"- Every reading of the {_word(name)} is logged, however soon it is read again."
    yield from _section("Roles")
    yield from _table(("role", "who"), ((_word(role), said) for role, said in policy.roles.items()))
    yield from _section("Bases")
    yield "A role alone shows no case; it needs a basis."
    yield ""
    yield from _table(("basis", "the person ..."), ((_word(basis), said) for basis, said in policy.bases.items()))
    yield from _section("Field groups by role")
    yield "In each cell the bases on which the role reads the group; `-` is never."
    yield ""
    heads = ("field group", *(_word(role) for role in UserRole))
    groups = policy.groups.values()
    yield from _table(heads, ((_word(group.name), *(cell(group, role) for role in UserRole)) for group in groups))
    yield from _section("What each field group holds")
    rows = ((_word(group.name), group.meaning, _code(group.tables), group.board_row) for group in groups)
    yield from _table(("field group", "what it is", "tables", "row of the board's table"), rows)
    yield from _section("Only some rows")
    yield from _table(("field group", "narrower rule"), _narrower(policy))
    yield from _section("Never held")
    yield from _table(("what", "why"), policy.not_held.items())
    yield from _section("Commands by role")
    rows_by_role = ((_word(role), _commands(policy, role)) for role in UserRole)
    yield from _table(("role", "may"), rows_by_role)
    yield from _section("Tables about no case")
    yield from _table(("table", "what it holds"), ((f"`{name}`", why) for name, why in policy.no_case.items()))


def _narrower(policy: Policy) -> Iterator[tuple[str, str]]:
    for group in policy.groups.values():
        for basis in sorted(group.victims_named_on):
            yield _word(group.name), f"on {_word(basis)}: of the victims named by it alone"
        for basis in sorted(group.own_service_on):
            yield _word(group.name), f"on {_word(basis)}: rows that name the person's own service"
        for basis in sorted(group.own_agency_on):
            yield _word(group.name), f"on {_word(basis)}: rows that name a service of the person's own agency"
        if group.own is not Own.NOBODY:
            whose = "the person" if group.own is Own.USER else "the person's service, if they hold a role in it"
            closed = ", of a case that is closed to them too" if group.is_own_when_closed else ""
            yield _word(group.name), f"besides, on no basis: rows that name {whose}{closed}"


def _commands(policy: Policy, role: UserRole) -> str:
    allowed = sorted(_word(name) for name, roles in policy.commands.items() if role in roles)
    return ", ".join(allowed) or NEVER


def _section(title: str) -> Iterator[str]:
    yield from ("", f"## {title}", "")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _word(name: str) -> str:
    return str(name).replace("_", " ")
