// The keyboard: what each key does.
import type { Cleanup } from "./dom.ts";
import { passesOn } from "./guard.ts";

export interface KeyActions {
  play(): void;
  step(count: number): void;
  faster(marks: number): void;
  start(): void;
  end(): void;
  goto(): void;
  enlarge(row: number): void;
  trade(direction: number, otherEnd: boolean): void;
  mark(direction: number): void;
  worst(): void;
  random(): void;
  bookmark(): void;
  zoom(steps: number): void;
  pan(bars: number): void;
  fit(): void;
  follow(): void;
  lock(): void;
  future(): void;
  unit(direction: number): void;
  keys(): void;
  escape(): void;
}

/** Keys that a focused control of ours keeps for itself. */
const SLIDER_KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);
const BUTTON_KEYS = new Set([" ", "Enter"]);

/** What a key does; null for keys that do nothing (they still stop here). */
export function command(key: string, shift: boolean, actions: KeyActions): (() => void) | null {
  if (/^[0-6]$/.test(key)) return () => actions.enlarge(Number(key) - 1);
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case " ": return actions.play;
    case "ArrowRight": return () => actions.step(shift ? 10 : 1);
    case "ArrowLeft": return () => actions.step(shift ? -10 : -1);
    case "ArrowUp": return () => actions.faster(1);
    case "ArrowDown": return () => actions.faster(-1);
    case "Home": return actions.start;
    case "End": return actions.end;
    case "g": return actions.goto;
    case "n": return () => actions.trade(1, shift);
    case "p": return () => actions.trade(-1, shift);
    case "j": return () => actions.mark(1);
    case "k": return () => actions.mark(-1);
    case "w": return actions.worst;
    case "r": return actions.random;
    case "b": return actions.bookmark;
    case "+": return () => actions.zoom(1);
    case "-": return () => actions.zoom(-1);
    case "=": return actions.fit;
    case "<": return () => actions.pan(-20);
    case ",": return () => actions.pan(-1);
    case ".": return () => actions.pan(1);
    case ">": return () => actions.pan(20);
    case "f": return actions.follow;
    case "l": return actions.lock;
    case "h": return actions.future;
    case "u": return () => actions.unit(shift ? -1 : 1);
    case "?": return actions.keys;
    case "Escape": return actions.escape;
    default: return null;
  }
}

function keepsKey(target: EventTarget | null, key: string): "own" | "list" | "" {
  if (!(target instanceof HTMLElement)) return "";
  if (target instanceof HTMLSelectElement) return key === "Escape" ? "" : "own";
  if (target instanceof HTMLInputElement) return target.type === "range" ? (SLIDER_KEYS.has(key) ? "own" : "") : key === "Escape" ? "" : "own";
  if (target instanceof HTMLButtonElement && BUTTON_KEYS.has(key)) return "own";
  return target.matches(".scroll,ul,dl") && ["ArrowUp", "ArrowDown", "PageUp", "PageDown"].includes(key) ? "own" : "";
}

/** Listens on the widget's root. */
export function listenKeys(root: HTMLElement, actions: KeyActions, cleanup: Cleanup): void {
  cleanup.on(root, "keydown", (event) => {
    if (passesOn(event) || event.isComposing || keepsKey(event.composedPath()[0] ?? event.target, event.key)) return;
    event.preventDefault();
    command(event.key, event.shiftKey, actions)?.();
  });
}
