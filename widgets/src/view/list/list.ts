// The trade list: newest first, a sticky head, and only the rows that are in view stand in the page.
import { attribute, make, writer } from "../dom.ts";
import { fixed, signed } from "../format.ts";
import { clamp } from "../scale.ts";
import type { Facts } from "../facts.ts";
import { TradeRow } from "./row.ts";

const ROW = 24;
const SPARE = 4;
const BETWEEN = "\u2002·\u2002";
/** Widths hold what is usual; a longer text makes its column wider, and where there is no room for all the less important ones are left out. */
const COLUMNS: [title: string, width: number, kind: string][] = [
  ["#", 52, ""], ["Side", 64, ""], ["Size", 72, "n opt"], ["Entry time", 124, "n time"], ["Entry", 66, "n"], ["Exit time", 124, "n time"], ["Exit", 66, "n"],
  ["Held", 62, "n opt"], ["Pips", 56, "n some"], ["", 76, "opt"], ["R", 54, "n some"], ["Net", 78, "n"], ["MAE", 54, "n opt"], ["MFE", 54, "n opt"], ["Exit by", 66, "some by"],
];
const KINDS = ["opt", "some", "time"];
const PADDING = 17;
/** What the last column takes more, and what has to be free for it to say the tags. */
const TAG_ROOM = 156;

export class TradeList {
  private readonly summary: ((text: string) => void)[];
  private readonly net = make("span");
  private readonly scroll = make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Trades, newest first" });
  private readonly body = make("tbody");
  // One cell, not one across all columns: those that are left out would take the room of the others.
  private readonly before = make("tr", { "aria-hidden": "true" }, make("td", { style: "padding:0" }));
  private readonly after = make("tr", { "aria-hidden": "true" }, make("td", { style: "padding:0" }));
  private readonly none = make("div", { class: "line", style: "padding:10px 12px;color:var(--text-3)" }, "No trade so far.");
  private readonly rows: TradeRow[] = [];
  private readonly columns = COLUMNS.map(([, width, kind]) => ({ element: make("col", { class: kind, style: `width:${width}px` }), width, kind, longest: 0 }));
  private readonly pen = make("canvas").getContext("2d")!;
  private room = Infinity;
  private readonly rowCount: (value: string) => void;
  private first = -1;
  private shown = 0;
  private count = 0;
  private height = 144;
  /** How far the list is scrolled: read in the event, since reading it in a frame would lay the page out. */
  private top = 0;
  private wanted = -1;

  constructor(private readonly element: HTMLElement, currency: string, private readonly select: (trade: number) => void) {
    const [text, lead, net] = [make("span", { class: "cut" }), make("span"), this.net];
    this.summary = [writer(text), writer(lead), writer(net)];
    const head = make("tr");
    for (const [title, , kind] of COLUMNS) {
      head.append(make("th", { scope: "col", class: kind, ...(title ? {} : { "aria-hidden": "true" }) }, title === "Net" ? `Net, ${currency}` : title));
    }
    const table = make("table", { "aria-label": "Trades" }, make("colgroup", {}, ...this.columns.map((column) => column.element)), make("thead", {}, head), this.body);
    this.rowCount = attribute(table, "aria-rowcount");
    this.body.append(this.before, this.after);
    this.scroll.append(table, this.none);
    element.setAttribute("aria-label", "Trades");
    element.append(make("div", { class: "hd" }, make("h2", {}, "Trades"), make("span", { class: "sum" }, text, lead, net)), this.scroll);
    this.scroll.addEventListener("scroll", () => (this.top = this.scroll.scrollTop), { passive: true });
    this.body.addEventListener("click", (event) => this.clicked(event));
  }

