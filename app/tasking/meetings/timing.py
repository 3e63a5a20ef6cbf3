"""How the minutes of a meeting are spent: `meetings.toml`, read strictly, and whether an agenda fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mat.errors import BadInput, SettingsError
from mat.store.panel_vocabulary import ItemKind
from mat.toml_files import keys_of, read_toml, whole_number, written

_SHIPPED = "meetings.toml"
_MINUTES = ("meeting", "register", "old_actions", "break", "new_case", "review", "shortest", "longest")
#: What a meeting may last: as the table of meetings has it.
SHORTEST_MEETING, LONGEST_MEETING = 30, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Minutes. `meeting`: a whole one. `beside`: register, old actions and break together. The rest is for cases."""

    version: str
    meeting: int
    register: int
    old_actions: int
    pause: int
    new_case: int
    review: int
    shortest: int
    longest: int

    @property
    def beside(self) -> int:
        """What goes off before the first case."""
        return self.register + self.old_actions + self.pause

    def for_cases(self, meeting: int) -> int:
        """What is left for cases of a meeting of so many minutes; 0 = nothing."""
        return max(meeting - self.beside, 0)

    def usual(self, kind: ItemKind) -> int:
        """How long a case of this kind is usually looked at."""
        return self.new_case if kind is ItemKind.NEW else self.review

    def refuse_unfit(self, minutes: int) -> None:
        """Refuse a time that no case is looked at for.

        Raises:
            BadInput: it is shorter or longer than a case takes.
        """
        if not self.shortest <= minutes <= self.longest:
            raise BadInput(
                f"A case takes {self.shortest} to {self.longest} minutes, not {minutes}: name a time between."
            )


def load_timing(path: Path | None = None) -> Timing:
    """The minutes from `path`, or the shipped ones.

    Raises:
        SettingsError: the file cannot be read, lacks an entry, has one too many, or leaves no time for a case.
    """
    name, content = read_toml(path, shipped=_SHIPPED, what="a file of minutes like the shipped one")
    entries = keys_of(content, ("version", *_MINUTES), name)
    found = {each: whole_number(entries, each, name, least=0, most=LONGEST_MEETING) for each in _MINUTES}
    timing = Timing(
        version=written(entries, "version", name),
        meeting=found["meeting"],
        register=found["register"],
        old_actions=found["old_actions"],
        pause=found["break"],
        new_case=found["new_case"],
        review=found["review"],
        shortest=found["shortest"],
        longest=found["longest"],
    )
    if not 0 < timing.shortest <= min(timing.new_case, timing.review) <= timing.longest:
        raise SettingsError(f"{name}: new_case and review should lie between shortest, at least 1, and longest.")
    if not SHORTEST_MEETING <= timing.meeting <= LONGEST_MEETING or timing.for_cases(timing.meeting) < timing.new_case:
        raise SettingsError(
            f"{name}: a meeting lasts {SHORTEST_MEETING} to {LONGEST_MEETING} minutes, and register, old actions and "
            "break should leave time for a case."
        )
    return timing
