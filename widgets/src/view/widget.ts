// The whole widget: it puts the parts together, owns the view's own state, and draws a frame when something changed.
import { TopBar } from "./bar.ts";
import { Controls } from "./controls.ts";
import { Cleanup, make, writer } from "./dom.ts";
import { Facts, TIMEFRAMES, UNITS, holdingText } from "./facts.ts";
import { fixed, moment, price as priceText, signed } from "./format.ts";
import { GoTo } from "./goto.ts";
import { Inspector } from "./inspector/inspector.ts";
import { KeySheet } from "./keysheet.ts";
import { type KeyActions, listenKeys } from "./keys.ts";
import { TradeList } from "./list/list.ts";
import type { Info, Model } from "./needs.ts";
import { Editor } from "./overlays/editor.ts";
import { PanelOverlays } from "./overlays/panes.ts";
import { TradeCard } from "./panel/card.ts";
import type { Cross } from "./panel/crosshair.ts";
import { Panel } from "./panel/panel.ts";
import { type PanelHost, listen } from "./panel/pointer.ts";
import { Scrubber, type ScrubberHost } from "./scrubber/scrubber.ts";
import type { BarStyle } from "./panel/styles.ts";
import { SPEEDS, nearestMark } from "./speed.ts";
import { Strip } from "./strip.ts";
import { type Colours, readColours } from "./theme.ts";
import { Travel, type TravelHost } from "./travel.ts";
import { Zone } from "./zone.ts";

const SPOKEN_EVERY = 1000;

export class Widget implements PanelHost, ScrubberHost, TravelHost {
  readonly element = make("div", { class: "w", tabindex: "0", role: "region" });
  readonly facts: Facts;
  private readonly travel: Travel;
  private readonly panels: Panel[];
  private readonly bar: TopBar;
  private readonly controls: Controls;
  private readonly scrubber: Scrubber;
  private readonly inspector: Inspector;
  private readonly list: TradeList;
  private readonly strip: Strip;
  private readonly sheet: KeySheet;
  private readonly box: GoTo;
  private readonly editor: Editor;
  private readonly card = new TradeCard();
  private readonly spoken = make("div", { class: "sr", role: "status", "aria-live": "polite" });
  private readonly say: (text: string) => void;
  private readonly cleanup = new Cleanup();
  private colours: Colours;
  private theme = 0;
  private cross: Cross | null = null;
  private large = -1;
  private lastLarge = 2;
  private toggles = { follow: true, locked: false };
  private frame = 0;
  private sized = false;
  /** The longest price as text that axes and legends have room for. */
  private widest = "";
  private spokenAt = -Infinity;
  private toSay = "";
  /** Speaks after the last frame of a move, when no other frame follows. */
  private later = 0;
  private marked = false;
  private gone = false;

  constructor(private readonly root: HTMLElement, private readonly model: Model, info: Info, themeButton: boolean, toggleTheme: () => void, private readonly release: () => void) {
    this.facts = new Facts(model, info);
    this.facts.update();
    this.travel = new Travel(model, this.facts, this);
    this.colours = readColours(root);
    this.say = writer(this.spoken);
    this.element.setAttribute("aria-label", `${info.symbol} ${info.mode}`);
    this.editor = new Editor(model.overlays, () => this.redraw());
    this.panels = TIMEFRAMES.map((timeframe, row) => new Panel(row, timeframe, row === info.rows[0], info.volumeName, this.overlaysOf(row)));
    this.bar = new TopBar(this.facts, themeButton, { all: () => this.enlarge(-1), one: () => this.enlarge(this.lastLarge), ...this.looks, theme: toggleTheme, keys: () => this.sheet.show() });
    this.controls = new Controls(this.facts, {
      ...this.actions, trade: (direction) => this.travel.trade(direction, false), unit: (unit) => this.model.setUnit(unit), speed: (speed) => this.setSpeed(speed), pace: () => this.togglePace(),
    });
    this.scrubber = new Scrubber(this.facts);
    this.inspector = new Inspector(this.facts);
    this.list = new TradeList(info.currency, (trade) => this.selected(trade));
    this.strip = new Strip((row) => this.enlarge(row));
    this.sheet = new KeySheet(() => this.focus());
    this.box = new GoTo((text) => this.travel.to(text), () => this.focus());
    this.assemble();
    this.listen();
  }

