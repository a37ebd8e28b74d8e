// The model of a widget: a session as of its play head, and what can be done to the head. Nothing here knows a page.
import type { Bytes, Header } from "../frames.ts";
import { type Columns, unpack } from "../frames.ts";
import { POKE_MS, type Transport } from "../transport.ts";
import type { Part } from "./chunk.ts";
import { type Equity, Events, type WorkingOrder } from "./events.ts";
import { Fold } from "./fold.ts";
import { MarketClock, stepBars } from "./head.ts";
import type { Info } from "./info.ts";
import { Overlays } from "./overlays.ts";
import { Bars, upperBound } from "./series.ts";
import { Shelf } from "./shelf.ts";
import { Tape } from "./tape.ts";

export const TIMEFRAMES = ["1m", "5m", "15m", "1h", "4h", "1d"];
const TELL_MS = 250;
const ANSWER_MS = 15_000;
const NOTICE_MS = 2_000;
const BUSY_MS = 150;
const NO_KERNEL = "This needs a kernel: a file has none.";
const DAY = 86_400_000_000;

export class SessionModel {
  info!: Info;
  series: Bars[] = [];
  status: "loading" | "ready" | "empty" = "loading";
  lost = "";
  /** What went wrong with a message; the page cannot go on. */
  fault: unknown = null;
  tick = 0;
  time = 0;
  bid = NaN;
  ask = NaN;
  sellAt = NaN;
  buyAt = NaN;
  rate = 1;
  price = NaN;
  playing = false;
  speed = 300;
  barPace = false;
  unit = "1m";
  equity = 0;
  cash = 0;
  drawdown = 0;
  closedHours: readonly { start: number; end: number }[] = [];
  overlays!: Overlays;
  /** What another parameter would have brought from a tick on. */
  fork: (Equity & { tick: number; name: string }) | null = null;
  /** Ticks at which playing pauses, ascending. */
  hits: ArrayLike<number> = [];
  /** Told what Python, or another view of this widget, chose for the view. */
  onState: (state: Record<string, unknown>) => void = () => {};
  private pausedAt = -1;
  /** Another view of this widget plays; this one follows. */
  private led = false;
  private readonly waiting = new Map<number, (message: Header, buffers: readonly Bytes[]) => void>();
  private events!: Events;
  private tape: Tape | null = null;
  private fold!: Fold;
  private shelf!: Shelf;
  private clock!: MarketClock;
  /** The tick, or the time, that the head is to go to as soon as its page is here; -1 and NaN: none. */
  private wanted = -1;
  private wantedTime = NaN;
  private last = 0;
  private told = 0;
  private asked = 0;
  private requests = 0;
  private readonly stops: (() => void)[] = [];
  private watch: ReturnType<typeof setInterval> | undefined;
  private poke: ReturnType<typeof setTimeout> | undefined;
  private late: ReturnType<typeof setTimeout> | undefined;
  private readonly points = new Map<number, Float64Array>();

  /** `changed` is called whenever something may have to be drawn anew. */
  constructor(private readonly transport: Transport, private readonly changed: () => void = () => {}) {
    this.stops.push(transport.listen((message, buffers) => this.receive(message, buffers)));
    this.begin();
    this.watch = setInterval(() => this.checkAnswers(), 1_000);
  }

  close(): void {
    clearInterval(this.watch);
    clearTimeout(this.poke);
    clearTimeout(this.late);
    for (const stop of this.stops.splice(0)) stop();
  }

  // -------------------------------------------------------------- messages

  private send(message: Header): void {
    try {
      this.transport.send(message, []);
    } catch {
      this.lost = "The kernel is gone.";
    }
  }

  private begin(): void {
    this.asked = Date.now();
    this.send({ kind: "ready", page: true });
  }

  private receive(message: Header, buffers: readonly Bytes[]): void {
    if (message.kind !== "peer") {
      this.asked = 0;
      this.lost = "";
    }
    try {
      this.hear(message, buffers);
    } catch (error) {
      this.fault = error;
    }
    this.changed();
  }

