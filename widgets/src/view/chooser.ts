// Holds together what is chosen in a view: takes it from a key, from Python or from another view of the widget, and tells the others.
import type { Choices } from "./choices.ts";
import { keepLayout, keptLayout } from "./choices.ts";
import { type Facts, TIMEFRAMES, UNITS } from "./facts.ts";
import { DAY } from "./format.ts";
import type { Model } from "./needs.ts";
import { type BarStyle, STYLES } from "./panel/styles.ts";
import { SPEEDS, nearestMark } from "./speed.ts";
import { hitsOf } from "./wishes.ts";
import { Zone } from "./zone.ts";

/** What the widget does when something is chosen. */
export interface ChooserHost {
  readonly root: HTMLElement;
  readonly large: number;
  theme: string;
  enlarge(row: number): void;
  setFollow(follow: boolean): void;
  zoomTogether(): void;
  reveal(trade: number): void;
  themed(): void;
  resized(): void;
  redraw(): void;
  tell(text: string): void;
}

export class Chooser {
  readonly toggles = { follow: true, locked: false };
  pauseWhen = "";

  constructor(private readonly facts: Facts, private readonly model: Model, private readonly host: ChooserHost) {}

  get all(): Choices {
    const { facts, model, host } = this;
    return {
      selected: facts.selected < 0 ? null : facts.trades.id[facts.selected]!, hidden: facts.hidden, panel: host.large < 0 ? null : TIMEFRAMES[host.large]!,
      unit: model.unit, speed: Number.isFinite(model.speed) ? model.speed : null, pace: model.barPace ? "bars" : "time", ...this.toggles, blind: facts.blind,
      palette: facts.palette, theme: host.theme, style: facts.style, zone: facts.zone.name, bookmarks: facts.bookmarks, pause_when: this.pauseWhen,
    };
  }

  /** Chosen here: the others are told. */
  choose(choices: Partial<Choices>): void {
    this.take(choices);
    this.model.announce(this.all);
  }

  /** Opens with the layout that this browser keeps, and over it what Python chose. */
  open(given: Partial<Choices>): void {
    const kept = keptLayout();
    this.take({ ...kept, ...given });
    if (kept) this.model.announce(this.all);
  }

  /** Takes what was chosen elsewhere; what it cannot be stays as it is. */
  take(choices: Partial<Choices>): void {
    const { facts, model, host, toggles } = this, { selected, panel, unit, speed, pace, follow, locked, style, zone, bookmarks, theme, palette, pause_when } = choices;
    const before = this.looks;
    if (choices.hidden !== undefined) facts.hidden = choices.hidden;
    if (selected !== undefined) host.reveal((facts.selected = selected === null ? -1 : facts.byId(selected)));
    if (facts.selected >= facts.listed) facts.selected = -1;
    if (unit) model.setUnit(unit);
    if (speed !== undefined) model.setSpeed(speed ?? Infinity);
    if (pace) model.setBarPace(pace === "bars");
    if (bookmarks) facts.bookmarks = [...bookmarks];
    if (panel !== undefined && host.large !== (panel === null ? -1 : TIMEFRAMES.indexOf(panel))) host.enlarge(panel === null ? -1 : TIMEFRAMES.indexOf(panel));
    if (follow !== undefined && follow !== toggles.follow) host.setFollow((toggles.follow = follow));
    if (locked !== undefined && locked !== toggles.locked && (toggles.locked = locked)) host.zoomTogether();
    if (style && style in STYLES) facts.style = style as BarStyle;
    if (zone && zone !== facts.zone.name) facts.zone = new Zone(zone);
    if (palette) host.root.dataset.palette = facts.palette = palette;
    if (theme) host.theme = theme;
    if (choices.blind !== undefined && choices.blind !== facts.blind) this.blindfold(choices.blind);
    if (pause_when !== undefined && pause_when !== this.pauseWhen) void this.pauseAt(pause_when, true);
    if (this.looks !== before) host.themed();
    host.redraw();
  }

  private get looks(): string {
    return [this.facts.style, this.facts.zone.name, this.facts.palette, this.facts.blind].join();
  }

  faster(marks: number): void {
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, nearestMark(this.model.speed) + marks))]!;
    this.choose({ speed: Number.isFinite(speed) ? speed : null });
  }

  nextUnit(direction: number): void {
    const units = UNITS.filter((unit) => this.facts.hasUnit(unit));
    this.choose({ unit: units[(units.indexOf(this.model.unit) + direction + units.length) % units.length]! });
  }

  /** Sets a bookmark at the head, or takes it away. */
  bookmark(): void {
    const { bookmarks, tick } = this.facts, there = bookmarks.includes(tick);
    this.choose({ bookmarks: there ? bookmarks.filter((mark) => mark !== tick) : [...bookmarks, tick].sort((a, b) => a - b) });
    this.host.tell(there ? "Bookmark removed." : "Bookmark set.");
  }

  /** Playing pauses where a condition turns true; the reason why not, or null. */
  async pauseAt(text: string, told = false): Promise<string | null> {
    const { model } = this, before = this.pauseWhen;
    this.pauseWhen = text;
    try {
      // In a file the ticks of the condition it was written with are there already.
      if (!told || model.info.kernel || !model.hits.length) model.hits = await hitsOf(model, text);
    } catch (error) {
      this.pauseWhen = before;
      return (error as Error).message;
    }
    if (!told) this.model.announce(this.all);
    this.host.redraw();
    return null;
  }

  /** Keeps the layout for new views in this browser; once more, and it is forgotten. */
  keep(): void {
    const kept = keptLayout() !== null;
    const done = keepLayout(kept ? null : this.all);
    this.host.tell(!done ? "This page may keep nothing." : kept ? "The layout is forgotten." : "New charts in this browser open like this one.");
    this.host.redraw();
  }

  private blindfold(blind: boolean): void {
    const { facts } = this, bars = facts.series.find((series) => series.count)!;
    facts.veil = blind ? { day: Math.floor(facts.local(facts.source.start) / DAY), price: bars.open(0), pip: facts.info.pip } : null;
    this.host.resized();
  }
}
