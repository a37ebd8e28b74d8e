// What all trials amount to: the map, the curves over the sliders, the best.
import type { Columns, Header } from "../frames.ts";
import { float } from "./result.ts";

export const CELL = { unknown: 0, known: 1, refused: 2 } as const;

export interface Trials {
  position: number[];
  count: number;
  rank: number;
  metric: string;
  axes: [x: number, y: number];
  filling: boolean;
  best: { position: number[]; net: number; drawdown: number; trades: number; value: number }[];
  along: Float64Array[];
  map: Float64Array;
  states: Uint8Array;
  around: { count: number; mean: number };
}

export function trialsOf(message: Header, columns: Columns): Trials {
  const column = (name: string): Float64Array => float(columns, name);
  const along: Float64Array[] = [];
  for (let axis = 0; columns[`along${axis}`]; axis++) along.push(column(`along${axis}`));
  return {
    position: message["position"] as number[],
    count: Number(message["count"]),
    rank: Number(message["rank"]),
    metric: String(message["metric"]),
    axes: message["axes"] as [number, number],
    filling: Boolean(message["filling"]),
    best: (message["best"] as number[][]).map((position, i) => ({
      position, net: column("best_net")[i]!, drawdown: column("best_max_drawdown")[i]!, trades: column("best_trades")[i]!, value: column("best")[i]!,
    })),
    along,
    map: column("map"),
    states: (columns["map_state"] as Uint8Array | undefined) ?? new Uint8Array(0),
    around: { count: column("around")[0] ?? 0, mean: column("around")[1] ?? NaN },
  };
}
