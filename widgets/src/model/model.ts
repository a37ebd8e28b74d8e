// The model of a widget: a session as of its play head, and what can be done to the head. Nothing here knows a page.
import type { Bytes, Header } from "../frames.ts";
import { type Columns, unpack } from "../frames.ts";
import type { Transport } from "../transport.ts";
import type { Part } from "./chunk.ts";
import { Events } from "./events.ts";
import { Fold } from "./fold.ts";
import { MarketClock, stepBars } from "./head.ts";
import type { Info } from "./info.ts";
import type { Fork, Ledger } from "./ledger.ts";
import { Line } from "./line.ts";
import { obey } from "./obey.ts";
import type { Overlays } from "./overlays.ts";
import type { Questions } from "./questions.ts";
import { Quotes } from "./quotes.ts";
import { upperBound } from "./search.ts";
import { Bars, TIMEFRAMES } from "./series.ts";
import { Shelf } from "./shelf.ts";
import { Tape } from "./tape.ts";
import { Times } from "./times.ts";

const TELL_MS = 250;
const DAY = 86_400_000_000;

export class SessionModel {
  info!: Info;
  series: Bars[] = [];
  events!: Events;
  quotes!: Quotes;
  status: "loading" | "ready" | "empty" = "loading";
  /** What went wrong with a message; the page cannot go on. */
  fault: unknown = null;
  tick = 0;
  time = 0;
  playing = false;
  speed = 300;
  barPace = false;
  unit = "1m";
  /** The values of overlays, as soon as there is somebody who draws them. */
  overlays: Overlays | null = null;
  /** What somebody has asked the kernel. */
  questions: Questions | null = null;
  /** The books of the session, as soon as there is somebody who reads them. */
  ledger: Ledger | null = null;
  /** What other parameters would have brought from a tick on, as the kernel said last. */
  fork: Fork | null = null;
  /** Ticks at which playing pauses, ascending. */
  hits: ArrayLike<number> = [];
  /** Told what Python, or another view of this widget, chose for the view. */
  onState: (state: Record<string, unknown>) => void = () => {};
  private pausedAt = -1;
  /** Another view of this widget plays; this one follows. */
  private led = false;
  private readonly line: Line;
  private tape: Tape | null = null;
  private fold!: Fold;
  private shelf!: Shelf;
  private times!: Times;
  private clock!: MarketClock;
  /** The tick, or the time, that the head is to go to as soon as its page is here; -1 and NaN: none. */
  private wanted = -1;
  private wantedTime = NaN;
  private last = 0;
  private told = 0;
  private readonly deafen: () => void;

  /** `changed` is called whenever something may have to be drawn anew. */
  constructor(transport: Transport, private readonly changed: () => void = () => {}) {
    this.line = new Line(transport, changed, () => this.askAgain());
    this.deafen = transport.listen((message, buffers) => this.receive(message, buffers));
    this.line.begin();
  }

  close(): void {
    this.line.close();
    this.deafen();
  }

  // -------------------------------------------------------------- messages

  private receive(message: Header, buffers: readonly Bytes[]): void {
    if (message.kind !== "peer") this.line.heard();
    try {
      this.hear(message, buffers);
    } catch (error) {
      this.fault = error;
    }
    this.changed();
  }

  private hear(message: Header, buffers: readonly Bytes[]): void {
    const { kind } = message;
    // Another view of the same widget is answered over the same line: what it opens with is not for this one.
    if (kind === "open" && !this.info) this.open(message, buffers);
    else if (kind === "page") {
      this.tape?.take(message, buffers);
      this.arrive();
    } else if (kind === "bars" && this.info) {
      this.takeBars(message, unpack(message, buffers));
      this.arrive();
    } else if (kind === "overlay" || kind === "changed") this.overlays?.take(message, buffers);
    else if (kind === "answer") this.questions?.take(message, buffers);
    else if (kind === "peer" && this.ticks) this.imitate(message);
    else if (message["action"] === "fork") this.fork = { ...message, ...unpack(message, buffers) } as unknown as Fork;
    else if (kind === "do" && this.ticks) obey(this, message);
  }

