// The look, as one style sheet that stands inside the widget's own element, so that it also works in a shadow root.
// "&" stands for the widget's root, named twice: a host's rules for tables and buttons must not win.

const TOKENS = `
&{--s:4px;--r1:3px;--r2:5px;--ease:cubic-bezier(.2,0,0,1);--d1:80ms;--d2:140ms;
font-family:"Inter",var(--jp-ui-font-family,system-ui),-apple-system,"Segoe UI",Roboto,sans-serif}
&[data-theme=dark]{color-scheme:dark;
--page:#0b0d10;--plot:#101317;--surface:#14181d;--raised:#1c2127;--hover:#232930;--line:#232930;--line-2:#363f49;--grid:#191e24;
--text:#e6e9ed;--text-2:#a9b2bd;--text-3:#8c97a3;--accent:#6ea8ff;--accent-fill:#2b6be0;--on-accent:#fff;--accent-soft:#6ea8ff24;--accent-wash:#6ea8ff12;
--up:#45b898;--down:#ec7281;--warn:#e0ab57;--candle-up:#479883;--candle-down:#b5616c;--vol-up:#47988352;--vol-down:#b5616c52;
--up-wash:#45b8980e;--down-wash:#ec72810e;--ind-1:#dcae67;--ind-2:#949ef0;--ind-3:#c08fd6;--hatch:#ffffff0a;--shadow:0 6px 24px #00000066,0 0 0 1px #ffffff0f}
&[data-theme=light]{color-scheme:light;
--page:#f4f5f7;--plot:#fff;--surface:#fafbfc;--raised:#f0f2f4;--hover:#e8ebee;--line:#e3e6ea;--line-2:#c5ccd4;--grid:#f0f2f4;
--text:#14181d;--text-2:#47515c;--text-3:#5c6772;--accent:#1c5fd1;--accent-fill:#1f64db;--on-accent:#fff;--accent-soft:#1c5fd118;--accent-wash:#1c5fd10d;
--up:#08735a;--down:#bd2b43;--warn:#875800;--candle-up:#3d9d86;--candle-down:#cf6672;--vol-up:#3d9d8647;--vol-down:#cf667247;
--up-wash:#0a7a600f;--down-wash:#c22f470d;--ind-1:#8b590a;--ind-2:#4e5ac7;--ind-3:#8d4bab;--hatch:#14181d0a;--shadow:0 6px 24px #14181d1f,0 0 0 1px #14181d14}
&[data-theme=dark][data-palette=colour-blind]{
--up:#5aaee8;--down:#eb9a4a;--warn:#d9c05a;--candle-up:#4c8fbd;--candle-down:#c08143;--vol-up:#4c8fbd52;--vol-down:#c0814352;
--up-wash:#5aaee812;--down-wash:#eb9a4a12;--ind-1:#d9c98a;--ind-2:#c3a2e6;--ind-3:#9aa6b3;--accent:#b9a3f5;--accent-fill:#7354d8;--accent-soft:#b9a3f524;--accent-wash:#b9a3f512}
&[data-theme=light][data-palette=colour-blind]{
--up:#0a67a6;--down:#a04b00;--warn:#7a6400;--candle-up:#3f8fc6;--candle-down:#d98a45;--vol-up:#3f8fc647;--vol-down:#d98a4547;
--up-wash:#0a67a60f;--down-wash:#a950000d;--ind-1:#716216;--ind-2:#7547ad;--ind-3:#5c6773;--accent:#6540c4;--accent-fill:#6540c4;--accent-soft:#6540c418;--accent-wash:#6540c40d}
`;

