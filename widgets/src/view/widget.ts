// The whole widget: it puts the parts together, owns the view's own state, and draws a frame when something changed.
import { unpack } from "../frames.ts";
import { AskBox } from "./askbox.ts";
import { TopBar } from "./bar.ts";
import { type Choices, keptLayout } from "./choices.ts";
import { Chooser, type ChooserHost } from "./chooser.ts";
import { Controls } from "./controls.ts";
import { Cleanup, make } from "./dom.ts";
import { Facts, TIMEFRAMES } from "./facts.ts";
import { price as priceText, wear } from "./format.ts";
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
import { Strip } from "./strip.ts";
import { type Colours, readColours } from "./theme.ts";
import { EXAMPLES } from "./place.ts";
import { Travel, type TravelHost } from "./travel.ts";
import { Voice, markRoot } from "./voice.ts";
import { CONDITIONS, readParameters } from "./wishes.ts";

/** How the widget's page is told of light and dark. */
export interface ThemeDoor {
  choice: string;
  toggle(): void;
}

export class Widget implements PanelHost, ScrubberHost, TravelHost, ChooserHost {
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
  private readonly boxes: Record<"goto" | "until" | "fork", AskBox>;
  private readonly chooser: Chooser;
  private readonly editor: Editor;
  private readonly card = new TradeCard();
  private readonly voice: Voice;
  private readonly cleanup = new Cleanup();
  private colours: Colours;
  private shade = 0;
  private cross: Cross | null = null;
  large = -1;
  private lastLarge = 2;
  private frame = 0;
  private sized = false;
  /** The longest price as text that axes and legends have room for. */
  private widest = "";
  private marked = false;
  private kept = keptLayout() !== null;
  private gone = false;

  constructor(readonly root: HTMLElement, private readonly model: Model, info: Info, themeButton: boolean, private readonly door: ThemeDoor, private readonly release: () => void) {
    this.facts = new Facts(model, info);
    this.facts.update();
    this.chooser = new Chooser(this.facts, model, this);
    this.travel = new Travel(model, this.facts, this);
    this.colours = readColours(root);
    this.voice = new Voice(this.facts, () => this.redraw());
    this.editor = new Editor(model.overlays, () => this.redraw());
    this.panels = TIMEFRAMES.map((timeframe, row) => new Panel(row, timeframe, row === info.rows[0], info.volumeName, this.overlaysOf(row)));
    this.bar = new TopBar(this.facts, themeButton, { all: () => this.press(-1), one: () => this.press(this.lastLarge), ...this.looks, theme: () => door.toggle(), keys: () => this.sheet.show() });
    this.controls = new Controls(this.facts, {
      ...this.actions, trade: (direction) => this.travel.trade(direction, false), unit: (unit) => this.chooser.choose({ unit }),
      speed: (speed) => this.chooser.choose({ speed: Number.isFinite(speed) ? speed : null }), pace: () => this.chooser.choose({ pace: this.model.barPace ? "time" : "bars" }),
      until: () => this.boxes.until.show(this.chooser.pauseWhen), fork: () => this.boxes.fork.show(),
    });
    this.scrubber = new Scrubber(this.facts);
    this.inspector = new Inspector(this.facts, async (tick, trade) => (await model.question("why", { tick, trade }))[0] as never, async (tick) => {
      const [header, buffers] = await model.question("running", { tick });
      return { values: Object.values(unpack(header, buffers)), seconds: Number(header["seconds"]) };
    });
    this.list = new TradeList(info.currency, (trade) => this.selected(trade));
    this.strip = new Strip((row) => this.press(row));
    this.sheet = new KeySheet(() => this.focus());
    const box = (label: string, example: string, hint: () => string, take: (text: string) => string | null | Promise<string | null>): AskBox => new AskBox(label, example, hint, take, () => this.focus());
    this.boxes = {
      goto: box("Go to", "2014-05-07 13:30", () => `${EXAMPLES}. Times are of the zone above.`, (text) => this.travel.to(text)),
      until: box("Pause when", "drawdown > 0.05", () => CONDITIONS, (text) => this.chooser.pauseAt(text.trim())),
      fork: box("Fork here", "name=value", () => `Goes on from the head with other parameters: ${info.parameters.map(([name, , value]) => `${name}=${value}`).join(", ")}`, (text) => this.fork(text)),
    };
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
    this.shade++;
    this.redraw();
  }