  private open(message: Header, buffers: readonly Bytes[]): void {
    const info = (this.info = message as unknown as Info), columns = unpack(message, buffers);
    this.shelf = new Shelf((parts) => this.inquire({ kind: "bars", parts }));
    this.series = TIMEFRAMES.map((_, row) => new Bars(columns, row, info, this.shelf));
    this.takeBars(message, columns);
    this.events = new Events(columns, info);
    this.tape = info.bars || !info.ticks ? null : new Tape(info, (pages) => this.inquire({ kind: "pages", pages }));
    this.times = new Times(info, this.series, this.tape);
    this.quotes = new Quotes(info, this.times, this.tape, this.events.barRates);
    this.fold = new Fold(this.series, info.base, this.tape);
    this.clock = new MarketClock(info, this.times, this.tape);
    this.unit = TIMEFRAMES[info.rows[0] ?? info.base] ?? "1m";
    if (columns["hits"]) this.hits = columns["hits"].slice();
    this.line.number();
    if (!info.ticks) this.status = "empty";
    else this.goto(info.at);
  }

  private takeBars(message: Header, columns: Columns): void {
    (message["parts"] as Part[]).forEach((part, place) => this.series[part.row]!.take(columns, place, part, columns[`start${place}`]!.length));
  }

  /** Asks the kernel for what it answers in its own time; returns the request's number. */
  inquire(request: Header): number {
    return this.line.inquire(request);
  }

  /** Why the kernel is not answering any more; empty while it is. */
  get lost(): string {
    return this.line.lost;
  }

  /** Whether something that somebody waits for has not come yet. */
  get busy(): boolean {
    return this.line.isBusy(this.wanted >= 0 || Boolean(this.questions?.open));
  }

  /** It takes so long that a person should be told. */
  get slow(): boolean {
    return this.line.slow;
  }

  /** Where another view of this widget is, this one goes, and tells nobody. */
  private imitate(message: Header): void {
    if (message["state"]) return this.onState(message["state"] as Record<string, unknown>);
    this.led = this.playing = Boolean(message["playing"]);
    this.wantedTime = NaN;
    if (this.goto(Number(message["tick"]))) this.clock.set(this.time);
  }

  /** Nobody has answered for long: what was asked for is asked for again. */
  private askAgain(): void {
    this.overlays?.forget();
    if (!this.info) return this.line.begin();
    this.tape?.askAgain();
    this.shelf.askAgain();
  }

  /** Tells Python all that is chosen on the page, and the other views what was chosen just now. */
  announce(all: object, state: object): void {
    this.line.send({ kind: "state", ...all });
    this.line.share({ kind: "peer", state });
  }

  private tell(now = true): void {
    if (this.status !== "ready") return;
    this.line.share({ kind: "peer", tick: this.tick, playing: this.playing });
    if (!now && Date.now() - this.told < TELL_MS) return;
    this.told = Date.now();
    this.line.send({ kind: "head", tick: this.tick, playing: this.playing });
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
    this.time = this.tape ? this.tape.time(tick) : this.times.startOf(tick);
    this.quotes.see(tick);
    this.fold.seek(tick);
    this.events.trades.asOf(tick);
    return true;
  }

  seekTick(tick: number): void {
    this.wantedTime = NaN;
    if (this.goto(tick)) this.arrived();
    this.changed();
  }

  /** To the last tick at or before a time: as soon as the ticks about it are here, for only they can tell. */
  seekTime(time: number): void {
    const tick = this.times.tickAt(time);
    if (this.times.known(time)) return this.seekTick(tick);
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
    const bars = this.series[Math.max(TIMEFRAMES.indexOf(this.unit), this.info.base)]!;
    const target = Math.min(this.clock.target(seconds, this.speed, this.tick, this.time, this.barPace ? bars : null), this.info.ticks - 1, hit);
    if (target > this.tick) this.goto(target);
    if (this.tick === hit) this.pausedAt = hit;
    if (this.tick >= this.info.ticks - 1 || this.tick === hit) this.pause();
    else this.tell(false);
  }

  // -------------------------------------------------------------- what the view reads

  get trades() {
    return this.events.trades;
  }
  /** The head stands where the condition stopped it. */
  get stopped(): boolean {
    return !this.playing && this.tick === this.pausedAt;
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
    return this.times.of(tick);
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
}
