// The explorer's own style, after the chart's: the grid of its parts, sliders, figures, map.
import { STYLE } from "../view/style.ts";

const TOKENS = `
&[data-theme=dark]{--div-neg:#d75f70;--div-mid:#1c2127;--div-pos:#35a585}
&[data-theme=light]{--div-neg:#d8596b;--div-mid:#f0f2f4;--div-pos:#2f9c7f}
&[data-theme=dark][data-palette=colour-blind]{--div-neg:#d98a3d;--div-pos:#4a9bd4}
&[data-theme=light][data-palette=colour-blind]{--div-neg:#d98a45;--div-pos:#3f8fc6}
`;

const PARTS = `
& .x{position:relative;border:1px solid var(--line);border-radius:var(--r2);background:var(--line);overflow:hidden;display:grid;gap:1px;
grid-template-columns:252px minmax(0,1fr) 330px;grid-template-rows:auto auto auto auto auto 1fr;
grid-template-areas:"bar bar bar" "notice notice notice" "par met met" "par eq heat" "par px heat" "par px heat"}
& .x>*{background:var(--surface);min-width:0}
& .x .bar{border-bottom:0;padding:0 8px 0 12px}& .x .bar .sub{flex:0 1 auto}& .x .bar h2{overflow:visible}
& .x .bar .tools{display:flex;gap:8px;flex:none}
& .x .btn{gap:6px;height:28px}& .x .btn svg.i{width:14px;height:14px}
& .x .btn.pri{background:var(--accent-fill);color:var(--on-accent);box-shadow:none}& .x .btn.pri:hover{filter:brightness(1.08)}
& .x .btn[aria-pressed=true]{color:var(--accent);background:var(--accent-soft)}
& .x .busy{position:absolute;z-index:5;left:0;right:0;top:0;height:2px;background:none;overflow:hidden}
& .x .busy::before{content:"";position:absolute;inset:0 60% 0 0;background:var(--accent);animation:btlab-busy 1.1s linear infinite}
@keyframes btlab-busy{from{transform:translateX(-100%)}to{transform:translateX(250%)}}
& .x .notice{border-bottom:0}& .x .stop{position:absolute;z-index:3;right:70px;top:6px;box-shadow:inset 0 0 0 1px var(--line-2)}
& .x .par{grid-area:par}& .x .met{grid-area:met}& .x .eq{grid-area:eq;background:var(--plot)}& .x .px{grid-area:px;background:var(--plot)}& .x .heat{grid-area:heat;background:var(--surface)}
& .prm{padding:12px 12px 5px}
& .prm .l{display:flex;justify-content:space-between;align-items:baseline;gap:8px;line-height:18px}& .prm .l>*{white-space:nowrap}
& .prm .l label,& .prm .l b{font-weight:500;overflow:hidden;text-overflow:ellipsis}
& .prm output{font-weight:600;display:inline-flex;gap:6px;align-items:baseline}& .prm output i{font-style:normal;font-weight:400;color:var(--text-3)}
& .prm .was{font-weight:400;color:var(--text-3);font-size:11px}
& .prm .tr2{position:relative}& .prm canvas{width:100%;height:36px;margin-top:5px}
& .prm .sl{display:block;width:100%;margin-top:-10px;position:relative;accent-color:var(--accent)}
& .prm .gh{position:absolute;z-index:1;bottom:6px;width:8px;height:8px;margin-left:-4px;border-radius:50%;box-shadow:inset 0 0 0 1px var(--text-3);background:var(--surface);pointer-events:none}
& .prm .sl:focus-visible{outline:0}& .prm .sl:focus-visible::-webkit-slider-thumb{box-shadow:0 0 0 2px var(--surface),0 0 0 4px var(--accent)}& .prm .sl:focus-visible::-moz-range-thumb{box-shadow:0 0 0 2px var(--surface),0 0 0 4px var(--accent)}
& .prm .rng{display:flex;justify-content:space-between;color:var(--text-3);font-size:10px;line-height:12px;margin-top:-1px}
& .prm select,& .x .pick{font:inherit;color:var(--text-2);background:none;border:0;border-radius:var(--r1);height:20px;padding:0 2px;cursor:pointer;max-width:100%}
& .prm select{width:100%;height:26px;background:var(--raised);color:var(--text);padding:0 6px;margin-top:6px}
& .x option{background:var(--surface);color:var(--text)}
& .prm.sw{display:flex;align-items:center;gap:8px;padding-bottom:10px}& .prm.sw input{width:14px;height:14px;accent-color:var(--accent)}
& .x .hint{padding:8px 12px 12px;color:var(--text-3);font-size:11px;line-height:15px}
& .met{display:grid;grid-template-columns:repeat(8,minmax(0,1fr));gap:1px;background:var(--line)!important}
& .met>div{background:var(--surface);padding:9px 12px 10px;min-width:0;overflow:hidden}
& .met dt{color:var(--text-3);font-size:11px;line-height:14px;white-space:nowrap}& .met dd{white-space:nowrap}
& .met .v{font-size:16px;font-weight:600;line-height:22px;letter-spacing:-.01em}& .met .d{font-size:11px;line-height:14px;color:var(--text-3);min-height:14px}
& .met .d span{margin-right:6px}
& .x .ch{display:flex;align-items:baseline;gap:8px;padding:10px 12px 0;line-height:18px;white-space:nowrap;overflow:hidden}& .x .ch h3{font-weight:600}
& .x .ch .r{margin-left:auto;color:var(--text-3);font-size:11px}
& .x .key{display:inline-flex;align-items:center;gap:5px;color:var(--text-2);font-size:11px;margin-left:4px}
& .x .key::before{content:"";width:12px;height:2px;background:var(--key,var(--accent));flex:none}& .x .key.was::before{height:0;background:none;border-top:1.5px dashed var(--text-3)}
& .x .plot{position:relative}& .x .plot canvas{width:100%;height:100%;position:absolute;left:0;top:0}
& .x .eq .plot{height:304px}& .x .px{display:flex;flex-direction:column}& .x .px .plot{flex:1 0 226px;cursor:crosshair;touch-action:pan-y}& .x .plot:focus-visible{outline-offset:-2px}
& .x .heat .plot{height:342px}& .x .heat .blk{background:var(--surface)}& .x .heat .ch{flex-wrap:wrap;row-gap:0}& .x .heat .ch .r{display:inline-flex;gap:2px;align-items:center}
& .x .heat .none{padding:24px 12px;color:var(--text-3);line-height:16px}
& .x .tip{position:absolute;z-index:3;pointer-events:none;padding:5px 9px;border-radius:var(--r1);background:var(--raised);box-shadow:var(--shadow);white-space:nowrap;line-height:16px;font-size:11px}
& .x .warn{color:var(--warn)}
& .bl{width:100%;border-collapse:separate;table-layout:auto!important}& .bl td{padding:0!important;height:22px!important}& .bl td+td{text-align:right;padding-left:12px!important;width:1%;white-space:nowrap}
& .bl th{height:auto!important;padding:0 0 4px 12px!important;border:0!important;text-align:right!important}& .bl th:first-child{padding-left:0!important;text-align:left!important}
& .bl td:first-child{width:99%;max-width:0}& .bl button{display:block;width:100%;text-align:left;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;line-height:20px;color:var(--text-2)}& .bl button:hover{color:var(--accent)}
& .bl tr[aria-current=true] td,& .bl tr[aria-current=true] button{font-weight:600;color:var(--text)}& .bl td.up{color:var(--up)!important}& .bl td.down{color:var(--down)!important}
& .x .refused{position:absolute;z-index:2;left:12px;right:70px;top:6px;padding:7px 10px;border-radius:var(--r1);background:var(--raised);box-shadow:inset 0 0 0 1px var(--line-2);white-space:pre-wrap;overflow-wrap:anywhere;line-height:16px;max-height:60%;overflow:auto}
& .x .refused b{color:var(--down);font-weight:600;margin-right:6px}
& .x .pop{top:44px;bottom:auto}& .x .pop textarea{display:block;width:100%;padding:6px 8px;border:1px solid var(--line-2);border-radius:var(--r1);background:var(--plot);color:var(--text);font:12px/17px var(--jp-code-font-family,ui-monospace,SFMono-Regular,Menlo,Consolas,monospace);resize:none}
@container (max-width:1180px){& .x{grid-template-columns:220px minmax(0,1fr) 280px}& .met{grid-template-columns:repeat(4,minmax(0,1fr))}}
@container (max-width:900px){
& .x{grid-template-columns:minmax(0,1fr);grid-template-rows:none;grid-template-areas:"bar" "notice" "par" "met" "eq" "px" "heat"}
& .x .bar{flex-wrap:wrap;padding:7px 8px 7px 12px;row-gap:6px}& .x .bar .grow{display:none}& .x .bar .tools{margin-left:auto}& .x .chip{order:3;flex:1 0 100%}
& .x .sliders{display:grid;grid-template-columns:1fr 1fr}& .x .heat .plot{height:380px}}
@container (max-width:560px){& .x .sliders{grid-template-columns:minmax(0,1fr)}& .met{grid-template-columns:repeat(2,minmax(0,1fr))}& .x .px .ch .r{display:none}& .x .bar .tools{margin:0;flex-wrap:wrap}& .x .heat .plot{height:300px}}
`;

export const EXPLORER_STYLE = STYLE + (TOKENS + PARTS).replace(/&/g, ".btlab.btlab");