  redraw(): void {
    if (!this.frame && !this.gone) this.frame = requestAnimationFrame(this.paint);
  }

  remove(): void {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    this.voice.close();
    this.card.hide();
    this.inspector.close();
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
    this.chooser.choose({ selected: trade < 0 ? null : this.facts.trades.id[trade]! });
  }

  reveal(trade: number): void {
    if (trade >= 0) this.list.reveal(trade);
  }

  get theme(): string {
    return this.door.choice;
  }

  set theme(choice: string) {
    this.door.choice = choice;
  }

  zoomed(panel: Panel): void {
    if (this.chooser.toggles.locked) for (const other of this.panels) if (other !== panel) other.viewport.zoom = panel.viewport.zoom;
    this.redraw();
  }

  home(panel: Panel): void {
    panel.viewport.at = null;
    if (!this.chooser.toggles.follow) this.chooser.choose({ follow: true });
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
    faster: (marks) => this.chooser.faster(marks),
    start: () => this.move(() => this.model.seekTick(0)),
    end: () => this.move(() => this.model.seekTick(this.model.ticks - 1)),
    goto: () => this.boxes.goto.show(),
    enlarge: (row) => this.press(row),
    trade: (direction, otherEnd) => this.travel.trade(direction, otherEnd),
    mark: (direction) => this.travel.mark(direction),
    worst: () => this.travel.worst(),
    random: () => this.travel.random(),
    bookmark: () => this.chooser.bookmark(),
    zoom: (steps) => this.zoomBy(steps),
    pan: (bars) => this.panBy(bars),
    fit: () => this.fit(),
    follow: () => this.chooser.choose({ follow: !this.chooser.toggles.follow }),
    lock: () => this.chooser.choose({ locked: !this.chooser.toggles.locked }),
    future: () => this.chooser.choose({ hidden: !this.facts.hidden }),
    unit: (direction) => this.chooser.nextUnit(direction),
    keys: () => (this.sheet.open ? this.sheet.hide() : this.sheet.show()),
    escape: () => this.escape(),
  };

  private readonly looks = {
    style: (style: string) => this.look({ style }),
    zone: (zone: string) => this.look({ zone }),
    palette: () => this.look({ palette: this.facts.palette === "default" ? "colour-blind" : "default" }),
    blind: () => this.look({ blind: !this.facts.blind }),
    keep: () => this.chooser.keep(),
  };

  private look(choices: Partial<Choices>): void {
    this.chooser.choose(choices);
    this.focus();
  }

  /** Opens with what was chosen for it. */
  open(choices: Partial<Choices>): void {
    this.chooser.open(choices);
  }

  /** Takes what Python or another view of this widget chose. */
  take(choices: Partial<Choices>): void {
    this.chooser.take(choices);
  }

  private readonly paint = (now: number): void => {
    this.frame = 0;
    const { facts, model } = this;
    wear(facts.veil);
    model.advance(now);
    facts.update();
    facts.cross = this.cross;
    if (!facts.isEntered(facts.hovered)) this.unhover();
    if (!this.sized || priceText(facts.price, facts.info.digits).length > this.widest.length) this.measure();
    const seen = this.large < 0 ? this.panels : [this.panels[this.large]!];
    for (const panel of seen) panel.draw(facts, this.cross, this.colours, this.shade);
    this.scrubber.draw(facts, this.view(), this.colours, this.shade);
    this.inspector.draw(facts, this.colours, this.shade);
    if (this.large >= 0) this.strip.draw(facts, this.large, this.colours, this.shade);
    for (const panel of seen) panel.write(facts);
    this.bar.update(facts, this.large >= 0, this.kept);
    this.controls.update(facts, this.chooser.toggles, this.chooser.pauseWhen);
    this.inspector.update(facts);
    this.list.update(facts);
    this.card.update(facts);
    this.editor.update();
    if (this.large >= 0) this.strip.update(facts, this.large);
    this.mark(now);
    if (model.playing) this.redraw();
  };

