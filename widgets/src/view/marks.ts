// What tests hold on to: marks on the widget's root.
import type { Facts } from "./facts.ts";

/** Writes where the head is, in the frame that draws it. */
export function markRoot(dataset: DOMStringMap, facts: Facts, tools: boolean): void {
  put(dataset, "btlabTick", String(facts.tick));
  put(dataset, "btlabTicks", String(facts.ticks));
  put(dataset, "btlabPlaying", String(facts.playing));
  put(dataset, "btlabSpeed", Number.isFinite(facts.source.speed) ? String(facts.source.speed) : "max");
  if (tools) put(dataset, "btlabTools", "here");
  put(dataset, "btlabFuture", facts.hidden ? "hidden" : "shown");
}

/** Something that somebody waits for has not come yet, or has. */
export function markBusy(element: HTMLElement, busy: boolean): void {
  if (element.classList.contains("busy") === busy) return;
  element.classList.toggle("busy", busy);
  element.setAttribute("aria-busy", String(busy));
}

function put(dataset: DOMStringMap, name: string, value: string): void {
  if (dataset[name] !== value) dataset[name] = value;
}
