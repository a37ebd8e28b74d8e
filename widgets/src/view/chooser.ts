// Chooses for a person: the next speed or unit, a bookmark, where playing pauses, the layout that new views open with.
import type { Ledger } from "../model/ledger.ts";
import type { Questions } from "../model/questions.ts";
import { keepLayout, keptLayout } from "./choices.ts";
import type { Chosen } from "./chosen.ts";
import { type Facts, UNITS } from "./facts.ts";
import type { Model } from "./needs.ts";
import { SPEEDS, nearestMark } from "./speed.ts";
import { hitsOf } from "./wishes.ts";

export interface ChooserHost {
  redraw(): void;
  tell(text: string): void;
}

export class Chooser {
  constructor(private readonly chosen: Chosen, private readonly facts: Facts, private readonly model: Model, private readonly ledger: Ledger, private readonly questions: Questions, private readonly host: ChooserHost) {}

  faster(marks: number): void {
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, nearestMark(this.model.speed) + marks))]!;
    this.chosen.choose({ speed: Number.isFinite(speed) ? speed : null });
  }

  nextUnit(direction: number): void {
    const units = UNITS.filter((unit) => this.facts.hasUnit(unit));
    this.chosen.choose({ unit: units[(units.indexOf(this.model.unit) + direction + units.length) % units.length]! });
  }

  /** Sets a bookmark at the head, or takes it away. */
  bookmark(): void {
    const { bookmarks, tick } = this.facts, there = bookmarks.includes(tick);
    this.chosen.choose({ bookmarks: there ? bookmarks.filter((mark) => mark !== tick) : [...bookmarks, tick].sort((a, b) => a - b) });
    this.host.tell(there ? "Bookmark removed." : "Bookmark set.");
  }

  /** Playing pauses where a condition turns true; the reason why not, or null. */
  async pauseAt(text: string): Promise<string | null> {
    const { chosen } = this, before = chosen.pauseWhen;
    chosen.pauseWhen = text;
    try {
      await this.find(text);
    } catch (error) {
      chosen.pauseWhen = before;
      return (error as Error).message;
    }
    chosen.announce({ pause_when: text });
    return null;
  }

  /** Finds the ticks of a condition that was chosen elsewhere; one that cannot be is none. */
  async takePause(text: string): Promise<void> {
    const { model, chosen } = this;
    // In a file the ticks of the condition it was written with are there already.
    if (model.info.kernel || !model.hits.length) await this.find(text).catch(() => (chosen.pauseWhen = ""));
  }

  private async find(text: string): Promise<void> {
    const { hits, more } = await hitsOf(this.model, this.ledger, this.questions, text);
    this.model.hits = hits;
    if (more) this.host.tell(`This holds at too many places: playing pauses at the first ${hits.length.toLocaleString("en")} of them.`);
    this.host.redraw();
  }

  /** Keeps the layout for new views in this browser; once more, and it is forgotten. */
  keep(): void {
    const kept = keptLayout() !== null;
    const done = keepLayout(kept ? null : this.chosen.all);
    this.host.tell(!done ? "This page may keep nothing." : kept ? "The layout is forgotten." : "New charts in this browser open like this one.");
    this.host.redraw();
  }
}
