// The transport: start, trades, steps, play; the step unit, the speed, and the toggles. Every control has its key.
import { iconButton } from "./bar.ts";
import { make } from "./dom.ts";
import * as drawings from "./drawings.ts";
import { type Facts, UNITS } from "./facts.ts";
import { SpeedControl } from "./speed.ts";

export interface ControlActions {
  start(): void;
  end(): void;
  step(count: number): void;
  trade(direction: number): void;
  unit(unit: string): void;
  speed(speed: number): void;
  pace(): void;
  follow(): void;
  lock(): void;
  future(): void;
  goto(): void;
  bookmark(): void;
  until(): void;
  fork(): void;
}

/** What the toggles show. */
export interface Toggles {
  follow: boolean;
  locked: boolean;
}

export class Controls {
  private readonly speed: SpeedControl;
  private readonly units = new Map<string, HTMLButtonElement>();
  private readonly pressed = new Map<string, HTMLButtonElement>();
  private shown = "";

  /** `play` is the button that is there already, in the place it keeps. */
  constructor(readonly element: HTMLElement, play: HTMLElement, facts: Facts, actions: ControlActions) {
    this.speed = new SpeedControl(actions.speed);
    const move = make(
      "span", { class: "grp" },
      iconButton(drawings.start, "Start (Home)", actions.start), iconButton(drawings.previousTrade, "Previous trade (P)", () => actions.trade(-1)),
      iconButton(drawings.back, "Step back (\u2190)", () => actions.step(-1)), play, iconButton(drawings.forward, "Step forward (\u2192)", () => actions.step(1)),
      iconButton(drawings.nextTrade, "Next trade (N)", () => actions.trade(1)), iconButton(drawings.end, "End (End)", actions.end),
    );
    const places = make(
      "span", { class: "grp" },
      this.toggle("until", iconButton(drawings.until, "Pause when ...", actions.until, true)), iconButton(drawings.keep, "Bookmark here (B)", actions.bookmark),
      ...(facts.info.kernel && facts.info.parameters.length ? [iconButton(drawings.fork, "Fork here with other parameters", actions.fork)] : []), make("span", { class: "sep" }),
    );
    const toggles = make(
      "span", { class: "grp" },
      this.toggle("pace", iconButton(drawings.pace, "Pace: real time, or bars a second", actions.pace, true)), make("span", { class: "sep" }),
      this.toggle("follow", iconButton(drawings.follow, "Follow the head (F)", actions.follow, true)),
      this.toggle("locked", iconButton(drawings.lock, "Lock: zoom all panels together (L)", actions.lock, true)),
      this.toggle("hidden", iconButton(drawings.hidden, "Hide the future (H)", actions.future, true)), iconButton(drawings.goto, "Jump to a date, tick or trade (G)", actions.goto),
    );
    element.setAttribute("role", "toolbar");
    element.setAttribute("aria-label", "Replay");
    element.append(move, this.steps(facts, actions), this.speed.element, make("span", { class: "grow" }), make("span", { class: "grp last" }, places, toggles));
  }

  update(facts: Facts, toggles: Toggles, pauseWhen: string): void {
    const { unit: stepped, speed, barPace } = facts.source;
    const state = [pauseWhen, stepped, speed, barPace, toggles.follow, toggles.locked, facts.hidden].join();
    if (state === this.shown) return;
    this.shown = state;
    for (const [unit, button] of this.units) button.setAttribute("aria-pressed", String(unit === stepped));
    this.speed.show(speed, barPace ? "bars/s" : "");
    const press = (name: string, on: boolean): void => this.pressed.get(name)!.setAttribute("aria-pressed", String(on));
    press("pace", barPace);
    press("follow", toggles.follow);
    press("locked", toggles.locked);
    press("hidden", facts.hidden);
    press("until", pauseWhen !== "");
    this.pressed.get("until")!.title = pauseWhen ? `Pause when ${pauseWhen}` : "Pause when ...";
  }

  private steps(facts: Facts, actions: ControlActions): HTMLElement {
    const group = make("span", { class: "seg", role: "group", "aria-label": "Step" });
    for (const unit of UNITS) {
      const button = make("button", { type: "button", "aria-pressed": "false", title: `Step by ${unit === "tick" ? facts.info.unit : unit} (U)` }, unit);
      button.disabled = !facts.hasUnit(unit);
      button.addEventListener("click", () => actions.unit(unit));
      this.units.set(unit, button);
      group.append(button);
    }
    return make("span", { class: "grp", style: "gap:8px" }, make("span", { class: "lbl", "aria-hidden": "true" }, "Step"), group);
  }

  private toggle(name: string, button: HTMLButtonElement): HTMLButtonElement {
    this.pressed.set(name, button);
    return button;
  }
}
