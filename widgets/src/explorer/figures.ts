// The figures of a run as text: their names, units and digits, and what is a gain.
import { MINUS, SECOND, fixed, signed } from "../view/format.ts";
import { duration } from "../view/words.ts";

export interface Figure {
  label: string;
  /** The value as it stands alone. */
  text(value: number): string;
  /** A difference, with its sign. */
  change(value: number): string;
  /** Where the colours of the map turn. */
  middle: number;
}

const money: Figure = { label: "", text: (value) => signed(value), change: (value) => signed(value), middle: 0 };
const percent = (digits: number, sign: boolean): Omit<Figure, "label" | "middle"> => ({
  text: (value) => (sign ? signed(100 * value, digits) : fixed(100 * value, digits)) + "\u2009%",
  change: (value) => signed(100 * value, digits),
});
const number = (digits: number): Omit<Figure, "label" | "middle"> => ({ text: (value) => fixed(value, digits), change: (value) => signed(value, digits) });
const minutes = (value: number): string => duration(60 * SECOND * Math.abs(value));

export const FIGURES: Record<string, Figure> = {
  net: { ...money, label: "Net" },
  total_return: { ...percent(2, true), label: "Return", middle: 0 },
  max_drawdown: { ...percent(2, false), label: "Max drawdown", middle: 0 },
  profit_factor: { ...number(2), label: "Profit factor", middle: 1 },
  win_rate: { ...percent(0, false), label: "Won", middle: 0.5 },
  expectancy: { ...money, label: "Expectancy" },
  trades: { ...number(0), label: "Trades", middle: 0 },
  average_duration_minutes: { label: "Average hold", text: minutes, change: (value) => (value < 0 ? MINUS : "+") + minutes(value), middle: 0 },
  sharpe: { ...number(2), label: "Sharpe", middle: 0 },
};

/** A value as text; a dash where there is none, and infinity in one sign. */
export function figureText(name: string, value: number): string {
  return Number.isFinite(value) ? FIGURES[name]!.text(value) : value > 0 ? "∞" : value < 0 ? MINUS + "∞" : "–";
}

/** The difference to what it was, and whether that is a gain (1), a loss (-1) or neither. */
export function changeOf(name: string, value: number, before: number, better: number): { text: string; gain: number } {
  const change = value - before;
  if (!Number.isFinite(change)) return { text: "", gain: 0 };
  const text = FIGURES[name]!.change(change);
  return { text, gain: /[1-9]/.test(text) ? Math.sign(change) * better : 0 };
}