  private hear(message: Header, buffers: readonly Bytes[]): void {
    // Another view of the same widget is answered over the same line: what it opens with is not for this one.
    if (message.kind === "open" && !this.info) this.open(message, buffers);
    else if (message.kind === "page") {
      this.tape?.take(message, buffers);
      this.arrive();
    } else if (message.kind === "bars" && this.info) {
      this.takeBars(message, unpack(message, buffers));
      this.arrive();
    } else if ((message.kind === "overlay" || message.kind === "changed") && this.info) this.overlays.take(message, buffers);
    else if (message.kind === "answer") {
      this.waiting.get(message["id"] as number)?.(message, buffers);
      this.waiting.delete(message["id"] as number);
    } else if (message.kind === "peer" && this.ticks) this.imitate(message);
    else if (message["action"] === "fork" && this.ticks) this.takeFork(message, buffers);
    else if (message.kind === "do" && this.ticks) this.obey(message);
  }

  private open(message: Header, buffers: readonly Bytes[]): void {
    const info = (this.info = message as unknown as Info), columns = unpack(message, buffers);
    this.shelf = new Shelf((parts) => this.inquire({ kind: "bars", id: ++this.requests, parts }));
    this.series = TIMEFRAMES.map((_, row) => new Bars(columns, row, info, this.shelf));
    this.takeBars(message, columns);
    this.events = new Events(columns, info);
    this.overlays = new Overlays(info.overlays ?? [], !info.kernel, (request) => this.inquire(request));
    this.tape = info.bars || !info.ticks ? null : new Tape(info, (pages) => this.askPages(pages));
    this.fold = new Fold(this.series, info.base, this.tape);
    this.clock = new MarketClock(info);
    this.closedHours = info.closed.map(([start, end]) => ({ start, end }));
    this.unit = TIMEFRAMES[info.rows[0] ?? info.base] ?? "1m";
    if (columns["hits"]) this.hits = columns["hits"].slice();
    this.requests = Math.floor(Math.random() * 2 ** 40);
    if (!info.ticks) this.status = "empty";
    else this.goto(info.at);
  }

  private takeBars(message: Header, columns: Columns): void {
    (message["parts"] as Part[]).forEach((part, place) => this.series[part.row]!.take(columns, place, part, columns[`start${place}`]!.length));
  }

  private askPages(pages: number[]): void {
    this.inquire({ kind: "pages", id: ++this.requests, pages });
  }

  /** Asks what has an answer: the poke behind it carries the acknowledgement that the answer waits for. */
  private inquire(request: Header): void {
    this.asked ||= Date.now();
    this.send(request);
    clearTimeout(this.poke);
    this.poke = setTimeout(() => this.send({ kind: "poke" }), POKE_MS);
    clearTimeout(this.late);
    this.late = setTimeout(this.changed, BUSY_MS + 10);
  }

  /** Asks the kernel; rejects with the reason where it cannot answer. */
  question(what: string, values: object): Promise<[Header, readonly Bytes[]]> {
    if (!this.info.kernel && !(what === "why" && this.info.told)) return Promise.reject(new Error(NO_KERNEL));
    const id = ++this.requests;
    return new Promise((done, refuse) => {
      this.waiting.set(id, (message, buffers) => ("reason" in message ? refuse(new Error(String(message["reason"]))) : done([message, buffers])));
      this.inquire({ kind: "ask", id, what, ...values });
    });
  }

  /** Whether something that somebody waits for has not come yet. */
  get busy(): boolean {
    return this.asked > 0 && (this.wanted >= 0 || this.waiting.size > 0) && Date.now() - this.asked >= BUSY_MS;
  }

  /** It takes so long that a person should be told. */
  get slow(): boolean {
    return this.asked > 0 && Date.now() - this.asked > NOTICE_MS;
  }

