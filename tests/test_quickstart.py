"""The quickstart as it is kept: it reads well where it was never run. (That it runs, nbval and the browser tests see.)"""

from __future__ import annotations

import json
import re
from pathlib import Path

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "01-quickstart.ipynb"


def test_without_kernel_and_browser_it_shows_pictures():
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter().from_filename(str(NOTEBOOK))
    assert len(re.findall(r"<img[^>]* src=\"data:image/svg", page)) == 2


def test_every_cell_was_run_in_order_without_an_error():
    cells = [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert kinds <= {"execute_result", "display_data"}
    assert NOTEBOOK.stat().st_size < 300_000
