"""The notebooks as they are kept: they read well where they were never run. (That they run, nbval and the browser tests see.)"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("name", "kind", "pictures"), [("01-quickstart", "svg", 2), ("02-data", "png", 1), ("05-replay", "svg", 3)]
)
def test_without_kernel_and_browser_it_shows_pictures(name, kind, pictures):
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter().from_filename(str(NOTEBOOKS[0].with_name(f"{name}.ipynb")))
    assert len(re.findall(rf"<img[^>]* src=\"data:image/{kind}", page)) == pictures


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_was_run_in_order_without_an_error(notebook):
    cells = [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert kinds <= {"execute_result", "display_data", "stream"}
    assert not any(output.get("name") == "stderr" for cell in cells for output in cell["outputs"])
    assert notebook.stat().st_size < 300_000
