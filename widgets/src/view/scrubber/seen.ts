// How much of each lane may be seen at the head: what is drawn hangs on these counts and never on the tick itself, so lanes that have
// the same counts are the same.
import type { Ledger } from "../../model/ledger.ts";
import { upperBound } from "../../model/search.ts";
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";

const OVERVIEW = 4000; // bars

export interface Seen {
  /** The bars that the line of prices is drawn of: the first `done` of them, and where the future is shown those from `next` on. */
  series: Series;
  done: number;
  next: number;
  fills: number;
  refused: number;
  hits: number;
  marks: number;
  bookmarks: number;
  holes: number;
  equities: number;
  forked: number;
}

export function seenAt(facts: Facts, ledger: Ledger, holes: readonly number[]): Seen {
  const { hidden, tick, time, source } = facts, series = overview(source);
  const by = (ticks: ArrayLike<number>): number => (hidden ? upperBound(ticks, tick) : ticks.length);
  return {
    series, done: Math.min(series.completed, series.startedBy(time)), next: hidden ? series.total : series.count,
    fills: by(ledger.fills.tick), refused: by(ledger.refused.tick), hits: by(source.hits), marks: by(ledger.marks.tick), bookmarks: by(facts.bookmarks),
    holes: hidden ? upperBound(holes, time - 1) : holes.length, equities: source.fork ? by(ledger.equities.known) : 0, forked: by(source.fork?.known ?? []),
  };
}

/** The finest series whose bars over the whole range are few enough for a line. */
function overview(source: Facts["source"]): Series {
  const row = source.series.findIndex((series, each) => series.count > 0 && (source.end - source.start) / source.length(each) <= OVERVIEW);
  return source.series[row < 0 ? source.series.length - 1 : row]!;
}
