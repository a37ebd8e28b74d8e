// The tools of a widget, put together: bar, scrubber, inspector, trade list, overlays, keys, boxes, voice.
import { unpack } from "../frames.ts";
import { Ledger } from "../model/ledger.ts";
import { Questions } from "../model/questions.ts";
import { TopBar } from "./bar.ts";
import { keptLayout } from "./choices.ts";
import { Chooser } from "./chooser.ts";
import { Commands } from "./commands.ts";
import { Controls } from "./controls.ts";
import { Cleanup, make } from "./dom.ts";
import type { Facts } from "./facts.ts";
import { wear } from "./format.ts";
import { Inspector } from "./inspector/inspector.ts";
import { listenKeys } from "./keys.ts";
import { TradeList } from "./list/list.ts";
import type { MakeOverlays, OverlaysPart } from "./overlays/part.ts";
import type { Cross } from "./panel/crosshair.ts";
import { Extras } from "./panel/extras.ts";
import type { Panel } from "./panel/panel.ts";
import { type PanelHost, listen } from "./panel/pointer.ts";
import type { MakePopups, PopupsHost, PopupsPart } from "./popups/part.ts";
import { releaseKeyboard } from "./release.ts";
import { Scrubber, type ScrubberHost } from "./scrubber/scrubber.ts";
import { Strip } from "./strip.ts";
import type { Colours } from "./theme.ts";
import type { Tools } from "./tools.ts";
import { TOOLS_STYLE } from "./toolstyle.ts";
import { Travel, type TravelHost } from "./travel.ts";
import { Voice } from "./voice.ts";
import type { Widget } from "./widget.ts";

export class Desk implements Tools, PanelHost, PopupsHost, ScrubberHost, TravelHost {
  readonly facts: Facts;
  private readonly commands: Commands;
  private readonly chooser: Chooser;
  private readonly bar: TopBar;
  private readonly controls: Controls;
  private readonly scrubber: Scrubber;
  private readonly inspector: Inspector;
  private readonly list: TradeList;
  private readonly strip: Strip;
  private overlays: OverlaysPart | undefined;
  private popups: PopupsPart | undefined;
  /** What a person asked for before it was here. */
  private asked: ((popups: PopupsPart) => void) | undefined;
  private readonly voice: Voice;
  private readonly cleanup = new Cleanup();
  private kept = keptLayout() !== null;

  constructor(private readonly widget: Widget, popups: Promise<MakePopups>, overlays?: Promise<MakeOverlays>) {
    const { facts, model } = widget, { info } = facts, ledger = (model.ledger = new Ledger(model));
    const questions = (model.questions = new Questions(model.info, (request) => model.inquire(request)));
    this.facts = facts;
    this.chooser = new Chooser(widget.chosen, facts, model, ledger, questions, this);
    const travel = new Travel(model, facts, ledger, this), commands = (this.commands = new Commands(widget, this.chooser, travel, {
      goto: () => this.pop((popups) => popups.show("goto")), keys: () => this.pop((popups) => popups.toggleSheet()), escape: () => this.escape(),
    }));
    this.voice = new Voice(facts, () => this.redraw());
    this.bar = new TopBar(widget.heading.element, facts, widget.door.button, {
      all: commands.all, one: commands.one, style: (style) => commands.look({ style }), zone: (zone) => commands.look({ zone }), keep: () => this.chooser.keep(),
      palette: () => commands.look({ palette: facts.palette === "default" ? "colour-blind" : "default" }), blind: () => commands.look({ blind: !facts.blind }),
      theme: () => widget.door.toggle(), keys: () => this.pop((popups) => popups.showSheet()),
    });
    this.controls = new Controls(widget.controls, widget.play.element, facts, {
      ...commands, trade: (direction) => commands.trade(direction), unit: (unit) => commands.choose({ unit }),
      speed: (speed) => commands.choose({ speed: Number.isFinite(speed) ? speed : null }), pace: () => commands.choose({ pace: model.barPace ? "time" : "bars" }),
      until: () => this.pop((popups) => popups.show("until", widget.chosen.pauseWhen)), fork: () => this.pop((popups) => popups.show("fork")),
    });
    this.scrubber = new Scrubber(facts, ledger, model.info);
    this.inspector = new Inspector(widget.side, facts, ledger, async (tick, trade) => (await questions.ask("why", { tick, trade }))[0] as never, async (tick) => {
      const [header, buffers] = await questions.ask("running", { tick });
      return { values: Object.values(unpack(header, buffers)), seconds: Number(header["seconds"]) };
    });
    this.list = new TradeList(widget.list, info.currency, (trade) => this.selected(trade));
    this.strip = new Strip(widget.strip, (row) => commands.press(row));
    this.assemble(ledger);
    this.listen();
    popups.then((make) => widget.element.isConnected && this.take(make), () => {});
    overlays?.then((make) => widget.element.isConnected && this.lay(make), () => {});
  }

