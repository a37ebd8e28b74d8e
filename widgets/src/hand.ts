// Hands a script that comes later what it takes from the core.
import * as kit from "./kit.ts";
import type { MakeOverlays } from "./view/overlays/part.ts";
import type { MakePopups } from "./view/popups/part.ts";
import type { MakeTools } from "./view/tools.ts";

/** The module that such a script is. */
interface Late<T> {
  default: (core: typeof kit) => T;
}
export type ToolsScript = Late<MakeTools>;
export type PopupsScript = Late<MakePopups>;
export type OverlaysScript = Late<MakeOverlays>;

/** What comes after the first picture: the tools, what pops up, and for a session that has some its overlays. */
export interface Parts {
  tools: Promise<MakeTools>;
  popups: Promise<MakePopups>;
  overlays(): Promise<MakeOverlays>;
}

/** What each script made of the core: all widgets of a page share it. */
const made = new WeakMap<object, unknown>();

export async function hand<T>(script: Promise<Late<T>>): Promise<T> {
  const { default: take } = await script;
  if (!made.has(take)) made.set(take, take(kit));
  return made.get(take) as T;
}