  takeFork(message: Header, buffers: readonly Bytes[]): void {
    const columns = unpack(message, buffers) as unknown as Equity;
    this.fork = { known: columns.known, time: columns.time, equity: columns.equity, tick: Number(message["tick"]), name: String(message["name"]) };
    this.changed();
  }

  /** Where another view of this widget is, this one goes, and tells nobody. */
  private imitate(message: Header): void {
    if (message["state"]) return this.onState(message["state"] as Record<string, unknown>);
    this.led = this.playing = Boolean(message["playing"]);
    this.wantedTime = NaN;
    if (this.goto(Number(message["tick"]))) this.clock.set(this.time);
  }

  private checkAnswers(): void {
    const since = this.asked ? Date.now() - this.asked : 0;
    if (since > NOTICE_MS) this.changed();
    if (since < ANSWER_MS) return;
    this.lost = "The kernel is gone or busy.";
    this.changed();
    this.asked = Date.now();
    this.overlays?.forget();
    if (!this.info) return this.begin();
    this.tape?.askAgain();
    this.shelf.askAgain();
  }

  private obey(message: Header): void {
    const { action } = message, number = (name: string) => Number(message[name]);
    if (action === "state") this.onState(message["state"] as Record<string, unknown>);
    else if (action === "seek") this.seekTick(number("tick"));
    else if (action === "seekTime") this.seekTime(number("time"));
    else if (action === "play") this.play();
    else if (action === "pause") this.pause();
    else if (action === "speed") this.setSpeed(number("speed"));
    else if (action === "unit") this.setUnit(String(message["unit"]));
    else if (action === "step") {
      const unit = this.unit;
      this.setUnit(String(message["unit"] ?? unit));
      this.step(number("count"));
      this.setUnit(unit);
    }
  }

  /** Tells Python, and the other views, what was chosen on the page. */
  announce(state: object): void {
    this.send({ kind: "state", ...state });
    this.transport.share?.({ kind: "peer", state });
  }

  private tell(now = true): void {
    if (this.status !== "ready") return;
    this.transport.share?.({ kind: "peer", tick: this.tick, playing: this.playing });
    if (!now && Date.now() - this.told < TELL_MS) return;
    this.told = Date.now();
    this.send({ kind: "head", tick: this.tick, playing: this.playing });
  }

  // -------------------------------------------------------------- the head

  /** To a tick; where its page is not here yet, as soon as it is. True when the head is there. */
  private goto(tick: number): boolean {
    tick = Math.min(Math.max(Math.round(tick), 0), this.info.ticks - 1);
    if (!this.fold.here(tick) || (this.tape && !this.tape.has(this.fold.needs(tick), tick))) {
      this.wanted = tick;
      return false;
    }
    this.wanted = -1;
    this.status = "ready";
    this.tick = tick;
    this.see(tick);
    this.fold.seek(tick);
    this.value(tick);
    return true;
  }

  private see(tick: number): void {
    const { tape, info } = this;
    if (!tape) {
      const bars = this.series[info.base]!, row = new Float64Array(6);
      bars.finished(bars.holding(tick), row);
      this.time = this.startOf(tick);
      this.bid = this.price = row[3]!;
      this.ask = row[3]! + info.spread;
      this.rate = this.events.barRates?.[tick] ?? 1;
      [this.sellAt, this.buyAt] = [this.bid - (info.widen / 2) * info.spread, this.ask + (info.widen / 2) * info.spread];
      return;
    }
    this.time = tape.time(tick);
    this.rate = tape.rate(tick);
    [this.bid, this.sellAt] = this.lastSeen(tick, 1);
    [this.ask, this.buyAt] = this.lastSeen(tick, -1);
    this.price = info.price === "bid" ? this.bid : info.price === "ask" ? this.ask : (this.bid + this.ask) / 2;
  }

