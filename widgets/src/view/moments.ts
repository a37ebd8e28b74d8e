// Moments of a clock.
import { DAY } from "./format.ts";
import type { Zone } from "./zone.ts";

/** The moment at which a clock in a zone shows `local`; of two the earlier one, and what no clock shows is taken an hour later. */
export function momentOf(zone: Zone, local: number): number {
  const behind = (around: number): number => local - (zone.local(around) - around), first = behind(local - DAY), second = behind(local + DAY);
  return zone.local(first) !== local && zone.local(second) === local ? second : first;
}