const BASE = `
&{container-type:inline-size;position:relative;display:block;width:100%;min-width:320px;box-sizing:border-box;text-align:left;
font-size:12px;line-height:1.35;font-weight:400;color:var(--text);font-variant-numeric:tabular-nums;letter-spacing:-.004em;-webkit-font-smoothing:antialiased}
& *,& *::before,& *::after{box-sizing:border-box}
& h2,& h3,& p,& figure,& dl,& dd,& dt,& ul{margin:0;padding:0;font:inherit;color:inherit}& dl dt,& dl dd{float:none;width:auto}
& ul{list-style:none}
& button,& input,& select{font:inherit;color:inherit;letter-spacing:inherit;margin:0}
& button{background:none;border:0;padding:0;cursor:pointer;box-shadow:none;min-height:0}
& canvas{display:block}
& [hidden]{display:none!important}
& svg.i{width:16px;height:16px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;flex:none;display:block}
& svg.i .f{fill:currentColor;stroke:none}
& .up{color:var(--up)} & .down{color:var(--down)} & .t2{color:var(--text-2)} & .t3{color:var(--text-3)} & .semi{font-weight:600}
& :focus{outline:none}
& :focus-visible{outline:2px solid var(--accent);outline-offset:1px}
& .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
& .grow{flex:1 1 0;min-width:0}
& .sep{width:1px;height:16px;background:var(--line-2);opacity:.7;flex:none;margin:0 4px}
& .grp{display:flex;align-items:center;gap:2px}
& .ib{display:inline-grid;place-items:center;width:28px;height:26px;border-radius:var(--r1);color:var(--text-2);flex:none;transition:background var(--d1) var(--ease),color var(--d1) var(--ease)}
& .ib:hover{background:var(--hover);color:var(--text)}
& .ib[aria-pressed=true]{color:var(--accent);background:var(--accent-soft)}
& .ib:disabled{opacity:.45;cursor:default;background:none}
& .pick{height:26px;border:0;border-radius:var(--r1);background:none;color:var(--text-2);padding:0 2px;cursor:pointer;max-width:120px;field-sizing:content;font:inherit;box-shadow:none}
& .pick:hover{background:var(--hover);color:var(--text)} & .pick option{background:var(--raised);color:var(--text)} & .chip .pick{margin:0 -6px 0 2px}
& .btn{display:inline-flex;align-items:center;justify-content:center;height:26px;padding:0 12px;border-radius:var(--r1);background:var(--raised);color:var(--text);font-weight:500;white-space:nowrap;box-shadow:inset 0 0 0 1px var(--line)}
& .btn:hover{background:var(--hover)}
@media (prefers-reduced-motion:reduce){& *{transition:none!important;animation:none!important}}
`;

