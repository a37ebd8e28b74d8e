"""A Panel page as one HTML file: scripts and style sheets inside, no address outside."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import panel
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from bokeh.resources import INLINE
from panel.io.model import add_to_doc
from panel.io.resources import Resources, set_resource_mode
from panel.io.save import file_html
from pyviz_comms import Comm  # type: ignore[import-untyped]

_ICONS = re.compile(r'<link rel="[a-z-]*icon"[^>]*>')
DIST = Path(panel.__file__).parent / "dist"


def save_page(page: Any, path: str | os.PathLike[str], title: str) -> None:
    """Writes a page for a browser without a network."""
    document = Document()
    with set_resource_mode("inline"):
        root = page.get_root(document, Comm())
        add_to_doc(root, document, True)
        with document.models.freeze():  # else each change has the document look for all of its models again
            for model in root.references():
                if hasattr(model, "stylesheets"):
                    model.stylesheets = [text for sheet in model.stylesheets for text in _inside(sheet)]
        text = file_html(document, Resources.from_bokeh(INLINE, absolute=True), title)
    Path(path).write_text(_ICONS.sub("", text), "utf-8")


def _inside(sheet: Any) -> list[Any]:
    """A sheet of Panel's own as its text; icon fonts are left out, for they would be fetched."""
    if not isinstance(sheet, ImportedStyleSheet):
        return [sheet]
    place = DIST / sheet.url.partition("?")[0].partition("/dist/")[2]
    return [] if "font-awesome" in sheet.url or not place.is_file() else [place.read_text("utf-8")]