  /** What stands beside the picture for tests and assistive technology. */
  private mark(now: number): void {
    const { facts, voice } = this, { busy } = facts.source;
    markRoot(this.root.dataset, facts);
    if (this.element.classList.contains("busy") !== busy) {
      this.element.classList.toggle("busy", busy);
      this.element.setAttribute("aria-busy", String(busy));
    }
    if (!this.marked && this.panels.every((panel) => panel.painted)) {
      this.marked = true;
      performance.mark("btlab:painted");
    }
    if (!voice.speak(now)) return;
    this.scrubber.announce(facts);
    this.element.setAttribute("aria-label", `${facts.symbol} ${facts.info.mode}`);
    for (const panel of this.panels) panel.element.setAttribute("aria-label", voice.panelText(panel.row));
    this.kept = keptLayout() !== null;
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

  setFollow(follow: boolean): void {
    for (const panel of this.panels) panel.viewport.at = follow ? null : Math.max(0, this.facts.series[panel.row]!.count - 1);
  }

  zoomTogether(): void {
    this.zoomed(this.panels[this.chosen]!);
  }

  /** The row of the panel that keys zoom and pan: the focused, the enlarged or the strategy's one. */
  private get chosen(): number {
    const held = (this.root.getRootNode() as Document | ShadowRoot).activeElement, row = this.panels.findIndex((panel) => panel.element === held);
    return row >= 0 ? row : this.large < 0 ? (this.facts.info.rows[0] ?? 2) : this.large;
  }

  private zoomBy(steps: number): void {
    const panel = this.panels[this.chosen]!, { geometry } = panel;
    panel.viewport.zoomBy(steps, 0, this.facts.series[panel.row]!.count, geometry.width * geometry.ratio);
    this.zoomed(panel);
  }

  private panBy(bars: number): void {
    const panel = this.panels[this.chosen]!;
    panel.viewport.pan(-bars * panel.viewport.spacing, this.facts.series[panel.row]!.count);
    this.redraw();
  }

  private fit(): void {
    const panel = this.panels[this.chosen]!;
    panel.fit();
    this.zoomed(panel);
    this.home(panel);
  }

  /** What other parameters would have brought from here on. */
  private async fork(text: string): Promise<string | null> {
    const parameters = readParameters(text, this.facts.info.parameters);
    if (typeof parameters === "string") return parameters;
    this.model.pause();
    this.model.takeFork(...(await this.model.question("fork", { tick: this.model.tick, parameters })));
    this.tell("Forked here: the equity of both is in the scrubber.");
    return null;
  }

  /** A panel's key or tile: enlarges it, or brings all back. */
  private press(row: number): void {
    this.enlarge(row === this.large ? -1 : row);
    this.chooser.choose({});
  }

  enlarge(row: number): void {
    this.large = row;
    if (row >= 0) this.lastLarge = row;
    this.element.classList.toggle("one", row >= 0);
    this.panels.forEach((panel) => panel.element.classList.toggle("big", panel.row === row));
    this.strip.element.hidden = row < 0;
    this.keepKeyboard();
    this.card.hide();
    this.resized();
  }

  /** What has just been hidden cannot hold the keyboard: it would fall to the page, and keys reach the notebook. */
  private keepKeyboard(): void {
    const held = (this.root.getRootNode() as Document | ShadowRoot).activeElement;
    if (held && this.element.contains(held) && !held.getClientRects().length) this.focus();
  }

  private escape(): void {
    if (this.root.classList.contains("dragging")) this.scrubber.element.dispatchEvent(new Event("btlab:putback"));
    else if (this.sheet.open) this.sheet.hide();
    else if (this.asking) this.asking.hide();
    else if (this.editor.open) this.editor.hide();
    else if (this.card.shown >= 0) this.card.hide();
    else this.release();
  }

  private get asking(): AskBox | undefined {
    return Object.values(this.boxes).find((box) => box.open);
  }

  /** Says something at once, to eyes and ears. */
  tell(text: string): void {
    this.voice.tell(text);
    this.bar.flash(text);
    this.redraw();
  }

  private assemble(): void {
    const panels = make("div", { class: "panels" }, ...this.panels.map((panel) => panel.element));
    const scrub = make("section", { class: "scrub", "aria-label": "Time" }, this.controls.element, this.scrubber.element, ...Object.values(this.boxes).map((box) => box.element));
    this.element.append(this.bar.element, this.strip.element, panels, scrub, this.inspector.element, this.list.element, this.sheet.element, this.voice.element);
  }

  private listen(): void {
    for (const kind of ["pointerdown", "pointermove", "keydown", "click"]) this.cleanup.on(this.element, kind, () => wear(this.facts.veil), { capture: true });
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