const FRAME = `
& .w{position:relative;border:1px solid var(--line);border-radius:var(--r2);background:var(--surface);overflow:hidden;display:grid;grid-template-columns:minmax(0,1fr) 300px;
grid-template-areas:"bar bar" "notice notice" "film side" "panels side" "scrub side" "trades side";grid-template-rows:auto auto auto auto auto 1fr}
& .w:focus-visible{outline:none} & .w:focus-visible::after{content:"";position:absolute;inset:0;z-index:6;border:2px solid var(--accent);border-radius:var(--r2);pointer-events:none}
& .bar{grid-area:bar;min-height:40px;display:flex;align-items:center;gap:12px;padding:0 8px 0 12px;border-bottom:1px solid var(--line)}
& .bar h2{flex:none;font-size:13px;font-weight:600;letter-spacing:-.005em;white-space:nowrap;max-width:24ch;overflow:hidden;text-overflow:ellipsis}
& .bar .sub{flex:0 9 auto;color:var(--text-3);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:0}
& .chip{display:inline-flex;align-items:center;height:26px;border-radius:13px;background:var(--raised);padding:0 12px 0 10px;gap:10px;white-space:nowrap;color:var(--text-2);flex:none}
& .chip .mode{display:inline-flex;align-items:center;gap:6px;font-weight:600;font-size:10px;letter-spacing:.06em;color:var(--accent)}
& .chip .mode::before{content:"";width:6px;height:6px;border-radius:50%;background:currentColor}
& .chip b{font-weight:600;color:var(--text)}
& .chip i{width:1px;height:12px;background:var(--line-2)}
& .chip .clock{display:inline-block;min-width:194px;text-align:center}
& .chip.stopped .mode{color:var(--warn)}
& .w.busy::before{content:"";position:absolute;z-index:6;left:0;right:0;top:0;height:2px;background:linear-gradient(90deg,transparent,var(--accent),transparent) 0/40% 100% no-repeat,var(--line-2);animation:btlab-busy 1.2s linear infinite}
@keyframes btlab-busy{from{background-position:-60% 0,0 0}to{background-position:160% 0,0 0}}
@media (prefers-reduced-motion:reduce){& .w.busy::before{background:var(--accent)}}
& .toast{position:absolute;z-index:4;left:50%;top:48px;transform:translateX(-50%);padding:6px 12px;border-radius:var(--r2);background:var(--raised);box-shadow:var(--shadow);font-weight:500}
& .notice{grid-area:notice;display:flex;align-items:center;gap:8px;padding:7px 12px;background:var(--raised);border-bottom:1px solid var(--line);line-height:16px;color:var(--text-2)}
& .notice svg{color:var(--warn)} & .notice b{font-weight:500;color:var(--text)}
& .panels{grid-area:panels;display:grid;grid-template-columns:repeat(3,minmax(0,1fr));grid-template-rows:270px 270px;gap:1px;background:var(--line);border-bottom:1px solid var(--line)}
& .pn{position:relative;background:var(--plot);overflow:hidden;min-width:0;cursor:crosshair;touch-action:none;user-select:none;-webkit-user-select:none}
& .pn canvas{position:absolute;left:0;top:0;width:100%;height:100%;pointer-events:none}
& .pn.hot::after{content:"";position:absolute;inset:0;box-shadow:inset 0 0 0 1px var(--line-2);pointer-events:none}
& .pn:focus-visible{outline-offset:-2px}
& .pn.pan{cursor:grabbing} & .pn.axis{cursor:ns-resize} & .pn.over{cursor:pointer}
& .lg{position:absolute;left:8px;top:6px;right:calc(var(--axis,58px) + 2px);pointer-events:none;font-size:11px;line-height:16px;color:var(--text-2);overflow:hidden;
text-shadow:0 0 2px var(--plot),0 0 2px var(--plot),0 0 3px var(--plot)}
& .lg .tf{font-size:13px;font-weight:600;color:var(--text);display:inline-block;min-width:28px;margin-right:4px}
& .lg .k{color:var(--text-3);margin-right:3px} & .lg .v{display:inline-block;margin-right:4px;white-space:nowrap}
& .lg .r2{display:flex;flex-wrap:wrap;height:16px;overflow:hidden;gap:10px;margin-top:1px;color:var(--text-3);white-space:nowrap} & .lg.tight .r2{display:none} & .lg .st{color:var(--accent);font-size:10px}
& .lg .num{color:var(--text-2)}
& .lg.tight{max-height:48px} & .lg.tight .r2{white-space:normal} & .lg.tight .vol{display:none} & .lg.tight>div,& .lg.tight .r2:has(.ovs),& .lg.tight .ovs{display:inline} & .lg.tight .ov,& .lg.tight .st{margin:0 0 0 6px;vertical-align:top} & .pn.big .lg .r2{height:auto;max-height:49px}
& .ovs,& .plg{display:flex;flex-wrap:wrap;column-gap:10px;min-width:0} & .lg .r2:has(.ovs){flex-wrap:nowrap} & .vol,& .st{flex:none} & .plg{position:absolute;left:8px;right:calc(var(--axis,58px) + 2px);height:16px;overflow:hidden;pointer-events:none;font-size:11px;line-height:16px}
& .ov{display:inline-flex;align-items:center;gap:4px;pointer-events:auto;color:var(--text-3);white-space:nowrap;border-radius:2px} & .ov:hover{color:var(--text)} & .ov i{width:8px;height:2px;flex:none}
& .pn .ed{left:0;right:auto;bottom:auto;width:auto;min-width:190px;max-height:calc(100% - 8px);overflow:auto;cursor:default;touch-action:auto}
& .pop.ed label{display:flex;align-items:center;justify-content:space-between;gap:12px;margin:0 0 6px;font-weight:400} & .pop.ed input,& .ed select{width:96px;height:24px;padding:0 6px;border:1px solid var(--line-2);border-radius:var(--r1);background:var(--plot);color:inherit;font:inherit}
& .ed input:disabled,& .ed select:disabled{opacity:.6} & .ed .hint,& .ed .bad{max-width:220px;line-height:15px}
& .pn .none{position:absolute;inset:0 var(--axis,58px) 20px 0;display:grid;place-items:center;color:var(--text-3);pointer-events:none;padding:40px 12px 12px;text-align:center}
& .pn .home{position:absolute;right:calc(var(--axis,58px) + 6px);bottom:28px;display:inline-flex;align-items:center;gap:4px;height:22px;padding:0 8px 0 6px;border-radius:11px;background:var(--raised);color:var(--text-2);font-size:11px;box-shadow:0 0 0 1px var(--line-2)}
& .pn .home:hover{background:var(--hover);color:var(--text)} & .pn .home svg{width:12px;height:12px}
& .card{position:absolute;z-index:3;background:var(--raised);border-radius:var(--r2);box-shadow:var(--shadow);padding:9px 12px 10px;min-width:200px;max-width:320px;pointer-events:none}
& .card .h{display:flex;justify-content:space-between;gap:16px;font-weight:600;margin-bottom:4px}
& .card .kv{line-height:18px}
& .film{grid-area:film;display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:1px;background:var(--line);border-bottom:1px solid var(--line)}
& .fm{position:relative;height:58px;background:var(--surface);text-align:left;min-width:0}
& .fm:hover{background:var(--hover)} & .fm:focus-visible{outline-offset:-2px}
& .fm .tf{position:absolute;left:10px;top:7px;font-weight:600;color:var(--text-2)} & .fm .ch{position:absolute;left:10px;bottom:9px;font-size:11px;color:var(--text-3)}
& .fm canvas{position:absolute;left:64px;right:0;top:8px;width:calc(100% - 72px);height:42px}
& .fm[aria-pressed=true]{background:var(--plot)} & .fm[aria-pressed=true] .tf{color:var(--text)}
& .fm[aria-pressed=true]::after{content:"";position:absolute;left:0;right:0;top:0;height:2px;background:var(--accent)}
& .w.one .panels{display:block;height:606px} & .w.one .pn{display:none;height:100%} & .w.one .pn.big{display:block;animation:btlab-grow var(--d2) var(--ease)}
@keyframes btlab-grow{from{transform:scale(.6);opacity:.4}}
`;

