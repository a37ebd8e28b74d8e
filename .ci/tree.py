"""Looks over every tracked text file: stray whitespace, line ends, conflict marks, oversized files, paths of one machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AS_WRITTEN = ("src/btlab/widgets/static/", "tests/data/fixtures/")  # bundles, and what older versions of btlab wrote
LARGEST = 2_000_000

RULES = {
    "space at the end of a line": re.compile(rb"[ \t]+\r?$", re.M),
    "a carriage return": re.compile(rb"\r\n"),
    "a conflict mark": re.compile(rb"^(<{7}|>{7}) ", re.M),
    "a path of one machine": re.compile(rb"(?<![\w./<*-])/(?:work|home|Users|root)/[\w.-]+"),
    "an address a package came from": re.compile(rb'^\s*"resolved": |^\s*-?-?(?:extra-)?index-url\b', re.M),
}


def faults(path: str, content: bytes) -> list[str]:
    """What is wrong with one file, as 'file:line: fault'."""
    found = [f"{path}: {len(content):,} bytes; {LARGEST:,} is the most"] if len(content) > LARGEST else []
    if b"\0" in content or path.startswith(AS_WRITTEN):
        return found
    for fault, pattern in RULES.items():
        if match := pattern.search(content):
            line = content.count(b"\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: {fault}")
    if content and not content.endswith(b"\n") and not path.endswith(".ipynb"):
        found.append(f"{path}: no newline at its end")
    return found


def main() -> int:
    """Prints every fault; 1 where there are any."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    found = [fault for name in names for fault in faults(name, (ROOT / name).read_bytes())]
    print("\n".join(found) or f"{len(names)} files, nothing stray")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