  // -------------------------------------------------------------- frames

  begin(): void {
    const { facts } = this;
    if (facts.hovered >= 0 && !facts.isEntered(facts.hovered)) {
      // The head went back to before the trade under the pointer.
      this.popups?.card.hide();
      facts.hovered = -1;
    }
  }

  draw(colours: Colours, shade: number): void {
    const { facts, widget } = this;
    this.scrubber.draw(facts, this.view(), colours, shade);
    this.inspector.draw(facts, colours, shade);
    if (widget.large >= 0) this.strip.draw(facts, widget.large, colours, shade);
  }

  update(now: number): void {
    const { facts, widget } = this, { large, chosen } = widget, follow = widget.panels.every((panel) => panel.viewport.at === null);
    if (follow !== chosen.toggles.follow) {
      // A hand moved a panel away from the head, or back: the other views' panels stay where they are.
      chosen.toggles.follow = follow;
      chosen.announce({});
    }
    this.bar.update(facts, large >= 0, this.kept);
    this.controls.update(facts, chosen.toggles, chosen.pauseWhen);
    this.inspector.update(facts);
    this.list.update(facts);
    this.popups?.card.update(facts);
    this.overlays?.editor.update();
    if (large >= 0) this.strip.update(facts, large);
    if (this.voice.speak(now)) this.announce();
  }

  resize(ratio: number): void {
    this.scrubber.resize(ratio);
    this.inspector.resize(ratio);
    this.strip.resize(ratio);
    this.list.resize();
  }

  remove(): void {
    this.voice.close();
    this.popups?.card.hide();
    this.inspector.close();
    this.cleanup.run();
  }

  /** What screen readers are told once a second. */
  private announce(): void {
    const { facts, widget } = this;
    this.scrubber.announce(facts);
    widget.element.setAttribute("aria-label", `${facts.symbol} ${facts.info.mode}`);
    for (const panel of widget.panels) panel.element.setAttribute("aria-label", this.voice.panelText(panel.row));
    this.kept = keptLayout() !== null;
  }

  /** From when to when the bars in view are. */
  private view(): { from: number; to: number } {
    const { facts } = this, panel = this.widget.first, series = facts.series[panel.row]!;
    if (!series.count) return { from: facts.time, to: facts.time };
    const { first, last } = panel.view;
    return { from: series.start(Math.min(first, series.count - 1)), to: last >= series.count - 1 ? facts.time : series.end(last) };
  }

  // -------------------------------------------------------------- what happens

  get armed(): boolean {
    const root = this.widget.root.getRootNode() as Document | ShadowRoot;
    return this.widget.root.contains(root.activeElement ?? null);
  }

  redraw(): void {
    this.widget.redraw();
  }

  pointed(cross: Cross | null): void {
    const { widget } = this;
    if (!cross && !widget.cross) return;
    widget.cross = cross;
    widget.panels.forEach((panel) => panel.element.classList.toggle("hot", cross?.row === panel.row));
    this.redraw();
  }

  hovered(trade: number, panel: Panel, x: number, y: number): void {
    if (trade < 0) this.popups?.card.hide();
    else this.popups?.card.show(this.facts, trade, panel.element, x, y, panel.geometry);
    if (trade === this.facts.hovered) return;
    this.facts.hovered = trade;
    this.redraw();
  }

  selected(trade: number): void {
    this.commands.choose({ selected: trade < 0 ? null : this.facts.trades.id[trade]! });
  }

  reveal(trade: number): void {
    this.list.reveal(trade);
  }