const CONTROLS = `
& .scrub{grid-area:scrub;position:relative;border-bottom:1px solid var(--line);min-width:0}
& .tr{min-height:42px;display:flex;align-items:center;gap:9px;padding:0 8px}
& .play{width:34px;height:28px;border-radius:var(--r2);background:var(--accent-fill);color:var(--on-accent);display:inline-grid;place-items:center;margin:0 3px;flex:none}
& .play:hover{filter:brightness(1.08)}
& .seg{display:inline-flex;height:26px;border-radius:var(--r1);background:var(--raised);padding:2px;font-size:11px}
& .seg button{padding:0 6px;border-radius:2px;color:var(--text-2);min-width:26px}
& .seg button:hover{color:var(--text)} & .seg button:disabled{opacity:.45;cursor:default}
& .seg button[aria-pressed=true]{background:var(--plot);color:var(--text);font-weight:500;box-shadow:0 0 0 1px var(--line-2)}
& .lbl{color:var(--text-3);font-size:11px;white-space:nowrap}
& .spd{display:inline-flex;align-items:center;gap:6px} & .spd output{min-width:56px;font-weight:500;text-align:right;white-space:nowrap}
& .sl{appearance:none;-webkit-appearance:none;width:84px;height:20px;background:none;cursor:pointer;border:0;padding:0;--at:0%}
& .sl::-webkit-slider-runnable-track{height:2px;border-radius:1px;background:linear-gradient(90deg,var(--accent) var(--at),var(--line-2) var(--at))}
& .sl::-moz-range-track{height:2px;border-radius:1px;background:linear-gradient(90deg,var(--accent) var(--at),var(--line-2) var(--at))}
& .sl::-webkit-slider-thumb{appearance:none;-webkit-appearance:none;width:12px;height:12px;margin-top:-5px;border:0;border-radius:50%;background:var(--text);box-shadow:0 0 0 2px var(--surface)}
& .sl::-moz-range-thumb{width:12px;height:12px;border:0;border-radius:50%;background:var(--text);box-shadow:0 0 0 2px var(--surface)}
& .lanes{position:relative;height:146px;cursor:ew-resize;touch-action:none;user-select:none;-webkit-user-select:none}
& .lanes canvas{position:absolute;left:0;top:0;width:100%;height:100%;pointer-events:none}
& .lanes:focus-visible{outline-offset:-2px}
& .pop{position:absolute;z-index:4;right:8px;bottom:calc(100% - 38px);width:min(320px,calc(100% - 16px));background:var(--raised);border-radius:var(--r2);box-shadow:var(--shadow);padding:10px 12px}
& .pop label{display:block;font-weight:600;margin-bottom:6px} & .pop input{display:block;width:100%;height:28px;padding:0 8px;border:1px solid var(--line-2);border-radius:var(--r1);background:var(--plot)}
& .pop .hint{margin-top:6px;color:var(--text-3);font-size:11px;line-height:15px} & .pop .bad{margin-top:6px;color:var(--down)}
& .sheet{position:absolute;z-index:5;inset:0;display:grid;place-items:center;background:color-mix(in srgb,var(--page) 60%,transparent)}
& .sheet>div{position:relative;background:var(--raised);border-radius:var(--r2);box-shadow:var(--shadow);padding:16px 20px;max-width:min(640px,92%);max-height:92%;overflow:auto}
& .sheet h3{font-size:13px;font-weight:600;margin-bottom:10px}
& .sheet dl{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:6px 14px;line-height:20px} & .sheet dd{color:var(--text-2)}
& .sheet kbd{font:inherit;font-size:11px;display:inline-block;min-width:20px;text-align:center;padding:0 5px;border:1px solid var(--line-2);border-radius:var(--r1);background:var(--plot);color:var(--text)}
`;

