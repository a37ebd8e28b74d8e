// What assistive technology holds on to: words for screen readers, once a second.
import { make, writer } from "./dom.ts";
import { type Facts, TIMEFRAMES } from "./facts.ts";
import { fixed, price as priceText, signed } from "./format.ts";
import { holdingText } from "./holding.ts";
import { moment } from "./words.ts";

const SPOKEN_EVERY = 1000;

/** The screen reader's region: where the head is and what is held, or what has just been told. */
export class Voice {
  readonly element = make("div", { class: "sr", role: "status", "aria-live": "polite" });
  private readonly say = writer(this.element);
  private spokenAt = -Infinity;
  private toSay = "";
  /** Speaks after the last frame of a move, when no other frame follows. */
  private later = 0;

  constructor(private readonly facts: Facts, private readonly redraw: () => void) {}

  /** Says something with the next frame. */
  tell(text: string): void {
    this.toSay = text;
    this.spokenAt = -Infinity;
  }

  /** Speaks where a second is over; true where it did. */
  speak(now: number): boolean {
    if (now - this.spokenAt < SPOKEN_EVERY) {
      this.later ||= window.setTimeout(this.redraw, SPOKEN_EVERY);
      return false;
    }
    this.close();
    this.spokenAt = now;
    this.say(this.toSay || this.sentence());
    this.toSay = "";
    return true;
  }

  close(): void {
    clearTimeout(this.later);
    this.later = 0;
  }

  /** What it says of a panel. */
  panelText(row: number): string {
    const { facts } = this, series = facts.series[row]!, bar = series.count - 1, name = `${TIMEFRAMES[row]} candles`;
    if (bar < 0) return `${name}: ${facts.emptyText(row)}`;
    const [open, high, low, close] = [series.open(bar), series.high(bar), series.low(bar), series.close(bar)].map((value) => priceText(value, facts.info.digits));
    return `${name}, ${facts.forming(row) ? "running" : "last"} bar open ${open}, high ${high}, low ${low}, close ${close}`;
  }

  private sentence(): string {
    const { facts } = this;
    const position = facts.position;
    const holds = position ? `, ${holdingText(position).toLowerCase()}, ${signed(position.profit)} ${facts.info.currency}` : "";
    return `${facts.playing ? "Playing. " : ""}${moment(facts.local(facts.time))} ${facts.zone.label}, ${facts.info.unit} ${fixed(facts.tick + 1, 0)} of ${fixed(facts.ticks, 0)}${holds}`;
  }
}
