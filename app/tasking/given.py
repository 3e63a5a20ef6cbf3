"""What every command on a case is given: the case, locked and seen, and words that say something.

A case that is not there and one that the person may not see are answered alike, so that nobody learns of a case by
asking for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from app.tasking.case_access import NOT_OPEN
from mat.errors import AccessRefused, BadInput
from mat.store.tables.cases import subject

if TYPE_CHECKING:
    from app.tasking.desk import Work

#: Whose ids a run speaks of, where nobody says otherwise.
NAMESPACE = "force"
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as a command works on it: locked until the transaction ends."""

    subject_id: UUID
    panel_id: UUID


def lock_case(work: Work, wanted: UUID, *, to_delete: bool = False) -> Case:
    """The case under that id, locked against every other change of its state until the transaction ends.

    Raises:
        AccessRefused: there is none that the acting person may see and work on.
    """
    asked = select(subject.c.subject_id, subject.c.panel_id).where(subject.c.subject_id == wanted)
    row = work.connection.execute(asked.with_for_update(key_share=not to_delete)).first()
    if row is None:
        raise AccessRefused(NOT_OPEN)
    return Case(subject_id=row.subject_id, panel_id=row.panel_id)


def said(text: str, what: str) -> str:
    """Words that say something, without the space around them.

    Raises:
        BadInput: there is no letter or digit, too many characters, or one that cannot be stored.
    """
    words = text.strip()
    if not any(letter.isalnum() for letter in words):
        raise BadInput(f"{what} is empty: say it in a sentence, it is kept.")
    if len(words) > LONGEST_TEXT:
        raise BadInput(f"{what} is {len(words):,} characters long, more than {LONGEST_TEXT:,}: shorten it.")
    if "\x00" in words or any("\ud800" <= letter <= "\udfff" for letter in words):
        raise BadInput(f"{what} holds a character that cannot be stored: type it again.")
    return words