const SIDE = `
& .side{grid-area:side;border-left:1px solid var(--line);background:var(--surface);min-width:0}
& .blk{padding:10px 12px 11px;border-bottom:1px solid var(--line)} & .blk:last-child{border-bottom:0}
& .blk h3{margin:0 0 6px;font-size:11px;font-weight:500;color:var(--text-3);display:flex;justify-content:space-between;gap:8px;align-items:baseline;line-height:14px}
& .blk h3 span{font-weight:400;white-space:nowrap}
& .blk .line{line-height:20px;color:var(--text-3)}
& .kv{display:grid;grid-template-columns:minmax(0,1fr) auto;column-gap:12px;line-height:20px;color:var(--text-2)}
& .kv dt{white-space:nowrap;overflow:hidden;text-overflow:ellipsis} & .kv dd{text-align:right;color:var(--text);white-space:nowrap}
& .kv dd.up{color:var(--up)} & .kv dd.down{color:var(--down)} & .kv .ds{display:inline-block;min-width:42px;color:var(--text-3)} & .kv .ds:empty{display:none}
& .kv .sw{display:inline-block;width:8px;height:2px;border-radius:1px;vertical-align:3px;margin-right:6px;background:var(--text-3)}
& .kv .sw.none{display:none} & .kv .sw.up{background:var(--up)} & .kv .sw.down{background:var(--down)} & .kv .sw.warn{background:var(--warn)} & .kv .sw.mk{background:var(--ind-2);width:4px;height:4px;border-radius:50%;vertical-align:2px;margin:0 8px 0 2px}
& .quote{display:grid;grid-template-columns:1fr auto 1fr;align-items:end} & .quote>div:last-child{text-align:right}
& .quote .q{font-size:22px;font-weight:600;line-height:26px;letter-spacing:-.01em;white-space:nowrap}
& .quote small{font-size:13px;font-weight:500;color:var(--text-2);letter-spacing:0} & .quote sup{font-size:13px;font-weight:500;vertical-align:7px;line-height:0;margin-left:1px}
& .quote .c{font-size:11px;color:var(--text-3)} & .quote .spr{font-size:11px;color:var(--text-2);background:var(--raised);border-radius:9px;padding:0 8px;line-height:18px;margin:0 6px 4px;white-space:nowrap}
& .pos{min-height:133px} & .pos .top{display:flex;justify-content:space-between;align-items:baseline;gap:8px;margin-bottom:2px;white-space:nowrap}
& .pos .what{font-size:13px;font-weight:600} & .pos .run{font-size:16px;font-weight:600} & .pos canvas{width:100%;height:46px}
& .ft{display:grid;grid-template-columns:30px minmax(0,1fr) 54px 44px 46px;column-gap:8px;line-height:20px;align-items:center;color:var(--text-2)}
& .fr{display:contents} & .ft .h{color:var(--text-3);font-size:11px;line-height:14px} & .ft .n{text-align:right;white-space:nowrap}
& .ft .own{font-weight:600;color:var(--text)} & .ft .own+.pg i{background:var(--accent)}
& .pg{height:3px;border-radius:2px;background:var(--line-2);position:relative;overflow:hidden}
& .pg i{position:absolute;inset:0;background:var(--text-2);border-radius:2px;transform-origin:0 50%;transform:scaleX(0)}
& .orders{min-height:80px} & .marks{min-height:60px}
& .side{display:flex;flex-direction:column} & .why{flex:1 1 120px;min-height:120px;contain:size;overflow:hidden;display:flex;flex-direction:column;border-bottom:0} & .why ul{flex:1;overflow:auto;line-height:16px;overflow-wrap:anywhere;color:var(--text-2)}
& .why li{display:flex;gap:6px;padding:1px 0} & .why i{flex:none;width:10px;font-style:normal;color:var(--text-3)} & .why .saw span{padding-left:10px;font-size:11px;color:var(--text-3)} & .why .fill{color:var(--text)} & .why .fill i{color:var(--up)} & .why .refused,& .why .refused i{color:var(--warn)} & .why .btn{margin-top:6px;align-self:start}
& .eqg{display:grid;grid-template-columns:1fr 104px;gap:12px;align-items:end} & .eqg canvas{width:100%;height:58px}
`;