  get armed(): boolean {
    const root = this.root.getRootNode() as Document | ShadowRoot;
    return this.root.contains(root.activeElement ?? null);
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  /** Takes the sizes of all parts from the page; with the next frame everything is drawn. */
  resized(): void {
    this.sized = false;
    this.redraw();
  }

  themed(): void {
    this.colours = readColours(this.root);
    this.theme++;
    this.redraw();
  }

  private restyle(change: () => void): void {
    change();
    this.themed();
    this.focus();
  }

  redraw(): void {
    if (!this.frame && !this.gone) this.frame = requestAnimationFrame(this.paint);
  }

  remove(): void {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    this.card.hide();
    this.cleanup.run();
    this.element.remove();
  }

  pointed(cross: Cross | null): void {
    if (!cross && !this.cross) return;
    this.cross = cross;
    this.panels.forEach((panel) => panel.element.classList.toggle("hot", cross?.row === panel.row));
    this.redraw();
  }

  hovered(trade: number, panel: Panel, x: number, y: number): void {
    if (trade < 0) this.card.hide();
    else this.card.show(this.facts, trade, panel.element, x, y, panel.geometry);
    if (trade === this.facts.hovered) return;
    this.facts.hovered = trade;
    this.redraw();
  }

  selected(trade: number): void {
    this.facts.selected = trade;
    this.list.reveal(trade);
    this.announce();
    this.redraw();
  }

  zoomed(panel: Panel): void {
    if (this.toggles.locked) for (const other of this.panels) if (other !== panel) other.viewport.zoom = panel.viewport.zoom;
    this.redraw();
  }

  home(panel: Panel): void {
    panel.viewport.at = null;
    if (!this.toggles.follow) this.setFollow(true);
    this.redraw();
  }

  seek(time: number, snap: boolean): void {
    this.model.pause();
    this.model.seekTime(time);
    if (snap) this.model.step(-1);
    this.redraw();
  }

  putBack(tick: number): void {
    this.move(() => this.model.seekTick(tick));
  }

  dragging(active: boolean): void {
    this.root.classList.toggle("dragging", active);
  }

  private readonly actions: KeyActions = {
    play: () => this.play(),
    step: (count) => this.move(() => this.model.step(count)),
    faster: (marks) => this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, nearestMark(this.model.speed) + marks))]!),
    start: () => this.move(() => this.model.seekTick(0)),
    end: () => this.move(() => this.model.seekTick(this.model.ticks - 1)),
    goto: () => this.box.show(),
    enlarge: (row) => this.enlarge(row),
    trade: (direction, otherEnd) => this.travel.trade(direction, otherEnd),
    mark: (direction) => this.travel.mark(direction),
    follow: () => this.setFollow(!this.toggles.follow),
    lock: () => this.lock(),
    future: () => this.setHidden(!this.facts.hidden),
    unit: (direction) => this.nextUnit(direction),
    keys: () => (this.sheet.open ? this.sheet.hide() : this.sheet.show()),
    escape: () => this.escape(),
  };

  private readonly looks = {
    style: (style: BarStyle) => this.restyle(() => (this.facts.style = style)),
    zone: (name: string) => this.restyle(() => (this.facts.zone = new Zone(name))),
    palette: () => this.restyle(() => (this.root.dataset.palette = this.facts.palette = this.facts.palette === "default" ? "colour-blind" : "default")),
  };

  private readonly paint = (now: number): void => {
    this.frame = 0;
    const { facts, model } = this;
    model.advance(now);
    facts.update();
    facts.cross = this.cross;
    if (!facts.isEntered(facts.hovered)) this.unhover();
    if (!this.sized || priceText(facts.price, facts.info.digits).length > this.widest.length) this.measure();
    const seen = this.large < 0 ? this.panels : [this.panels[this.large]!];
    for (const panel of seen) panel.draw(facts, this.cross, this.colours, this.theme);
    this.scrubber.draw(facts, this.view(), this.colours, this.theme);
    this.inspector.draw(facts, this.colours, this.theme);
    if (this.large >= 0) this.strip.draw(facts, this.large, this.colours, this.theme);
    for (const panel of seen) panel.write(facts);
    this.bar.update(facts, this.large >= 0);
    this.controls.update(facts, this.toggles);
    this.inspector.update(facts);
    this.list.update(facts);
    this.card.update(facts);
    this.editor.update();
    if (this.large >= 0) this.strip.update(facts, this.large);
    this.mark(now);
    if (model.playing) this.redraw();
  };

  /** What tests and assistive technology hold on to. */
  private mark(now: number): void {
    const { dataset } = this.root;
    const { facts } = this;
    put(dataset, "btlabTick", String(facts.tick));
    put(dataset, "btlabTicks", String(facts.ticks));
    put(dataset, "btlabPlaying", String(facts.playing));
    put(dataset, "btlabSpeed", Number.isFinite(facts.source.speed) ? String(facts.source.speed) : "max");
    put(dataset, "btlabFuture", facts.hidden ? "hidden" : "shown");
    if (!this.marked && this.panels.every((panel) => panel.painted)) {
      this.marked = true;
      performance.mark("btlab:painted");
    }
    if (now - this.spokenAt < SPOKEN_EVERY) {
      this.later ||= window.setTimeout(() => this.redraw(), SPOKEN_EVERY);
      return;
    }
    clearTimeout(this.later);
    this.later = 0;
    this.spokenAt = now;
    this.scrubber.announce(facts);
    this.say(this.toSay || this.sentence());
    this.toSay = "";
  }

  private sentence(): string {
    const { facts } = this;
    const position = facts.position;
    const holds = position ? `, ${holdingText(position).toLowerCase()}, ${signed(position.profit)} ${facts.info.currency}` : "";
    return `${facts.playing ? "Playing. " : ""}${moment(facts.local(facts.time))} ${facts.zone.label}, ${facts.info.unit} ${fixed(facts.tick + 1, 0)} of ${fixed(facts.ticks, 0)}${holds}`;
  }

  private measure(): void {
    const ratio = devicePixelRatio || 1;
    this.sized = true;
    if (!this.colours.plot) this.colours = readColours(this.root);
    const sample = (this.widest = this.widestPrice());
    for (const panel of this.panels) panel.resize(ratio, this.large >= 0, sample, this.colours.family);
    this.root.style.setProperty("--axis", `${this.panels[Math.max(0, this.large)]!.geometry.axis}px`);
    for (const panel of this.panels) panel.legend.try(sample);
    for (const panel of this.panels) panel.fitLegend();
    this.scrubber.resize(ratio);
    this.inspector.resize(ratio);
    this.strip.resize(ratio);
    this.list.resize();
  }

  /** The longest of the prices seen so far, as text. */
  private widestPrice(): string {
    const { digits } = this.facts.info;
    return this.facts.series.reduce((text, series) => series.extremes(0, series.count).map((price) => priceText(price, digits)).reduce(longer, text), "");
  }

  /** The head went back to before the trade under the pointer. */
  private unhover(): void {
    if (this.facts.hovered < 0) return;
    this.card.hide();
    this.facts.hovered = -1;
  }

  private overlaysOf(row: number): PanelOverlays {
    return new PanelOverlays(this.model.overlays.of(row), (layer, at) => this.editor.show(layer, at, this.panels[row]!.element));
  }

  private view(): { from: number; to: number } {
    const row = this.large < 0 ? (this.facts.info.rows[0] ?? 2) : this.large;
    const panel = this.panels[row]!;
    const series = this.facts.series[row]!;
    if (!series.count) return { from: this.facts.time, to: this.facts.time };
    const { first, last } = panel.view;
    return { from: series.start(Math.min(first, series.count - 1)), to: last >= series.count - 1 ? this.facts.time : series.end(last) };
  }

  private play(): void {
    if (this.model.playing) this.model.pause();
    else if (this.model.tick >= this.model.ticks - 1) this.tell("This is the end.");
    else this.model.play();
    this.redraw();
  }

  private move(change: () => void): void {
    this.model.pause();
    change();
    this.redraw();
  }

  private setSpeed(speed: number): void {
    this.model.setSpeed(speed);
    this.redraw();
  }

  private togglePace(): void {
    this.model.setBarPace(!this.model.barPace);
    this.redraw();
  }

  private nextUnit(direction: number): void {
    const units = UNITS.filter((unit) => this.facts.hasUnit(unit));
    const next = units[(units.indexOf(this.model.unit) + direction + units.length) % units.length]!;
    this.model.setUnit(next);
    this.redraw();
  }

  private setFollow(follow: boolean): void {
    this.toggles.follow = follow;
    for (const panel of this.panels) panel.viewport.at = follow ? null : Math.max(0, this.facts.series[panel.row]!.count - 1);
    this.redraw();
  }

  private lock(): void {
    this.toggles.locked = !this.toggles.locked;
    if (this.toggles.locked) this.zoomed(this.panels[this.large < 0 ? (this.facts.info.rows[0] ?? 2) : this.large]!);
    this.redraw();
  }

  private setHidden(hidden: boolean): void {
    this.facts.hidden = hidden;
    if (hidden && this.facts.selected >= this.facts.listed) this.facts.selected = -1;
    this.announce();
    this.redraw();
  }

  private enlarge(row: number): void {
    if (row === this.large) row = -1;
    this.large = row;
    if (row >= 0) this.lastLarge = row;
    this.element.classList.toggle("one", row >= 0);
    this.panels.forEach((panel) => panel.element.classList.toggle("big", panel.row === row));
    this.strip.element.hidden = row < 0;
    this.keepKeyboard();
    this.card.hide();
    this.announce();
    this.resized();
  }

  /** What has just been hidden cannot hold the keyboard: it would fall to the page, and keys reach the notebook. */
  private keepKeyboard(): void {
    const held = (this.root.getRootNode() as Document | ShadowRoot).activeElement;
    if (held && this.element.contains(held) && !held.getClientRects().length) this.focus();
  }

  /** Tells Python the view's own state. */
  private announce(): void {
    const { selected, hidden, trades } = this.facts;
    this.model.announce({ selected: selected < 0 ? null : trades.id[selected]!, hidden, panel: this.large < 0 ? null : TIMEFRAMES[this.large]! });
  }

  private escape(): void {
    if (this.root.classList.contains("dragging")) this.scrubber.element.dispatchEvent(new Event("btlab:putback"));
    else if (this.sheet.open) this.sheet.hide();
    else if (this.box.open) this.box.hide();
    else if (this.editor.open) this.editor.hide();
    else if (this.card.shown >= 0) this.card.hide();
    else this.release();
  }

  /** Says something at once, to eyes and ears. */
  tell(text: string): void {
    this.toSay = text;
    this.spokenAt = -Infinity;
    this.bar.flash(text);
    this.redraw();
  }

  private assemble(): void {
    const panels = make("div", { class: "panels" }, ...this.panels.map((panel) => panel.element));
    const scrub = make("section", { class: "scrub", "aria-label": "Time" }, this.controls.element, this.scrubber.element, this.box.element);
    this.element.append(this.bar.element, this.strip.element, panels, scrub, this.inspector.element, this.list.element, this.sheet.element, this.spoken);
  }

  private listen(): void {
    for (const panel of this.panels) listen(panel, this, this.cleanup);
    this.scrubber.listen(this, this.cleanup);
    listenKeys(this.element, this.actions, this.cleanup);
    this.cleanup.on(this.list.element, "scroll", () => this.redraw(), { capture: true });
    this.cleanup.on(this.element, "pointerdown", (event) => {
      const target = event.target as Element;
      if (!target.closest(".ed,.ov")) this.editor.hide();
      if (!target.closest("input,button,select,.ed")) queueMicrotask(() => this.focus());
    });
    // Space plays after a click on a button, too; a button that was reached by Tab keeps its keys.
    this.cleanup.on(this.element, "click", (event) => {
      if (event.detail && (event.target as Element).closest("button")?.matches(":focus")) this.focus();
    });
  }
}

const longer = (one: string, other: string): string => (other.length > one.length ? other : one);

function put(dataset: DOMStringMap, name: string, value: string): void {
  if (dataset[name] !== value) dataset[name] = value;
}
