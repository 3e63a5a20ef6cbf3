"""Verifies an exported log from its files alone: no database, no settings, nothing of what wrote it.

Whatever the directory holds is somebody else's: nothing in it is trusted for its size, its form or its word.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from governance.verify import Log, Report, told, verify
from governance.verify_findings import Findings, Kind
from governance.verify_lines import MOST_LINE, cut
from governance.verify_notes import SignedText, TrustedKey
from governance.verify_texts import Text
from mat.errors import BadInput

_LOG, _KEY, _MANIFEST, _SIGNATURE, _TEXTS = "log.jsonl", "public.key", "manifest.json", "manifest.sig", "texts.jsonl"
_UNLISTED = frozenset({_MANIFEST, _SIGNATURE})
_MOST_SMALL = 16 * 1024 * 1024


def verify_export(folder: Path, *, given: Sequence[tuple[str, str]] = (), public_key: str | None = None) -> Report:
    """Verify an exported log. `given`: checkpoints from elsewhere, as label and note.

    `public_key`: the line of the key to trust; None = the one that came with the export, which proves less.

    Raises:
        BadInput: the folder is no export at all.
    """
    if not folder.is_dir() or not any((folder / name).is_file() for name in (_LOG, _MANIFEST)):
        raise BadInput(f"{folder} is not an exported log: name a directory made by `mat audit export`.")
    findings = Findings()
    files = _Files(folder=folder, findings=findings)
    manifest = files.manifest()
    lines = folder / _LOG if files.is_plain(_LOG) else Path(os.devnull)
    log_digest = _Digest(lines)
    log = Log(
        parts=cut(lines),
        kept=files.checkpoints(),
        texts=files.texts() if (folder / _TEXTS).exists() else None,
        origin=None if manifest is None else str(manifest.get("origin", "")),
    )
    key = public_key or files.small(_KEY) or ""
    report = verify(log, given=given, public_key=key, is_key_given=public_key is not None, findings=findings)
    files.check(manifest, report, log_digest)
    kept, warnings = told(findings)
    return replace(report, findings=kept, warnings=warnings, counts=dict(findings.counts))


class _Digest(threading.Thread):
    """The hash of a large file, reckoned while its lines are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._found: str | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._path.open("rb") as file:
                self._found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            self._found = None

    def result(self) -> str | None:
        self.join()
        return self._found


@dataclass(slots=True, kw_only=True)
class _Files:
    """The files of an export, held against the manifest that lists them."""

    folder: Path
    findings: Findings
    _manifest: bytes = field(default=b"", init=False)

    def is_plain(self, name: str) -> bool:
        """Whether it is there, and a file and no link."""
        try:
            return stat.S_ISREG((self.folder / name).lstat().st_mode)
        except OSError:
            return False

    def small(self, name: str) -> str | None:
        """The text of a small file; None = it is not there, or no text."""
        path = self.folder / name
        if not self.is_plain(name) or path.stat().st_size > _MOST_SMALL:
            return None
        try:
            return path.read_bytes().decode()
        except UnicodeDecodeError:
            return None

    def manifest(self) -> Mapping[str, object] | None:
        """What the manifest says, not yet believed; None = it says nothing that can be read."""
        content = self.small(_MANIFEST)
        if content is None:
            self.findings.add(Kind.FILE_MISSING, None, f"{_MANIFEST} is not there, or no text")
            return None
        self._manifest = content.encode()
        try:
            said: object = json.loads(content)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            self.findings.add(Kind.FILE_CHANGED, None, f"{_MANIFEST} is not JSON")
            return None
        return cast("dict[str, object]", said)

    def checkpoints(self) -> list[tuple[str, str]]:
        """Every checkpoint that came with the export."""
        inside = self.folder / "checkpoints"
        if inside.is_symlink():
            return []
        names = sorted(path.relative_to(self.folder).as_posix() for path in inside.glob("*"))
        return [(name, self.small(name) or "") for name in names]

    def texts(self) -> Iterator[Text]:
        """The texts that came with the export."""
        if not self.is_plain(_TEXTS):
            return
        with (self.folder / _TEXTS).open("rb") as file:
            number = 0
            while line := file.readline(MOST_LINE):
                number += 1
                text = _read_text(line)
                if text is None:
                    self.findings.add(Kind.LINE_UNREADABLE, None, f"Line {number} of {_TEXTS} cannot be read")
                else:
                    yield text

    def check(self, manifest: Mapping[str, object] | None, report: Report, log_digest: _Digest) -> None:
        """Hold the manifest against its signature, and the files against the manifest."""
        self._check_signature(report)
        if manifest is None:
            return
        listed = manifest.get("files")
        entries = cast("dict[str, object]", listed) if isinstance(listed, dict) else {}
        there = {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_symlink()
            or not path.is_dir()
            or (path.name != "checkpoints" and next(path.rglob("*"), None) is None)
        } - _UNLISTED
        for name in sorted(there - entries.keys()):
            self.findings.add(Kind.FILE_UNEXPECTED, None, f"{name} is not in the list of files")
        for name in sorted(entries.keys() - there):
            self.findings.add(Kind.FILE_MISSING, None, f"{name} is in the list of files and not there")
        for name in sorted(entries.keys() & there):
            entry = entries[name]
            wanted = cast("dict[str, object]", entry).get("sha256") if isinstance(entry, dict) else None
            digest = log_digest.result() if name == _LOG and self.is_plain(name) else self._digest(name)
            if digest is None or digest != wanted:
                self.findings.add(Kind.FILE_CHANGED, None, f"{name} is not the file that was listed")
        if manifest.get("events") != report.size:
            self.findings.add(
                Kind.FILE_CHANGED, None, f"{_LOG} ends at event {report.size}, not at {manifest.get('events')}"
            )

    def _digest(self, name: str) -> str | None:
        if not self.is_plain(name):
            return None
        with (self.folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _check_signature(self, report: Report) -> None:
        digest = hashlib.sha256(self._manifest).hexdigest()
        note = self.small(_SIGNATURE)
        signed = None if note is None else SignedText.read(note)
        if signed is None:
            self.findings.add(Kind.MANIFEST_WRONG, None, f"{_SIGNATURE} is not there, or no signed note")
            return
        lines = signed.text.splitlines()
        if len(lines) != 3 or lines[0] != "mat export manifest" or lines[2] != f"sha256 {digest}":
            self.findings.add(Kind.FILE_CHANGED, None, f"{_MANIFEST} is not the file that {_SIGNATURE} signs")
        elif Kind.KEY_NOT_OF_LOG not in self.findings.counts and not any(
            signed.is_signed_by(key) and not _is_retired(key, report) for key in report.trusted
        ):
            self.findings.add(Kind.MANIFEST_WRONG, None, f"{_SIGNATURE} has no signature of a trusted key")


def _is_retired(key: TrustedKey, report: Report) -> bool:
    return any(change.old == key for change in report.changes)


def _read_text(line: bytes) -> Text | None:
    try:
        said: object = json.loads(line)
        if not isinstance(said, dict):
            return None
        entry = cast("dict[str, object]", said)
        event, name, key, content = (str(entry[each]) for each in ("event", "name", "key", "content"))
        return (event, name, bytes.fromhex(key), content)
    except (ValueError, KeyError, RecursionError):
        return None
