"""Whether a stored model means what the tool promises of every model: known features only, each in its own direction.

A file's hash has no key: whoever edits the numbers can make the hash fit. What no training could have made is refused
here; an edit within these bounds is not found out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from mat.errors import ArtefactError
from mat.schemas.matrix import Direction
from models.boosted import Boosted
from models.ebm import Ebm
from models.hurdle import Hurdle
from models.scorecard import Scorecard
from models.trained import TrainedRanker
from models.trees import Tree

#: How far log-odds may go the wrong way: rounding of the libraries that fit them.
_ROUNDING = 1e-9

_MEND = "train the model again, or restore its file"

_SIGNS = {Direction.UP: 1, Direction.DOWN: -1, Direction.NONE: 0}


def refuse_meaningless(ranker: TrainedRanker, directions: Mapping[str, str]) -> None:
    """Refuse a ranker, or refit of it, that no training could have made; `directions`: of every feature it may read.

    Raises:
        ArtefactError: it reads a feature that is not among them, or one twice; a direction is none that mat knows; what
            a feature gives goes against its direction; or a refit has refits of its own.
        ValueError: no learner of mat's: a defect of the caller.
    """
    if not isinstance(ranker, Scorecard | Ebm | Boosted | Hurdle):
        raise ValueError(f"nothing is known of what {ranker.name} means")  # noqa: TRY004 - a defect
    unknown = sorted(set(directions.values()) - set(Direction))
    if unknown:
        raise ArtefactError(f"a feature points {unknown[0]!r}, which is no direction: {_MEND}.")
    signs = {name: _SIGNS[Direction(direction)] for name, direction in directions.items()}
    if any(refit.refits for refit in ranker.refits):
        raise ArtefactError(f"a refit of the {ranker.name} has refits of its own: {_MEND}.")
    for each in (ranker, *ranker.refits):
        _refuse_features(each.name, each.features, signs.keys())
        for name, given in _rises(each, signs):
            if any((after - before) * signs[name] < -_ROUNDING for before, after in pairwise(given)):
                raise ArtefactError(
                    f"what the {each.name} gives for {name} goes against its direction, {directions[name]}: {_MEND}."
                )


def _refuse_features(name: str, read: Sequence[str], known: AbstractSet[str]) -> None:
    for place, feature in enumerate(read):
        if feature not in known:
            raise ArtefactError(f"the {name} reads {feature!r}, which no model may read: {_MEND}.")
        if feature in read[:place]:
            raise ArtefactError(f"the {name} reads {feature!r} twice: {_MEND}.")


def _rises(
    ranker: Scorecard | Ebm | Boosted | Hurdle, signs: Mapping[str, int]
) -> Iterator[tuple[str, Sequence[float]]]:
    """Feature, and numbers that must not go against its direction."""
    match ranker:
        case Scorecard():
            yield from ((bands.feature, bands.points) for bands in ranker.bands)
        case Ebm():
            yield from ((table.feature, table.log_odds) for table in ranker.tables)
        case Hurdle():
            for factor in ranker.factors:
                yield from ((factor.feature, (0.0, effect.slope)) for effect in (factor.chance, factor.severity))
        case Boosted():
            for tree in ranker.trees:
                yield from _splits(tree, ranker.read, signs)


def _splits(tree: Tree, names: Sequence[str], signs: Mapping[str, int]) -> Iterator[tuple[str, Sequence[float]]]:
    """Per split: the extreme leaves on either side of it, those that come nearest to going against its direction."""
    lowest, highest = list(tree.values), list(tree.values)
    for node in reversed(range(len(tree.left))):
        left, right = tree.left[node], tree.right[node]
        if left == -1:
            continue
        name = names[tree.features[node]]
        yield name, (highest[left], lowest[right]) if signs[name] > 0 else (lowest[left], highest[right])
        lowest[node] = min(lowest[left], lowest[right])
        highest[node] = max(highest[left], highest[right])
