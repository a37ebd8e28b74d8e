"""The dashboard's style: tokens as variables on its root, which all parts inherit."""

from __future__ import annotations

from btlab.widgets.tokens import FONT, THEMES


def _variables(theme: str) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in THEMES[theme].items())


ROOT = f"""
:host{{{_variables("light")}color-scheme:light}}
:host(.btlab-dark){{{_variables("dark")}color-scheme:dark}}
:host{{background:var(--page);color:var(--text);padding:20px 24px 28px;min-height:100vh;box-sizing:border-box;gap:12px;
font-family:{FONT};font-size:12px;font-variant-numeric:tabular-nums}}
@media (max-width:760px){{:host{{padding:12px 8px}}}}
"""
CARD = """
:host{background:var(--plot);border:1px solid var(--line);border-radius:5px;box-sizing:border-box;overflow:hidden;padding:4px 0 6px}
"""
HTML = """
:host{margin:0;color:var(--text);font-size:12px;line-height:1.4}
h1{margin:0;font-size:22px;font-weight:600;letter-spacing:-.01em;overflow-wrap:anywhere}
.sub{color:var(--text-3);margin-top:2px;overflow-wrap:anywhere} .simulated{color:var(--text-2)}
.title{display:flex;justify-content:space-between;gap:12px;padding:6px 12px 2px;font-weight:600} .title span{font-weight:400;color:var(--text-3)}
.strip{display:grid;grid-template-columns:repeat(8,minmax(0,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:5px;overflow:hidden}
@media (max-width:1020px){.strip{grid-template-columns:repeat(4,minmax(0,1fr))}}
@media (max-width:480px){.strip{grid-template-columns:repeat(2,minmax(0,1fr))}}
.strip div{background:var(--plot);padding:10px 12px;min-width:0} .strip dt{color:var(--text-3);font-size:11px} .strip dd{margin:0}
.strip .value{font-size:16px;font-weight:600;white-space:nowrap;line-height:24px} .strip .note{color:var(--text-3);font-size:11px}
.up{color:var(--up)} .down{color:var(--down)} dl{margin:0}
.months{border-collapse:separate;border-spacing:1px;width:calc(100% - 16px);margin:4px 8px 8px;text-align:right;font-size:11px;table-layout:fixed}
.months th{font-weight:400;color:var(--text-3);padding:4px 2px;text-align:right} .months td{padding:5px 2px;color:var(--text)}
.months td.total{font-weight:600} .months td.total.up{color:var(--up)} .months td.total.down{color:var(--down)}
.scroll{overflow-x:auto} .scroll .months{min-width:470px}
.none{padding:24px 12px;color:var(--text-3);text-align:center}
.frame{overflow:hidden} iframe{display:block;width:calc(100% + 32px);margin:-16px;height:980px;border:0}
@media (max-width:900px){iframe{width:calc(100% + 16px);margin:-8px}}
"""
BUTTON = """
:host{margin:0} .bk-btn,.bk-btn:hover{background:var(--plot)!important;color:var(--text-2)!important;border:1px solid var(--line-2)!important;border-radius:3px;font-size:12px;padding:4px 12px;box-shadow:none}
.bk-btn:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
"""
TABLE = """
:host{margin:0}
.tabulator{background:transparent!important;border:0!important;font-size:12px!important;color:var(--text)!important}
.tabulator .tabulator-header,.tabulator .tabulator-header .tabulator-col{background:transparent!important;color:var(--text-3)!important;border-color:var(--line)!important;font-weight:400}
.tabulator .tabulator-header .tabulator-col .tabulator-col-content{padding:4px 8px!important} .tabulator-col .tabulator-col-title{padding:0!important}
.tabulator-col .tabulator-col-sorter{opacity:0;right:-2px!important} .tabulator-col:hover .tabulator-col-sorter,.tabulator-col[aria-sort=ascending] .tabulator-col-sorter,.tabulator-col[aria-sort=descending] .tabulator-col-sorter{opacity:1}
.tabulator .tabulator-header{border-bottom:1px solid var(--line)!important} .tabulator .tabulator-header .tabulator-col{border-right:0!important}
.tabulator .tabulator-tableholder{background:transparent!important} .tabulator .tabulator-tableholder .tabulator-table{background:transparent!important;color:var(--text)!important}
.tabulator-row,.tabulator-row.tabulator-row-even{background:transparent!important;border-bottom:1px solid var(--grid)!important;min-height:24px}
.tabulator-row .tabulator-cell{border-right:0!important;padding:4px 8px!important}
.tabulator-row.tabulator-selectable:hover{background:var(--raised)!important;cursor:pointer}
.tabulator-row.tabulator-selected,.tabulator-row.tabulator-selected:hover{background:color-mix(in srgb,var(--accent) 14%,var(--plot))!important;color:var(--text)!important}
.tabulator .tabulator-footer{background:transparent!important;border-top:1px solid var(--line)!important;color:var(--text-3)!important}
.tabulator .tabulator-footer .tabulator-page{font-size:12px;background:var(--plot)!important;color:var(--text-2)!important;border:1px solid var(--line-2)!important;border-radius:3px}
.tabulator .tabulator-footer .tabulator-page.active{color:var(--accent)!important}
"""
FINDINGS = """
.bk-clearfix{display:block!important;width:100%}
.foot{padding:0 12px 4px 56px;color:var(--text-3)} .foot i:first-child{margin-left:6px}
.legend .silent{background:color-mix(in srgb,var(--text-3) 14%,var(--plot))} .legend .gap{background:color-mix(in srgb,var(--down) 60%,var(--plot))}
.legend .cross{font-style:normal;font-weight:700;color:var(--text);height:auto;vertical-align:0}
.legend b{font-weight:400} .legend b+i{margin-left:5px}
.legend i{display:inline-block;width:12px;height:12px;margin:0 5px 0 14px;border-radius:2px;vertical-align:-2px;position:relative}
.legend .scale{width:48px;background:linear-gradient(90deg,color-mix(in srgb,var(--accent) 10%,var(--plot)),var(--accent))}
.legend .missing{background:repeating-linear-gradient(135deg,var(--down) 0 1px,color-mix(in srgb,var(--down) 18%,var(--plot)) 1px 4px)}
.legend .hole{background:linear-gradient(0deg,var(--down) 3px,color-mix(in srgb,var(--accent) 60%,var(--plot)) 3px)}
.legend .odd{width:6px;height:6px;border-radius:3px;background:var(--text);vertical-align:1px} .legend .shut{background:var(--raised)}
.title:has(.legend){flex-wrap:wrap} .legend{font-size:11px}
.list{max-height:340px;overflow:auto;margin:4px 0 0}
.found{border-collapse:collapse;width:100%;font-size:12px} .found th{font-weight:400;color:var(--text-3);text-align:left;position:sticky;top:0;background:var(--plot)}
.found th,.found td{padding:4px 12px;border-bottom:1px solid var(--grid);vertical-align:top} .found .number{text-align:right}
.found td:first-child{white-space:nowrap;color:var(--text-2)} .kinds td:first-child{width:99%;color:var(--text)} .kinds td.down:first-child{color:var(--down)} .kinds{margin-top:4px} .kinds tr:last-child td{border:0} .kinds td{white-space:nowrap} .more{padding:6px 12px;color:var(--text-3);font-size:11px}
"""
TOGGLE = """
const dark = !root.css_classes.includes("btlab-dark"), colours = themes[dark ? "dark" : "light"];
root.css_classes = dark ? ["btlab-dark"] : [];
for (const model of painted) for (const [name, token] of model.tags) model[name] = colours[token];
document.body.style.background = colours["page"];
document.documentElement.dataset.theme = dark ? "dark" : "light";
"""
