// Where a person wrote to go.
import type { Widget } from "../widget.ts";
import { readPlace } from "./place.ts";

/** Moves the head there; the reason where that is nowhere. */
export function goTo(text: string, widget: Widget): string | null {
  const { model, facts } = widget;
  const entry = (id: number): number | null => {
    const trade = facts.byId(id);
    return trade < 0 || trade >= facts.listed ? null : facts.trades.entryTick[trade]!;
  };
  const place = readPlace(text, { time: model.time, ticks: model.ticks, start: model.start, end: model.end, zone: facts.zone, entry });
  if ("reason" in place) return place.reason;
  model.pause();
  if ("tick" in place) model.seekTick(place.tick);
  else model.seekTime(place.time);
  widget.redraw();
  return null;
}
