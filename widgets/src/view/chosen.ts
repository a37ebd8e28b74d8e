// Holds together what is chosen in a view: takes it from the page, from Python or from another view of the widget, and tells the others.
import { type Choices, keptLayout } from "./choices.ts";
import { type Facts, TIMEFRAMES } from "./facts.ts";
import { DAY } from "./format.ts";
import type { Model } from "./needs.ts";
import { type BarStyle, STYLES } from "./panel/barstyle.ts";
import { Zone } from "./zone.ts";

/** What the widget does when something is chosen. */
export interface ChosenHost {
  readonly root: HTMLElement;
  readonly large: number;
  readonly door: { choice: string };
  enlarge(row: number): void;
  setFollow(follow: boolean): void;
  zoomTogether(): void;
  reveal(trade: number): void;
  pauseAt(condition: string): void;
  themed(): void;
  resized(): void;
  redraw(): void;
}

export class Chosen {
  readonly toggles = { follow: true, locked: false };
  pauseWhen = "";
  seed = 1;

  constructor(private readonly facts: Facts, private readonly model: Model, private readonly host: ChosenHost) {}

  get all(): Choices {
    const { facts, model, host } = this;
    return {
      selected: facts.selected < 0 ? null : facts.trades.id[facts.selected]!, hidden: facts.hidden, panel: host.large < 0 ? null : TIMEFRAMES[host.large]!,
      unit: model.unit, speed: Number.isFinite(model.speed) ? model.speed : null, pace: model.barPace ? "bars" : "time", ...this.toggles, blind: facts.blind,
      palette: facts.palette, theme: host.door.choice, style: facts.style, zone: facts.zone.name, bookmarks: facts.bookmarks, pause_when: this.pauseWhen, seed: this.seed,
    };
  }

  /** Chosen here: the others are told. */
  choose(choices: Partial<Choices>): void {
    this.take(choices);
    this.announce(choices);
  }

  announce(choices: Partial<Choices>): void {
    this.model.announce(this.all, choices);
  }

  /** Opens with the layout that this browser keeps, and over it what Python chose. */
  open(given: Partial<Choices>): void {
    const kept = keptLayout();
    this.take({ ...kept, ...given });
    if (kept) this.announce(kept);
  }

  /** Takes what was chosen elsewhere; what it cannot be stays as it is. */
  take(choices: Partial<Choices>): void {
    const { facts, model, host, toggles } = this, { selected, panel, unit, speed, pace, follow, locked, style, zone, bookmarks, theme, palette, pause_when, seed } = choices;
    const before = this.looks;
    if (choices.hidden !== undefined) facts.hidden = choices.hidden;
    if (selected !== undefined) host.reveal((facts.selected = selected === null ? -1 : facts.byId(selected)));
    if (unit) model.setUnit(unit);
    if (seed) this.seed = seed;
    if (speed !== undefined) model.setSpeed(speed ?? Infinity);
    if (pace) model.setBarPace(pace === "bars");
    if (bookmarks) facts.bookmarks = [...bookmarks];
    if (panel !== undefined && host.large !== (panel === null ? -1 : TIMEFRAMES.indexOf(panel))) host.enlarge(panel === null ? -1 : TIMEFRAMES.indexOf(panel));
    if (follow !== undefined && follow !== toggles.follow) host.setFollow((toggles.follow = follow));
    if (locked !== undefined && locked !== toggles.locked && (toggles.locked = locked)) host.zoomTogether();
    if (style && style in STYLES) facts.style = style as BarStyle;
    if (zone && zone !== facts.zone.name) facts.zone = new Zone(zone);
    if (palette) host.root.dataset.palette = facts.palette = palette;
    if (theme) host.door.choice = theme;
    if (choices.blind !== undefined && choices.blind !== facts.blind) this.blindfold(choices.blind);
    if (pause_when !== undefined && pause_when !== this.pauseWhen) host.pauseAt((this.pauseWhen = pause_when));
    if (this.looks !== before) host.themed();
    host.redraw();
  }

  private get looks(): string {
    return [this.facts.style, this.facts.zone.name, this.facts.palette, this.facts.blind].join();
  }

  private blindfold(blind: boolean): void {
    const { facts } = this, bars = facts.series.find((series) => series.count)!;
    facts.veil = blind ? { day: Math.floor(facts.local(facts.source.start) / DAY), price: bars.open(0), pip: facts.info.pip } : null;
    this.host.resized();
  }
}
