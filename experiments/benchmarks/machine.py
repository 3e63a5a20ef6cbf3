"""The machine and the versions a figure was measured with: without them a time means nothing."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where and with what; `load` is the system's average load over the last minute as the run began."""

    measured_on: str
    system: str
    processor: str
    cores: int
    memory_bytes: int
    load: float
    python: str
    polars: str
    duckdb: str
    pandas: str

    @property
    def sentence(self) -> str:
        """The machine in one line."""
        return (
            f"{self.measured_on}: {self.cores} cores ({self.processor}), {self.memory_bytes / 2**30:.0f} GiB, "
            f"{self.system}, load {self.load:.1f} at the start; Python {self.python}, Polars {self.polars}, "
            f"DuckDB {self.duckdb}, pandas {self.pandas}"
        )


def this_machine() -> Machine:
    """The machine this process runs on."""
    return Machine(
        measured_on=datetime.now(UTC).date().isoformat(),
        system=platform.system(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=memory_bytes(),
        load=round(os.getloadavg()[0], 1),
        python=platform.python_version(),
        polars=version("polars"),
        duckdb=version("duckdb"),
        pandas=version("pandas"),
    )


def memory_bytes() -> int:
    """Memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def available_bytes() -> int:
    """Memory that is free to use now; all of it where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return memory_bytes()
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return kilobytes[0] * 1024 if kilobytes else memory_bytes()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
