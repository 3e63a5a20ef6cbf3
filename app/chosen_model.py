"""Which model ranks: what was asked for, else the promoted champion, else rfgv.

A champion that cannot be used stops the list; nothing else ranks in its place unless somebody asks for it.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from app.wording import printable
from features.catalogue import CATALOGUE
from mat.errors import SettingsError
from mat.settings import MODEL_FILE
from models.artefact import Artefact, read
from models.register import WITHOUT_CHAMPION, Register, State
from models.registry import NAMES


def chosen_model(asked: str | None, data_dir: Path) -> tuple[str, Artefact | None]:
    """The ranker's name, and its artefact where it was learnt. `asked`: a name or a model's file; None = the champion.

    Raises:
        SettingsError: no such model, or a learner's name that is not the champion's.
        ArtefactError: the register, the champion's file or the file asked for cannot be used.
    """
    if asked in NAMES:
        return asked, None
    artefact = read(Path(asked)) if asked is not None and _is_path(asked) else _champion(asked, data_dir)
    if artefact is None:
        return WITHOUT_CHAMPION, None
    artefact.refuse_other_features(CATALOGUE)
    return artefact.model, artefact


def why_on_trial(artefact: Artefact | None, data_dir: Path) -> str | None:
    """One sentence where nobody lets this model rank; None = it is the champion, or was not learnt.

    Raises:
        ArtefactError: the register cannot be used.
    """
    if artefact is None:
        return None
    entry = next((each for each in Register.under(data_dir).entries() if each.hash == artefact.content_hash), None)
    if entry is not None and entry.state is State.CHAMPION:
        return None
    if entry is not None and entry.out_of_use is not None and entry.state is State.RETIRED:
        ended = entry.out_of_use
        return (
            f"NOT FOR TASKING: this model was retired on {ended.at[:10]} by {printable(ended.by)}: "
            f"{printable(ended.reason).rstrip('.')}."
        )
    if entry is not None and entry.state is State.REPLACED:
        return "NOT FOR TASKING: another model has taken this one's place; leave --model out for the list in use."
    return "TRIAL, NOT FOR TASKING: nobody has promoted this model; leave --model out for the list in use."


def _champion(asked: str | None, data_dir: Path) -> Artefact | None:
    if asked is not None:
        _refuse_unknown(asked)
    register = Register.under(data_dir)
    entry = register.champion_entry()
    if asked is not None and (entry is None or entry.model != asked):
        champion = "no model was promoted" if entry is None else f"the promoted model is {entry.model}"
        raise SettingsError(
            f"{asked} ranks only once it is the promoted model, and {champion}: train one with `mat train`, or name "
            "its file with --model FILE.json."
        )
    return None if entry is None else register.load(entry)


def _refuse_unknown(asked: str) -> None:
    from models.learning import LEARNERS  # noqa: PLC0415 - the learners are slow to import

    if asked not in LEARNERS:
        names = (*NAMES, *LEARNERS)
        close = get_close_matches(asked, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(names)}, or a model's file."
        raise SettingsError(f"there is no model called {asked!r}: {hint}")


def _is_path(asked: str) -> bool:
    return asked.endswith(MODEL_FILE) or "/" in asked