const LIST = `
& .trades{container-type:inline-size;grid-area:trades;min-width:0;background:var(--surface);display:flex;flex-direction:column;min-height:178px}
& .hd{display:flex;align-items:center;gap:12px;height:34px;padding:0 12px;color:var(--text-2);white-space:nowrap;overflow:hidden} & .hd h2{font-weight:600;color:var(--text)}
& .scroll{overflow-y:auto;overflow-x:auto;flex:1 1 144px;height:144px;overscroll-behavior:contain}
& .scroll:focus-visible{outline-offset:-2px}
& table{border-collapse:separate;border-spacing:0;width:100%;table-layout:fixed;font-size:12px;margin:0;border:0;color:inherit;background:none}
& thead{position:sticky;top:0;z-index:1}
& tr{background:none;border:0}
& th{font-weight:400;font-size:11px;color:var(--text-3);text-align:left;height:22px;padding:0 8px;border:0;border-bottom:1px solid var(--line);white-space:nowrap;background:var(--surface);vertical-align:middle;max-width:none}
& td{height:24px;padding:0 8px;border:0;white-space:nowrap;color:var(--text-2);overflow:hidden;text-overflow:ellipsis;text-align:left;vertical-align:middle;max-width:none}
& th:first-child,& td:first-child{padding-left:12px} & th:last-child,& td:last-child{padding-right:12px}
& th.n,& td.n{text-align:right} & td.p{color:var(--text)} & td.up{color:var(--up)} & td.down{color:var(--down)}
& tbody tr{cursor:default} & tbody tr:hover td{background:var(--hover)}
& tbody tr[aria-selected=true] td{background:var(--accent-soft);color:var(--text)} & tbody tr[aria-selected=true] td.up{color:var(--up)} & tbody tr[aria-selected=true] td.down{color:var(--down)}
& tbody tr[aria-selected=true] td:first-child{box-shadow:inset 2px 0 0 var(--accent)}
& .dir{display:inline-flex;align-items:center;gap:6px} & .dir svg.i{width:8px;height:8px}
& .rb{display:inline-block;position:relative;width:72px;height:8px;vertical-align:middle}
& .rb::before{content:"";position:absolute;left:50%;top:-2px;bottom:-2px;width:1px;background:var(--line-2)}
& .rb i{position:absolute;top:1px;height:6px;border-radius:1px}
& .live{display:inline-flex;align-items:center;gap:6px;color:var(--accent)} & .live::before{content:"";width:6px;height:6px;border-radius:50%;background:var(--accent)}
& .state{grid-column:1/-1;position:relative;height:270px;display:grid;place-items:center;text-align:center;background:var(--plot)}
& .state .c{max-width:420px;padding:0 16px;line-height:17px;color:var(--text-2);text-wrap:balance} & .state .c svg.i{width:20px;height:20px;margin:0 auto;color:var(--text-3)}
& .state h3{margin:8px 0 2px;font-size:13px;font-weight:600;color:var(--text)}
& .state canvas{position:absolute;inset:0;width:100%;height:100%}
& .state .ld{position:absolute;left:12px;top:9px;font-weight:600} & .state .lp{position:absolute;left:12px;right:12px;bottom:12px;display:flex;align-items:center;gap:10px;font-size:11px;color:var(--text-2)}
& .state .lp .pg{flex:1} & .state .lp .pg i{background:var(--accent)}
`;

