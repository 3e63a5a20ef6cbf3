"""What docs/audit.md tells an outsider to do is done here, as it stands there, on a real export."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.tasking.log_reading import export_log
from governance.audit import Event, append
from governance.retention import load_retention
from governance.signing import make_keys
from governance.verify_findings import Kind
from mat.store.vocabulary import Operation, UserRole
from tests.architecture.pages import fenced, page, quoted
from tests.staff import Staff


@pytest.fixture
def export(staff: Staff, tmp_path: Path) -> Path:
    settings = staff.store.settings
    make_keys(settings.key_dir, name="mat.test/log", data_dir=settings.data_dir)
    desk = staff.desk(UserRole.AUDITOR)
    with staff.store.transaction(desk.scope) as connection:
        said = Event(operation=Operation.CONSULTATION, event="page_read", details={"page": 'a "quoted" \\ café'})
        append(connection, desk.scope, [said] * 9)
    export_log(desk, tmp_path / "export", load_retention(), with_texts=False, reason="For the test.")
    return tmp_path / "export"


def newest_checkpoint(export: Path) -> list[str]:
    return max((export / "checkpoints").iterdir()).read_text().splitlines()


def test_the_program_on_the_page_prints_the_root_of_the_checkpoint(export: Path) -> None:
    (program,) = fenced(page("audit.md"), "python")

    found = subprocess.run([sys.executable, "-c", program, export], check=True, capture_output=True, text=True)

    _, size, root, *_ = newest_checkpoint(export)
    assert found.stdout.split() == [size, base64.b64decode(root).hex()]


def test_the_program_on_the_page_stops_at_a_changed_event(export: Path) -> None:
    (program,) = fenced(page("audit.md"), "python")
    path = export / "log.jsonl"
    path.write_bytes(path.read_bytes().replace(b"page_read", b"page_sent", 1))

    found = subprocess.run([sys.executable, "-c", program, export], check=False, capture_output=True, text=True)

    assert found.returncode == 1
    assert "does not hold" in found.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="this machine has no openssl")
@pytest.mark.parametrize("is_changed", [False, True])
def test_openssl_checks_the_signature_as_the_page_says(export: Path, is_changed: bool) -> None:
    (commands,) = fenced(page("audit.md"), "console")
    if is_changed:
        path = max((export / "checkpoints").iterdir())
        path.write_text(path.read_text().replace(" at 2", " at 3"))

    found = subprocess.run(["bash", "-c", commands], cwd=export, check=False, capture_output=True, text=True)

    assert (found.returncode == 0) is not is_changed, found.stderr
    assert ("Signature Verified Successfully" in found.stdout) is not is_changed


def test_the_page_names_every_kind_of_finding() -> None:
    said = set(quoted(page("audit.md")))

    assert {kind.value for kind in Kind if not kind.is_warning} <= said