  /** The last quote of a side, as it was and as a close would meet it: a crossed one the right way round, a spread as wide as it is made. */
  private lastSeen(tick: number, side: number): [raw: number, met: number] {
    const tape = this.tape!, first = Math.max(0, tick - tape.size);
    for (let i = tick; i >= first && tape.has(i, i); i--) {
      const bid = tape.bid(i), ask = tape.askAt(i), raw = side > 0 ? bid : ask;
      if (raw === raw) return [raw, ask < bid ? (side > 0 ? ask : bid) : ask > bid ? raw - side * (this.info.widen / 2) * (ask - bid) : raw];
    }
    return [NaN, NaN];
  }

  private value(tick: number): void {
    this.events.trades.asOf(tick);
    const { balance, position, cost, short } = this.events.account(tick), { sellAt, buyAt } = this, long = position + short;
    // A side that nothing is held on counts nothing, whether it was seen or not.
    const worth = (long > 0 ? long * sellAt : 0) - (short > 0 ? short * buyAt : 0);
    const rate = position || short ? this.rate : 1; // a pair that was never quoted has none, and a flat account needs none
    this.equity = balance + (worth === worth ? worth * this.info.contract - cost : 0) * rate;
    this.cash = balance - cost * rate;
    this.drawdown = 1 - this.equity / Math.max(this.events.peak(tick), this.equity);
  }

  seekTick(tick: number): void {
    this.wantedTime = NaN;
    if (this.goto(tick)) this.arrived();
    this.changed();
  }

  /** To the last tick at or before a time: as soon as the ticks about it are here, for only they can tell. */
  seekTime(time: number): void {
    const tick = this.tickAt(time);
    if (this.known(time)) return this.seekTick(tick);
    [this.wanted, this.wantedTime] = [tick, time];
    this.changed();
  }

  /** A page came: the head goes where it was waiting to go. */
  private arrive(): void {
    if (this.wantedTime === this.wantedTime) this.seekTime(this.wantedTime);
    else if (this.wanted >= 0 && this.goto(this.wanted)) this.arrived();
  }

  private arrived(): void {
    this.clock.set(this.time);
    this.tell();
  }

  private startOf(tick: number): number {
    const bars = this.series[this.info.base]!;
    return bars.start(bars.holding(tick));
  }

  /** First and last tick of the base bar that a time lies in, or behind; of a flat one the tick after it and the one before. */
  private around(time: number): [first: number, last: number] {
    const bars = this.series[this.info.base]!, bar = bars.startedBy(time) - 1;
    return bar < 0 ? [0, 0] : [bars.first(bar), (bar + 1 < bars.total ? bars.first(bar + 1) : this.info.ticks) - 1];
  }

  private known(time: number): boolean {
    const bars = this.series[this.info.base]!, bar = bars.startedBy(time) - 1;
    return bars.need(bar, bar + 2) && (!this.tape || this.tape.has(...this.around(time)));
  }

  /** The last tick at or before a time: exact where the tape is here, else the last of the base bar it lies in. */
  private tickAt(time: number): number {
    const [first, last] = this.around(time);
    if (!this.tape) return Math.max(0, Math.min(first, last));
    return this.known(time) ? Math.max(0, this.tape.before(time, first, last)) : last;
  }

  step(count: number): void {
    const row = TIMEFRAMES.indexOf(this.unit), from = this.wanted >= 0 ? this.wanted : this.tick;
    this.playing = false;
    this.seekTick(row < this.info.base ? from + count : stepBars(this.series[row]!, this.info.ticks, from, count));
  }

  play(): void {
    this.playing = this.tick < this.info.ticks - 1;
    this.led = false;
    this.last = 0;
    this.clock.set(this.time);
    this.tell();
    this.changed();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.tell();
    this.changed();
  }

  setUnit(unit: string): void {
    if (unit === "tick" || TIMEFRAMES.indexOf(unit) >= this.info.base) this.unit = unit;
    this.changed();
  }

  setSpeed(speed: number): void {
    if (speed > 0) this.speed = speed;
    this.changed();
  }

