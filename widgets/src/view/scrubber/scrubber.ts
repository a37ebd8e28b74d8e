// The scrubber: the whole range of time with its lanes, and the head that can be dragged over it.
import { type Cleanup, attribute, make } from "../dom.ts";
import type { Info } from "../../model/info.ts";
import type { Ledger } from "../../model/ledger.ts";
import type { Facts } from "../facts.ts";
import { clock } from "../format.ts";
import { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import { FLOOR, type Heights, LANES, LEFT, RIGHT, drawLanes, drawLine } from "./lanes.ts";
import { type Seen, seenAt } from "./seen.ts";
import { TradingTime } from "./trading.ts";
import { moment, weekday } from "../words.ts";

const NOTCH = 7;
const DRAG_REACH = 3;
/** Room for the head's label in steps of so many pixels: not every minute draws all lanes again. */
const ROUGH = 8;

/** What the scrubber tells the widget it is in. */
export interface ScrubberHost {
  readonly facts: Facts;
  seek(time: number, snap: boolean): void;
  putBack(tick: number): void;
  dragging(active: boolean): void;
  selected(trade: number): void;
}

export class Scrubber {
  readonly element = make("div", { class: "lanes", role: "slider", tabindex: "0", "aria-label": "Position", "aria-valuemin": "0" });
  private readonly base: Pen;
  private readonly live: Pen;
  private readonly time: TradingTime;
  private readonly valueNow: (value: string) => void;
  private readonly valueText: (value: string) => void;
  /** What the lanes were drawn of, and where prices stand in them. */
  private drawn: unknown[] = [];
  private heights: Heights | null = null;
  private headX = LEFT;

  /** `calendar`: what is known of closed hours, and where data is missing although the market is open. */
  constructor(facts: Facts, private readonly ledger: Ledger, private readonly calendar: Pick<Info, "closed" | "holes">) {
    const [lower, upper] = [make("canvas"), make("canvas")];
    this.base = new Pen(lower);
    this.live = new Pen(upper);
    this.time = new TradingTime(facts.source.start, facts.source.end, calendar.closed.map(([start, end]) => ({ start, end })));
    this.element.append(lower, upper);
    this.element.setAttribute("aria-valuemax", String(facts.ticks - 1));
    this.valueNow = attribute(this.element, "aria-valuenow");
    this.valueText = attribute(this.element, "aria-valuetext");
  }

  resize(ratio: number): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width) return;
    this.base.resize(width, height, ratio);
    this.live.resize(width, height, ratio);
    this.time.resize(LEFT, width - LEFT - RIGHT, NOTCH);
    this.drawn = [];
  }

  /** Draws the head and the line of prices in the running bar; the lanes only when it stands on another pixel or something else in them changed. */
  draw(facts: Facts, view: { from: number; to: number }, colours: Colours, theme: number): void {
    if (!this.live.width) return;
    const { source } = facts, exact = clamp(facts.time, source.start, source.end), x = this.time.x(exact), head = this.live.snap(x), seen = seenAt(facts, this.ledger, this.calendar.holes);
    const width = Math.ceil(this.label(facts, exact, x)[1] / ROUGH) * ROUGH;
    const shown = [head, width, facts.hidden, facts.selected, theme, facts.totals.closed, facts.open.length, source.loaded, facts.bookmarks, source.hits, source.fork, ...Object.values(seen)];
    if (shown.length !== this.drawn.length || shown.some((value, i) => value !== this.drawn[i])) {
      this.drawn = shown;
      for (const pen of [this.base, this.live]) pen.useFamily(colours.family);
      const left = clamp(head - width / 2, LEFT, this.live.width - RIGHT - width);
      this.heights = drawLanes({ pen: this.base, time: this.time, facts, ledger: this.ledger, holes: this.calendar.holes, seen, colours, head, limit: facts.hidden ? head : this.time.x(source.end), label: [left, left + width] });
    }
    this.headX = x;
    this.drawHead(facts, exact, x, view, seen, colours);
  }

  /** What a screen reader is told; called once a second. */
  announce(facts: Facts): void {
    this.valueNow(String(Math.max(0, facts.tick)));
    this.valueText(`${moment(facts.local(facts.time))} ${facts.zone.label}`);
  }

  listen(host: ScrubberHost, cleanup: Cleanup): void {
    const { element } = this;
    let held: { x: number; from: number; onTrade: number; moved: boolean } | null = null;
    const place = (event: MouseEvent): { x: number; y: number } => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const release = (): void => {
      if (!held) return;
      held = null;
      host.dragging(false);
    };
    cleanup.on(element, "pointerdown", (event) => {
      if (event.button !== 0) return;
      const { x, y } = place(event);
      held = { x, from: host.facts.tick, onTrade: this.tradeAt(host.facts, x, y), moved: false };
      element.setPointerCapture(event.pointerId);
      if (held.onTrade >= 0) return;
      host.dragging(true);
      held.moved = true;
      host.seek(this.time.time(x), event.shiftKey);
    });
    cleanup.on(element, "pointermove", (event) => {
      const { x, y } = place(event);
      if (!held) {
        element.style.cursor = this.tradeAt(host.facts, x, y) >= 0 ? "pointer" : "";
        return;
      }
      if (!held.moved && Math.abs(x - held.x) < DRAG_REACH) return;
      if (!held.moved) host.dragging(true);
      held.moved = true;
      host.seek(this.time.time(x), event.shiftKey);
    });
    cleanup.on(element, "pointerup", () => {
      if (held && !held.moved && held.onTrade >= 0) host.selected(held.onTrade);
      release();
    });
    cleanup.on(element, "pointercancel", release);
    cleanup.on(element, "btlab:putback", () => {
      if (held?.moved) host.putBack(held.from);
      release();
    });
  }

  private tradeAt(facts: Facts, x: number, y: number): number {
    const lane = LANES.Trades!;
    if (y < lane.y || y > lane.y + lane.height) return -1;
    const { trades } = facts;
    for (let trade = facts.listed - 1; trade >= 0; trade--) {
      const from = this.time.x(trades.entryTime[trade]!);
      const to = facts.isOpen(trade) ? this.headX : this.time.x(trades.exitTime[trade]!);
      if (x >= from - 2 && x <= Math.max(to, from + 2) + 2) return trade;
    }
    return -1;
  }

  private drawHead(facts: Facts, head: number, x: number, view: { from: number; to: number }, { series, done }: Seen, colours: Colours): void {
    const { live, heights } = this;
    const lane = LANES.Price!;
    live.clear();
    const from = this.time.x(Math.max(view.from, this.time.start));
    const to = this.time.x(Math.min(view.to, this.time.end));
    live.fill(from, lane.y, to - from, lane.height, colours.accentWash);
    live.across(from, to, lane.y, colours.accent);
    if (heights && series.count > done) drawLine(live, [[this.time.x(series.start(done)), heights(series.open(done))], [x, heights(series.close(done))]], colours);
    live.fill(x - 0.75, 4, 1.5, FLOOR - 4, colours.accent);
    live.round(x - 5, 1, 10, 14, 3, colours.accentFill);
    live.fill(x - 1.5, 5, 1, 6, colours.onAccent);
    live.fill(x + 0.5, 5, 1, 6, colours.onAccent);
    const [left, width] = this.label(facts, head, x);
    live.round(left, FLOOR + 1, width, 18, 3, colours.accentFill);
    live.text(labelOf(facts.local(head)), left + 7, FLOOR + 14, colours.onAccent);
  }

  /** Left edge and width of the head's label; leaves the pen with the label's font. */
  private label(facts: Facts, head: number, x: number): [left: number, width: number] {
    const width = this.live.font(11, 600).textWidth(labelOf(facts.local(head))) + 14;
    return [clamp(x - width / 2, LEFT, this.live.width - RIGHT - width), width];
  }
}

const labelOf = (time: number): string => `${weekday(time)} ${clock(time)}`;
