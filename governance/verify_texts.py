"""Holds the texts kept beside the log against their hashes in it, and what is gone against the erasures it tells of."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import cast

from governance.verify_findings import Findings, Kind
from governance.verify_joining import Joined

#: event id, name, key, content: a text kept beside the log.
Text = tuple[str, str, bytes, str]


def check_texts(texts: Iterable[Text], joined: Joined, findings: Findings) -> tuple[int, int]:
    """How many texts still exist and hold, and how many went with a person who was in their event and was removed.

    Any other text that is gone, changed or added is told to `findings`.
    """
    hashed = {
        (own_id.decode(), name): (seq, mac, people)
        for seq, own_id, named, people in joined.texts
        for name, mac in cast("dict[str, str]", json.loads(named)).items()
    }
    kept = 0
    for event_id, name, key, content in texts:
        known = hashed.pop((event_id, name), None)
        if known is None:
            findings.add(Kind.TEXT_UNKNOWN, None, f"There is a text '{_safe(name)}' for an event {_safe(event_id)}")
            continue
        seq, mac, _ = known
        if hmac.compare_digest(hmac.digest(key, content.encode("utf-8", "surrogatepass"), "sha256").hex(), mac):
            kept += 1
        else:
            findings.add(Kind.TEXT_CHANGED, seq, f"The text '{name}' of event {seq} is not the one that was hashed")
    removed_at, erased = _removed(joined), 0
    for (_, name), (seq, _, people) in hashed.items():
        if any(removed_at.get(person, 0) > seq for person in cast("list[str]", json.loads(people))):
            erased += 1
        else:
            findings.add(Kind.TEXT_MISSING, seq, f"The text '{name}' of event {seq} is not there")
    return kept, erased


def _removed(joined: Joined) -> Mapping[str, int]:
    """By pseudonym, the seq of the last event that says the person was removed."""
    removed: dict[str, int] = {}
    for seq, details in joined.erasures:
        try:
            people = cast("dict[str, object]", json.loads(details)).get("people")
        except ValueError:  # a finding of its own, where the event is read
            continue
        if isinstance(people, list):
            removed |= {str(person): seq for person in cast("list[object]", people)}
    return removed


def _safe(name: str) -> str:
    """A name from outside, fit to stand in a sentence."""
    return re.sub(r"[^\w-]", "?", name)[:40]
