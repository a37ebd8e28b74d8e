"""What is shipped, what it asks for, and what the exact versions of requirements.lock have to do with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import btlab

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
STATIC = ROOT / "src" / "btlab" / "widgets" / "static"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built where no Node can be found and no network is asked."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        env=os.environ | {"PATH": str(Path(sys.executable).parent)},
    )
    (made,) = folder.glob("*.whl")
    return zipfile.ZipFile(made)


def pins(lock: str) -> list[Requirement]:
    return [Requirement(line) for line in (ROOT / lock).read_text("utf-8").splitlines()]


def asked(*groups: str, extras: bool = False) -> list[Requirement]:
    """The project's own requirements, those of its extras where asked for, and those of the named groups."""
    optional = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines] if extras else []
    named = [line for group in groups for line in PROJECT["dependency-groups"][group]]
    every = [Requirement(line) for line in [*PROJECT["project"]["dependencies"], *optional, *named]]
    return [each for each in every if each.name != "btlab"]


def test_the_wheel_has_every_source_and_bundle_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    package = ROOT / "src" / "btlab"
    expected = {
        f"btlab/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == expected
    assert "btlab/py.typed" in shipped
    assert any(name.startswith("btlab/widgets/static/") and name.endswith(".js") for name in shipped)


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    (metadata,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    told = message_from_string(wheel.read(metadata).decode())
    assert (told["Name"], told["Version"], told["Requires-Python"]) == ("btlab", btlab.__version__, ">=3.11")
    assert {"lab", "all"} <= set(told.get_all("Provides-Extra"))
    assert any(name.endswith("/LICENSE") for name in wheel.namelist())


@pytest.mark.parametrize("version", ["3.11.0", "3.12.1", "3.13.0", "3.14.0"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize(
    ("lock", "wanted"),
    [("requirements.lock", asked("test", "check", extras=True)), ("benchmarks/requirements.lock", asked("bench"))],
    ids=["project", "benchmarks"],
)
def test_the_lock_pins_one_fitting_version_of_everything_asked_for(
    lock: str, wanted: list[Requirement], platform: str, version: str
) -> None:
    place = {
        "python_version": version.rpartition(".")[0],
        "python_full_version": version,
        "sys_platform": platform,
        "os_name": "posix",
        "platform_system": platform.title(),
    }
    here = [pin for pin in pins(lock) if pin.marker is None or pin.marker.evaluate(place)]
    pinned = {canonicalize_name(pin.name): str(pin.specifier) for pin in here}
    assert len(pinned) == len(here), "one version of each"
    for requirement in wanted:
        exact = re.fullmatch(r"==([^*,]+)", pinned.get(canonicalize_name(requirement.name), ""))
        assert exact, f"{requirement.name} has no exact version in {lock}"
        assert requirement.specifier.contains(exact[1]), f"{requirement} is not {exact[1]} of {lock}"


def test_what_decides_stored_bytes_and_indicator_bits_is_pinned() -> None:
    """duckdb's storage version and TA-Lib's minor change results or files: a range that lets the next one in is a fault."""
    ranges = {requirement.name: requirement.specifier for requirement in asked()}
    assert not ranges["TA-Lib"].contains("0.9.0")
    assert not ranges["TA-Lib"].contains("0.7.9")
    assert not ranges["duckdb"].contains("2.1.0")
    assert not ranges["numba"].contains("0.69.0")


def test_the_changelog_tells_of_this_version() -> None:
    assert re.search(rf"^## {re.escape(btlab.__version__)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert PROJECT["project"]["version"] == btlab.__version__
