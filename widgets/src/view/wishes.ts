// Where a condition that playing pauses at turns true.
import { unpack } from "../frames.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Questions } from "../model/questions.ts";
import type { Model } from "./needs.ts";

/** Ticks at which a condition turns true, and whether there are more. What happens at single ticks is known here; anything else the kernel works out. */
export async function hitsOf(model: Model, ledger: Ledger, questions: Questions, text: string): Promise<{ hits: ArrayLike<number>; more?: boolean }> {
  const { marks, fills, refused, decisions } = ledger, column = (name: string): Float64Array => model.events.column(name);
  const known: Record<string, ArrayLike<number>> = { entry: column("trade_entry_tick"), exit: column("trade_exit_tick"), fill: fills.tick, mark: marks.tick, refused: refused.tick, decision: decisions };
  if (!text) return { hits: [] };
  if (Object.hasOwn(known, text)) return { hits: Float64Array.from(known[text]!).filter(Number.isFinite).sort() };
  const [header, buffers] = await questions.ask("until", { condition: text });
  return { hits: unpack(header, buffers)["hits"]!.slice(), more: Boolean(header["more"]) };
}