  pauseOn(condition: string): Promise<string | null> {
    return this.chooser.pauseAt(condition);
  }

  pauseAt(condition: string): void {
    void this.chooser.takePause(condition);
  }

  zoomed(panel: Panel): void {
    this.widget.zoomed(panel);
  }

  home(panel: Panel): void {
    panel.viewport.at = null;
    this.redraw();
  }

  seek(time: number, snap: boolean): void {
    this.commands.move(() => {
      this.widget.model.seekTime(time);
      if (snap) this.widget.model.step(-1);
    });
  }

  putBack(tick: number): void {
    this.commands.move(() => this.widget.model.seekTick(tick));
  }

  dragging(active: boolean): void {
    this.widget.root.classList.toggle("dragging", active);
  }

  enlarged(): void {
    this.overlays?.editor.hide();
    this.keepKeyboard();
    this.popups?.card.hide();
  }

  tell(text: string): void {
    this.voice.tell(text);
    this.bar.flash(text);
    this.redraw();
  }

  /** What has just been hidden cannot hold the keyboard: it would fall to the page, and keys reach the notebook. */
  private keepKeyboard(): void {
    const { widget } = this, held = (widget.root.getRootNode() as Document | ShadowRoot).activeElement;
    if (held && widget.element.contains(held) && !held.getClientRects().length) widget.focus();
  }

  private escape(): void {
    const { widget: { root }, popups } = this;
    if (root.classList.contains("dragging")) this.scrubber.element.dispatchEvent(new Event("btlab:putback"));
    else if (this.asked) this.asked = undefined;
    else if (popups?.close()) return;
    else if (this.overlays?.editor.open) this.overlays.editor.hide();
    else if (popups && popups.card.shown >= 0) popups.card.hide();
    else releaseKeyboard(root);
  }

  // -------------------------------------------------------------- putting together

  private assemble(ledger: Ledger): void {
    const { widget } = this;
    this.dress(TOOLS_STYLE);
    for (const panel of widget.panels) panel.added = new Extras(panel, ledger, () => this.home(panel));
    widget.scrub.append(this.scrubber.element);
    widget.element.append(this.voice.element, this.bar.toast);
  }

  private dress(css: string): void {
    const style = make("style");
    style.textContent = css;
    this.widget.element.before(style);
    this.cleanup.add(() => style.remove());
  }

  /** Has something popped up: now, or as soon as it is here. */
  private pop(open: (popups: PopupsPart) => void): void {
    if (this.popups) open(this.popups);
    else this.asked = open;
  }

  /** Puts in what pops up: it takes no room until it does. */
  private take(make: MakePopups): void {
    const { widget } = this, popups = (this.popups = make(widget, this));
    this.dress(popups.style);
    widget.scrub.append(...popups.boxes);
    widget.element.append(popups.sheet);
    this.asked?.(popups);
    this.asked = undefined;
  }

  /** Puts the overlays in: their script may be later than that of the tools. */
  private lay(make: MakeOverlays): void {
    const { widget } = this, overlays = (this.overlays = make(widget, () => this.redraw()));
    this.dress(overlays.style);
    for (const panel of widget.panels) (panel.added as Extras).lay(overlays.of(panel));
    this.inspector.lay(overlays);
    widget.resized();
  }

  private listen(): void {
    const { widget, cleanup } = this, { element } = widget;
    for (const kind of ["pointerdown", "pointermove", "keydown", "click"]) cleanup.on(element, kind, () => wear(this.facts.veil), { capture: true });
    for (const panel of widget.panels) listen(panel, this, cleanup);
    this.scrubber.listen(this, cleanup);
    listenKeys(element, this.commands, cleanup);
    cleanup.on(widget.list, "scroll", () => this.redraw(), { capture: true });
    cleanup.on(element, "pointerdown", (event) => {
      const target = event.target as Element;
      if (!target.closest(".ed,.ov")) this.overlays?.editor.hide();
      if (!target.closest("input,button,select,.ed")) queueMicrotask(() => widget.focus());
    });
    // Space plays after a click on a button, too; a button that was reached by Tab keeps its keys.
    cleanup.on(element, "click", (event) => {
      if (event.detail && (event.target as Element).closest("button")?.matches(":focus")) widget.focus();
    });
  }
}