  /** The rows of `facts.listed` trades; called in every frame, touches only what changed. */
  update(facts: Facts): void {
    this.count = facts.listed;
    this.summarise(facts);
    if (this.none.hidden !== this.count > 0) this.none.hidden = this.count > 0;
    this.rowCount(String(this.count + 1));
    const visible = Math.ceil(this.height / ROW) + SPARE;
    const first = clamp(Math.floor(this.top / ROW) - SPARE / 2, 0, Math.max(0, this.count - visible));
    this.lay(first, Math.min(visible, this.count - first));
    if (this.wanted >= 0) this.scroll.scrollTop = this.wanted;
    this.wanted = -1;
    for (let i = 0; i < this.shown; i++) this.rows[i]!.update(facts, this.count - 1 - first - i, first + i + 2);
  }

  resize(): void {
    this.height = this.scroll.clientHeight || this.height;
    this.room = this.scroll.clientWidth || this.room;
    this.fit();
  }

  /** Scrolls a trade's row into view. */
  reveal(trade: number): void {
    const top = (this.count - 1 - trade) * ROW;
    if (top < this.top || trade >= this.count) this.top = Math.max(0, top);
    else if (top + 2 * ROW > this.top + this.height) this.top = top + 2 * ROW - this.height;
    else return;
    this.wanted = this.top;
  }

  private summarise(facts: Facts): void {
    const { closed, won, gain, loss, running } = facts.totals;
    const parts = [`${fixed(closed, 0)} closed`];
    if (running) parts.push(`${running} running`);
    if (closed) parts.push(`${((won / closed) * 100).toFixed(0)} % won`);
    if (closed) parts.push(`profit factor ${loss < 0 ? (gain / -loss).toFixed(2) : "n/a"}`);
    this.summary[0]!(parts.join(BETWEEN));
    this.summary[1]!(closed ? `${BETWEEN}net\u00a0` : "");
    this.summary[2]!(closed ? signed(gain + loss) : "");
    const kind = gain + loss > 0 ? "up" : gain + loss < 0 ? "down" : "";
    if (kind !== this.net.className) this.net.className = kind;
  }

  private lay(first: number, shown: number): void {
    if (first === this.first && shown === this.shown && this.after.dataset.count === String(this.count)) return;
    while (this.rows.length < shown) this.rows.push(new TradeRow((column, text) => this.need(column, text)));
    for (let i = this.shown; i < shown; i++) this.after.before(this.rows[i]!.element);
    for (let i = shown; i < this.shown; i++) this.rows[i]!.element.remove();
    this.first = first;
    this.shown = shown;
    this.after.dataset.count = String(this.count);
    spacer(this.before, first);
    spacer(this.after, this.count - first - shown);
  }

  /** Makes room for a text that is longer than all that stood in its column: no number is ever cut. */
  private need(place: number, text: string): void {
    const column = this.columns[place]!;
    if (text.length <= column.longest) return;
    column.longest = text.length;
    const { fontSize, fontFamily } = getComputedStyle(this.body);
    this.pen.font = `${fontSize} ${fontFamily}`;
    const width = Math.ceil(this.pen.measureText(text.replace(/\d/g, "0")).width) + PADDING;
    if (width <= column.width) return;
    column.element.style.width = `${(column.width = width)}px`;
    this.fit();
  }

  /** Leaves out what has no room. */
  private fit(): void {
    const { columns, element, room } = this;
    let width = columns.reduce((sum, column) => sum + column.width, 0);
    element.classList.toggle("wide", width + TAG_ROOM <= room);
    for (const kind of KINDS) {
      const out = width > room;
      element.classList.toggle(`no-${kind}`, out);
      for (const column of columns) if (out && column.kind.includes(kind)) width -= column.width;
    }
  }

  private clicked(event: Event): void {
    const target = event.target as Element;
    const row = this.rows.find((each) => each.element.contains(target));
    if (row) this.select(row.trade);
  }
}

function spacer(row: HTMLElement, count: number): void {
  row.hidden = count <= 0;
  (row.firstElementChild as HTMLElement).style.height = `${count * ROW}px`;
}
