// No key of ours reaches the notebook while a widget has the keyboard.
import type { Cleanup } from "./dom.ts";

/** Lumino, on which JupyterLab and Notebook stand, takes no key for a command whose target has this attribute. */
const NO_COMMAND = "data-lm-suppress-shortcuts";

/** Whether a key press belongs to the host: Tab, Shift+Enter and whatever is pressed with Ctrl, Cmd or Alt. */
export function passesOn(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): boolean {
  return event.key === "Tab" || event.ctrlKey || event.metaKey || event.altKey || (event.key === "Enter" && event.shiftKey);
}

/**
 * Keeps presses from the host's listeners above `root`, and from those that hear them before `root` does: Notebook 7 and older
 * JupyterLabs take their commands on the way down, at the document. Only the window is asked earlier.
 */
export function guardKeys(root: HTMLElement, cleanup: Cleanup): void {
  const stop = (event: KeyboardEvent): void => {
    if (!passesOn(event)) event.stopPropagation();
  };
  const mark = (event: KeyboardEvent): void => {
    if (event.target instanceof Element && event.composedPath().includes(root)) event.target.toggleAttribute(NO_COMMAND, !passesOn(event));
  };
  for (const kind of ["keydown", "keyup", "keypress"] as const) cleanup.on<typeof kind>(root, kind, stop);
  cleanup.on(window, "keydown", mark, { capture: true });
}
