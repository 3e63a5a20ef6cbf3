"""Settings: one mat.toml, overridable by MAT_* environment variables, read once and explicitly.

Nothing is read on import, and nothing is guessed: a key that is not a setting is refused by name.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import cast

from mat.errors import SettingsError
from mat.toml_files import parse_toml

FILE_NAME = "mat.toml"
PREFIX = "MAT_"
#: How the name of a model's file ends; anything else is the name of a model.
MODEL_FILE = ".json"
#: The largest whole number that a setting may be.
MOST = 2**31 - 1
#: Read elsewhere, or by tests and the Makefile; never a setting.
OTHER_VARIABLES = frozenset({"MAT_ALLOW_ROOT", "MAT_LOG", "MAT_SHARED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, with its default.

    `panel_size`: seats above the capacity line. `max_quarantine`: share (0 to 1) of a required table that may be set
    aside before ingest refuses. `high_harm`: weight at or over which a crime counts as high harm; None = the scale's
    own high-risk marks alone. `model`: a name or a model's file; None = the promoted champion, else rfgv.
    `definitions`, `rfgv`, `watch`, `retention`, `clocks`, `actions`, `eligibility`, `programmes`, `meetings` and
    `gateways`: files in place of the shipped ones; None = the shipped ones.
    `deprivation`: CSV of `ward,deprivation` for the equality audit; None = not known. `ward_populations`: CSV of
    `ward,population`; None = counts without rates. `ward_boundaries`: GeoJSON of wards; None = no map. `model_report`:
    the directory of a backtest that the board shows; None = none. `backtest`: what a force does
    differently from the shipped way of judging models (models/backtest_settings.py reads it).
    `database_url` empty = the embedded case store under `data_dir`. `service`: the name of the service that commands on
    the case store act for; None = the only one the person works in. `key_dir`: the folder of the keys, never inside
    `data_dir`; not given = `data_dir` with `-keys` behind its name. `warnings`: what was read and not understood.
    """

    data_dir: Path = Path("mat-data")
    key_dir: Path = Path()
    database_url: str = ""
    service: str | None = None
    harm_scale: str = "statutory_max_days"
    high_harm: float | None = None
    panel_size: int = 20
    max_quarantine: float = 0.05
    model: str | None = None
    seed: int = 1
    definitions: Path | None = None
    rfgv: Path | None = None
    watch: Path | None = None
    retention: Path | None = None
    clocks: Path | None = None
    actions: Path | None = None
    eligibility: Path | None = None
    programmes: Path | None = None
    meetings: Path | None = None
    gateways: Path | None = None
    deprivation: Path | None = None
    ward_populations: Path | None = None
    ward_boundaries: Path | None = None
    model_report: Path | None = None
    backtest: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Place the keys beside the data, never among them: whoever copies the data must not get the keys too.

        Raises:
            SettingsError: `key_dir` lies inside `data_dir`.
        """
        if self.key_dir == Path():
            data_dir = self.data_dir if self.data_dir.name not in {"", ".."} else self.data_dir.resolve()
            object.__setattr__(self, "key_dir", data_dir.with_name(f"{data_dir.name}-keys"))
        if self.key_dir.resolve().is_relative_to(self.data_dir.resolve()):
            raise SettingsError(
                f"key_dir ({self.key_dir}) lies inside data_dir ({self.data_dir}), where a copy of the data would take "
                "the keys along: name a folder outside it."
            )

    @property
    def hash(self) -> str:
        """SHA-256 of the settings that can change a list; where data lie and what was warned of are left out."""
        shaping = {
            "harm_scale": self.harm_scale,
            "high_harm": self.high_harm,
            "panel_size": self.panel_size,
            "max_quarantine": self.max_quarantine,
            "model": _pinned(self.model),
            "seed": self.seed,
            "definitions": _content_hash(self.definitions),
            "rfgv": _content_hash(self.rfgv),
        }
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()


def load_settings(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """Settings from `config` (else `mat.toml` in the working directory, else the defaults), then from `environ`.

    Paths inside the file are taken from the file's own folder, paths in the environment from the working directory.
    An empty environment variable counts as not set.

    Raises:
        SettingsError: the file cannot be read, a key is unknown, or a value has the wrong type or range.
    """
    from_file = _read_file(config)
    from_environment, warnings = _read_environment(environ)
    return Settings(**{**from_file, **from_environment}, warnings=warnings)  # type: ignore[arg-type]


def _read_file(config: Path | None) -> dict[str, object]:
    path = Path(FILE_NAME) if config is None else config
    if config is None and not path.is_file():
        return {}
    if path.exists() and not path.is_file():
        raise SettingsError(f"The settings file {path} is not a file: name a mat.toml with --config.")
    try:
        entries = parse_toml(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"The settings file {path} cannot be read ({error.strerror}): name a mat.toml with --config."
        ) from error
    except ValueError as error:
        raise SettingsError(f"The settings file {path} is not TOML ({error}): mend it.") from error
    values: dict[str, object] = {}
    for key, value in entries.items():
        if key not in _READERS:
            raise SettingsError(f"{path}: '{key}' is not a setting; {_nearest(key)}.")
        values[key] = _READERS[key](f"{path}: {key}", value, path.parent)
    return values


def _read_environment(environ: Mapping[str, str]) -> tuple[dict[str, object], tuple[str, ...]]:
    values: dict[str, object] = {}
    warnings: list[str] = []
    for variable in sorted(environ):
        text = environ[variable].strip()
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES or not text:
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key in _READERS:
            values[key] = _READERS[key](variable, _typed(key, text), Path())
        else:
            warnings.append(f"The environment variable {variable} is not a setting and is ignored; {_nearest(key)}.")
    return values, tuple(warnings)


def _typed(key: str, text: str) -> object:
    convert = _NUMBERS.get(key, str)
    try:
        return convert(text)
    except ValueError:
        return text


def _nearest(key: str) -> str:
    close = difflib.get_close_matches(key, _READERS, n=1, cutoff=0.0)
    return f"the nearest setting is '{close[0]}'"


def _path(name: str, value: object, base: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{name} should be a path in quotes, not {value!r}.")
    _refuse_nul(name, value)
    return base / Path(value).expanduser()


def _file(name: str, value: object, base: Path) -> Path:
    path = _path(name, value, base)
    if not path.is_file():
        raise SettingsError(f"{name} names {path}, which is not a file: correct the path or leave the setting out.")
    return path


def _text(name: str, value: object, _base: Path) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{name} should be text in quotes, not {value!r}.")
    _refuse_nul(name, value)
    return value


def _refuse_nul(name: str, text: str) -> None:
    if "\0" in text:
        raise SettingsError(f"{name} holds a NUL character, which no path and no name has: take it out.")


def _whole_number(name: str, value: object, _base: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise SettingsError(f"{name} should be a whole number of at least 1 and at most {MOST}, not {value!r}.")
    return value


def _table(name: str, value: object, _base: Path) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(f"{name} should be a table of settings, such as [backtest], not {value!r}.")
    return cast("dict[str, object]", value)


def _share(name: str, value: object, _base: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SettingsError(f"{name} should be a share between 0 and 1, not {value!r}.")
    return float(value)


def _weight(name: str, value: object, _base: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise SettingsError(f"{name} should be a weight above 0, not {value!r}.")
    return float(value)


def _scale(name: str, value: object, base: Path) -> str:
    text = _text(name, value, base)
    is_a_file_beside_the_settings = text.endswith(".csv") and (base / text).is_file()
    return str(base / text) if is_a_file_beside_the_settings else text


def _model(name: str, value: object, base: Path) -> str:
    text = _text(name, value, base)
    is_a_file_beside_the_settings = text.endswith(MODEL_FILE) and (base / text).is_file()
    return str(base / text) if is_a_file_beside_the_settings else text


def _pinned(model: str | None) -> str | None:
    """A model's file by its content, wherever it lies; a name as it is."""
    is_file = model is not None and model.endswith(MODEL_FILE) and Path(model).is_file()
    return _content_hash(Path(model)) if model is not None and is_file else model


def _content_hash(path: Path | None) -> str | None:
    return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


_READERS: Mapping[str, Callable[[str, object, Path], object]] = MappingProxyType(
    {
        "data_dir": _path,
        "key_dir": _path,
        "database_url": _text,
        "service": _text,
        "harm_scale": _scale,
        "high_harm": _weight,
        "panel_size": _whole_number,
        "max_quarantine": _share,
        "model": _model,
        "seed": _whole_number,
        "definitions": _file,
        "rfgv": _file,
        "watch": _file,
        "retention": _file,
        "clocks": _file,
        "actions": _file,
        "eligibility": _file,
        "programmes": _file,
        "meetings": _file,
        "gateways": _file,
        "deprivation": _file,
        "ward_populations": _file,
        "ward_boundaries": _file,
        "model_report": _path,
        "backtest": _table,
    }
)
#: Settings whose text in the environment stands for a number.
_NUMBERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {"high_harm": float, "panel_size": int, "max_quarantine": float, "seed": int}
)
