// What keys and buttons do, in one place.
import type { Choices } from "./choices.ts";
import type { Chooser } from "./chooser.ts";
import { type Facts, TIMEFRAMES } from "./facts.ts";
import type { KeyActions } from "./keys.ts";
import type { Model } from "./needs.ts";
import type { Travel } from "./travel.ts";
import type { Widget } from "./widget.ts";

/** The boxes and sheets that commands open, and what closes them. */
export interface Opens {
  goto(): void;
  keys(): void;
  escape(): void;
}

export class Commands implements KeyActions {
  private readonly facts: Facts;
  private readonly model: Model;
  private lastLarge = 2;

  constructor(private readonly widget: Widget, private readonly chooser: Chooser, private readonly travel: Travel, private readonly opens: Opens) {
    [this.facts, this.model] = [widget.facts, widget.model];
  }

  readonly play = (): void => this.widget.toggle();
  readonly step = (count: number): void => this.move(() => this.model.step(count));
  readonly faster = (marks: number): void => this.chooser.faster(marks);
  readonly start = (): void => this.move(() => this.model.seekTick(0));
  readonly end = (): void => this.move(() => this.model.seekTick(this.model.ticks - 1));
  readonly goto = (): void => this.opens.goto();
  readonly enlarge = (row: number): void => this.press(row);
  readonly trade = (direction: number, otherEnd = false): void => this.travel.trade(direction, otherEnd);
  readonly mark = (direction: number): void => this.travel.mark(direction);
  readonly worst = (): void => this.travel.worst();
  readonly random = (): void => this.choose({ seed: this.travel.random(this.widget.chosen.seed) });
  readonly bookmark = (): void => this.chooser.bookmark();
  readonly follow = (): void => this.choose({ follow: !this.widget.chosen.toggles.follow });
  readonly lock = (): void => this.choose({ locked: !this.widget.chosen.toggles.locked });
  readonly future = (): void => this.choose({ hidden: !this.facts.hidden });
  readonly unit = (direction: number): void => this.chooser.nextUnit(direction);
  readonly keys = (): void => this.opens.keys();
  readonly escape = (): void => this.opens.escape();

  readonly zoom = (steps: number): void => {
    const panel = this.widget.inHand, { geometry } = panel;
    panel.viewport.zoomBy(Math.SQRT2 ** steps, 0, this.facts.series[panel.row]!.count, geometry.width * geometry.ratio);
    this.widget.zoomed(panel);
  };

  readonly pan = (bars: number): void => {
    const panel = this.widget.inHand;
    panel.viewport.pan(-bars * panel.viewport.spacing, this.facts.series[panel.row]!.count);
    this.widget.redraw();
  };

  readonly fit = (): void => {
    const panel = this.widget.inHand;
    panel.fit();
    this.widget.zoomed(panel);
    panel.viewport.at = null;
    if (!this.widget.chosen.toggles.follow) this.choose({ follow: true });
  };

  /** All panels, or the one that was enlarged last. */
  readonly all = (): void => this.press(-1);
  readonly one = (): void => this.press(this.lastLarge);

  /** A panel's key or tile: enlarges it, or brings all back. */
  press(row: number): void {
    const { widget } = this;
    this.choose({ panel: row === widget.large ? null : (TIMEFRAMES[row] ?? null) });
    if (widget.large >= 0) this.lastLarge = widget.large;
  }

  choose(choices: Partial<Choices>): void {
    this.widget.chosen.choose(choices);
  }

  /** The same by a control that should not keep the keyboard. */
  look(choices: Partial<Choices>): void {
    this.choose(choices);
    this.widget.focus();
  }

  /** Moves the head, which does not play on. */
  move(change: () => void): void {
    this.model.pause();
    change();
    this.widget.redraw();
  }
}
