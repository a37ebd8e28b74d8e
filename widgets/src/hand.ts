// Hands the tools' script what it takes from the core.
import * as kit from "./kit.ts";
import type { MakeTools } from "./view/tools.ts";

/** The module that the tools' script is. */
export interface ToolsScript {
  default: (core: typeof kit) => MakeTools;
}

/** What each script made of the core: all widgets of a page share it. */
const made = new WeakMap<ToolsScript["default"], MakeTools>();

export async function hand(script: Promise<ToolsScript>): Promise<MakeTools> {
  const { default: take } = await script;
  let tools = made.get(take);
  if (!tools) made.set(take, (tools = take(kit)));
  return tools;
}
