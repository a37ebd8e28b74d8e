// What a person writes for the kernel: a condition to pause at, and the parameters of a fork.
import { unpack } from "../frames.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Questions } from "../model/questions.ts";
import type { Model } from "./needs.ts";

export const CONDITIONS = "drawdown > 0.05 · position != 0 · equity < 9900 · spread > 0.0002 and trades > 3 · entry · exit · fill · refused · mark · decision. Empty: none.";

/** Ticks at which a condition turns true, and whether there are more. What happens at single ticks is known here; anything else the kernel works out. */
export async function hitsOf(model: Model, ledger: Ledger, questions: Questions, text: string): Promise<{ hits: ArrayLike<number>; more?: boolean }> {
  const { marks, fills, refused, decisions } = ledger, column = (name: string): Float64Array => model.events.column(name);
  const known: Record<string, ArrayLike<number>> = { entry: column("trade_entry_tick"), exit: column("trade_exit_tick"), fill: fills.tick, mark: marks.tick, refused: refused.tick, decision: decisions };
  if (!text) return { hits: [] };
  if (Object.hasOwn(known, text)) return { hits: Float64Array.from(known[text]!).filter(Number.isFinite).sort() };
  const [header, buffers] = await questions.ask("until", { condition: text });
  return { hits: unpack(header, buffers)["hits"]!.slice(), more: Boolean(header["more"]) };
}

/** "lookback=30, risk=0.02" as values of the strategy's parameters; a text says what is wrong. */
export function readParameters(text: string, known: readonly (readonly [name: string, kind: string, value: unknown])[]): Record<string, unknown> | string {
  const found: Record<string, unknown> = {};
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.split(/=(.*)/s).map((side) => side.trim()), kind = known.find((each) => each[0] === name)?.[1];
    if (!kind) return `There is no parameter "${name}". Write name=value.`;
    const read = kind === "str" ? value : kind === "bool" ? { true: true, false: false }[value.toLowerCase()] : value && Number.isFinite(Number(value)) ? Number(value) : undefined;
    if (read === undefined || (kind === "int" && !Number.isInteger(read))) return `${name} takes a value of kind ${kind}, not "${value}".`;
    found[name] = read;
  }
  return found;
}