  setBarPace(bars: boolean): void {
    this.barPace = bars;
    this.clock.set(this.time);
    this.changed();
  }

  /** Moves the head on while it plays, to a moment of the animation clock in ms. */
  advance(now: number): void {
    const seconds = this.last ? Math.min(0.25, (now - this.last) / 1000) : 0;
    this.last = now;
    if (!this.playing || this.led || this.wanted >= 0) return;
    const hit = this.hits[upperBound(this.hits, this.tick)] ?? Infinity;
    const target = Math.min(this.target(seconds), this.info.ticks - 1, hit);
    if (target > this.tick) this.goto(target);
    if (this.tick === hit) this.pausedAt = hit;
    if (this.tick >= this.info.ticks - 1 || this.tick === hit) this.pause();
    else this.tell(false);
  }

  private target(seconds: number): number {
    const { tape, tick, info } = this, end = info.ticks - 1;
    if (this.speed === Infinity) return tick + this.clock.fullSpeed;
    const bars = this.series[Math.max(TIMEFRAMES.indexOf(this.unit), info.base)]!;
    const nextTime = tape ? (tape.has(tick, tick + 1) || tick >= end ? tape.time(Math.min(tick + 1, end)) : this.time) : this.startOf(Math.min(tick + 1, end));
    const at = this.barPace ? this.clock.passBars(seconds, this.speed, bars) : this.clock.pass(seconds, this.speed, this.time, nextTime);
    if (!tape) return this.tickAt(at);
    const reach = tape.reach(tick);
    const found = tape.before(at, tick, reach);
    return found === reach && reach < end ? this.tickAt(at) : found;
  }

  // -------------------------------------------------------------- what the view reads

  get trades() {
    return this.events.trades;
  }
  get fills() {
    return this.events.fills;
  }
  get marks() {
    return this.events.marks;
  }
  get refused() {
    return this.events.refused;
  }
  get decisions(): ArrayLike<number> {
    return this.events.decisions;
  }
  get equities(): Equity {
    return this.events.equity;
  }
  happened(): [sign: string, price: number, text: string][] {
    return this.events.happened(this.tick);
  }
  /** The head stands where the condition stopped it. */
  get stopped(): boolean {
    return !this.playing && this.tick === this.pausedAt;
  }
  get holes(): readonly number[] {
    return this.info.holes;
  }
  get start(): number {
    return this.info.first;
  }
  get end(): number {
    return this.info.last;
  }
  get ticks(): number {
    return this.info?.ticks ?? 0;
  }
  get loaded(): number {
    return this.tape ? this.tape.loaded : this.ticks;
  }
  get reach(): number {
    return this.tape ? this.tape.reach(this.tick) : this.ticks - 1;
  }

  timeOf(tick: number): number {
    if (this.tape?.here(tick)) return this.tape.time(tick);
    const bars = this.series[this.info.base]!, bar = Math.max(0, bars.holding(tick));
    return bars.start(bar);
  }

  length(row: number): number {
    return this.info.lengths[row]!;
  }

  named(row: number, bar: number): number {
    const bars = this.series[row]!;
    return TIMEFRAMES[row] === "1d" ? Math.floor((bars.end(bar) - 1) / DAY) * DAY : bars.start(bar);
  }

  forming(row: number): { open: number; high: number; low: number; close: number; progress: number; left: number } | null {
    const bars = this.series[row]!, bar = bars.completed;
    if (bars.count === bar) return null;
    const [start, end] = [bars.start(bar), bars.end(bar)];
    return { open: bars.open(bar), high: bars.high(bar), low: bars.low(bar), close: bars.close(bar), progress: (this.time - start) / (end - start), left: end - this.time };
  }

  working(): WorkingOrder[] {
    return this.events.working(this.tick);
  }

  curve(points: number): { values: Float64Array; count: number } {
    let values = this.points.get(points);
    if (!values) this.points.set(points, (values = new Float64Array(points)));
    return { values, count: this.events.curve(this.tick, points, values) };
  }
}
