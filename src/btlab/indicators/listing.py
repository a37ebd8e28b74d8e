"""The catalogue's table as a notebook shows it: whole, in a box that scrolls, with a field that searches it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import polars as pl

from btlab.indicators.entry import Entry

WHERE = {True: "on the prices", False: "own pane"}
ORIGINS = {"talib": "TA-Lib", "btlab": "btlab", "custom": "yours"}
HEADS = ("Name", "What it is", "Parameters", "Reads", "Gives", "Drawn", "From bar", "Made by")
GROUND = "var(--jp-layout-color0, var(--vscode-editor-background, var(--color-background-primary, Canvas)))"
STYLE = f"""
.btlab-list {{ font: 12px/1.5 system-ui, sans-serif; color: inherit; max-width: 100% }}
.btlab-list header {{ display: flex; gap: 12px; align-items: baseline; margin-bottom: 6px }}
.btlab-list input {{ font: inherit; color: inherit; background: transparent; border: 1px solid rgb(128 128 128 / .5);
  border-radius: 4px; padding: 3px 8px; width: 260px }}
.btlab-list .box {{ max-height: 420px; overflow: auto; scrollbar-color: rgb(128 128 128 / .6) transparent;
  border: 1px solid rgb(128 128 128 / .35); border-radius: 4px }}
.btlab-list table {{ border-collapse: collapse; width: 100%; margin: 0; font: inherit }}
.btlab-list th {{ position: sticky; top: 0; background: {GROUND}; box-shadow: 0 1px rgb(128 128 128 / .5); font-weight: 600 }}
.btlab-list :is(th, td) {{ text-align: left; vertical-align: top; padding: 3px 10px; border: 0; max-width: none }}
.btlab-list td {{ border-top: 1px solid rgb(128 128 128 / .18) }}
.btlab-list :is(th, td):nth-child(7) {{ text-align: right; font-variant-numeric: tabular-nums }}
.btlab-list td:is(:nth-child(1), :nth-child(6), :nth-child(7), :nth-child(8)) {{ white-space: nowrap }}
.btlab-list td:first-child {{ font-weight: 600 }}
.btlab-list td:is(:nth-child(3), :nth-child(4), :nth-child(5)) {{ opacity: .8 }}
"""
SEARCH = (
    "const all=this.closest('.btlab-list'),words=this.value.toLowerCase().split(' ');let seen=0;"
    "for(const row of all.querySelectorAll('tbody tr')){const text=row.textContent.toLowerCase()+row.title.toLowerCase();"
    "row.style.display=words.every(word=>text.includes(word))?(seen++,''):'none'}"
    "all.querySelector('output').textContent=seen+' of '+all.querySelectorAll('tbody tr').length"
)


class Listing(pl.DataFrame):
    """A polars table of indicators, drawn in a notebook as a list to search; what is made of it is a plain polars table."""

    def _repr_html_(self, **_: Any) -> str:
        return listing_html(self.rows(named=True))


def listing_of(entries: Sequence[Entry]) -> Listing:
    """The table that `bt.list_indicators` returns."""
    columns = {
        "name": [entry.name for entry in entries],
        "title": [entry.title for entry in entries],
        "group": [entry.group for entry in entries],
        "inputs": [", ".join(entry.inputs) for entry in entries],
        "parameters": [", ".join(f"{one.name}={one.shown(one.default)}" for one in entry.parameters) for entry in entries],
        "outputs": [", ".join(entry.output_names) for entry in entries],
        "overlay": [entry.overlay for entry in entries],
        "lookback": [entry.lookback for entry in entries],
        "origin": [entry.origin for entry in entries],
        "source": [entry.source for entry in entries],
        "about": [entry.about for entry in entries],
    }
    return Listing(columns, schema_overrides={"overlay": pl.Boolean, "lookback": pl.Int64})


def listing_html(rows: Sequence[dict[str, object]]) -> str:
    """The whole list: what is typed into its field is sought in all columns, and in the formula, which is each row's tooltip."""
    head = "".join(f"<th>{name}</th>" for name in HEADS)
    body = "".join(map(_row, rows))
    count = f"{len(rows)} of {len(rows)}"
    field = f'<input type="search" placeholder="Search names, words, inputs" aria-label="Search indicators" oninput="{SEARCH}">'
    table = f'<div class="box"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    return f'<div class="btlab-list"><style>{STYLE}</style><header>{field}<output>{count}</output></header>{table}</div>'


def _row(about: dict[str, object]) -> str:
    shown = (
        about["name"],
        about["title"],
        about["parameters"],
        about["inputs"],
        about["outputs"],
        WHERE[bool(about["overlay"])],
        int(str(about["lookback"])) + 1,
        ORIGINS[str(about["origin"])],
    )
    cells = "".join(f"<td>{escape(str(one))}</td>" for one in shown)
    told = "\n".join(str(about[name]) for name in ("group", "about", "source") if about[name])
    return f'<tr title="{escape(told)}">{cells}</tr>'