const NARROW = `
@container (max-width:1199px) and (min-width:901px){& .tr{flex-wrap:wrap;padding:7px 8px;row-gap:6px}}
@container (max-width:900px){
& .w{grid-template-columns:minmax(0,1fr);grid-template-areas:"bar" "notice" "film" "panels" "scrub" "side" "trades";grid-template-rows:none}
& .bar{flex-wrap:wrap;padding:7px 8px 7px 12px;row-gap:6px} & .bar .grow{display:none} & .bar .tools{margin-left:auto}
& .chip{order:3;flex:1 0 100%;border-radius:var(--r1);justify-content:space-between;margin-right:4px} & .chip>i{display:none}
& .panels{grid-template-columns:repeat(2,minmax(0,1fr));grid-template-rows:repeat(3,196px)}
& .w.one .panels{height:460px} & .fm canvas{left:48px;width:calc(100% - 52px)} & .fm .tf,& .fm .ch{left:8px}
& .tr{flex-wrap:wrap;padding:8px;row-gap:6px}
& .side{border-left:0;border-bottom:1px solid var(--line);display:grid;grid-template-columns:1fr 1fr}
& .blk{border-bottom:1px solid var(--line)} & .blk.quo,& .blk.form,& .blk.orders{border-right:1px solid var(--line)}
& .why{order:3;grid-column:1/-1;height:132px;border-top:1px solid var(--line)} & .blk.form,& .blk.marks{order:1} & .blk.marks{border-bottom:1px solid var(--line)} & .blk.orders,& .blk.eq{order:2;border-bottom:0}
}
@container (min-width:1240px){& .trades col.by{width:200px!important}}
@container (max-width:1040px){& .trades .opt{display:none}}
@container (max-width:749px){& .trades .some{display:none}}
@container (max-width:567px){& .trades .time{display:none}}
@container (max-width:600px){& .panels{grid-template-columns:minmax(0,1fr);grid-template-rows:repeat(6,196px)} & .side{grid-template-columns:minmax(0,1fr)} & .blk.quo,& .blk.orders{border-right:0}
& .chip{height:auto;flex-wrap:wrap;padding:4px 10px} & .chip .clock{min-width:0} & .sheet dl{grid-template-columns:auto 1fr} & .film{grid-template-columns:repeat(3,minmax(0,1fr))}}
`;

export const STYLE = [TOKENS, BASE, FRAME, CONTROLS, SIDE, LIST, NARROW].join("").replace(/&/g, ".btlab.btlab");
