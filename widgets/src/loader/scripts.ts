// The scripts of this page by the hash of their text, and who waits for one. The register stands on `globalThis`, because a host
// imports the loader once for each widget: ten widgets fetch one script, and two versions of it live beside each other.
import type { Bytes, Header } from "../frames.ts";
import type { AnyModel } from "../hosts/transports.ts";
import { POKE_MS, type Transport } from "../transport.ts";

/** A busy kernel answers late, and a question that is lost is rare. */
const AGAIN_MS = 60_000;

export interface Context {
  model: AnyModel;
  el: HTMLElement;
  /** The scripts of what comes a moment after the first picture, where a widget has them. */
  later?: (Promise<unknown> | undefined)[];
}

/** The module that a bundle is. */
export interface Script {
  default: { render(context: Context): () => void };
}

/** Over what a script is asked for. */
export type Way = Pick<Transport, "send" | "listen">;

export const wayOf = (model: AnyModel): Way => ({
  send: (message) => model.send(message, undefined, []),
  listen: (heard) => {
    model.on("msg:custom", heard);
    return () => model.off("msg:custom", heard);
  },
});

interface Waiter {
  hash: string;
  kernel: string;
  /** Asks the kernel; none but the first of a kernel's does. */
  ask(): void;
  take(script: Promise<unknown>): void;
}

interface Register {
  here: Map<string, Promise<unknown>>;
  waiting: Set<Waiter>;
}

const NAME = Symbol.for("btlab.scripts.1");
const register = ((globalThis as { [NAME]?: Register })[NAME] ??= { here: new Map(), waiting: new Set() });

/** Whether another widget of the same kernel has asked already. */
const isAsked = (hash: string, kernel: string): boolean => [...register.waiting].some((other) => other.hash === hash && other.kernel === kernel);

/** Whether nobody in this page has, or has asked for, a script. */
export const isFirst = (hash: string, kernel: string): boolean => !register.here.has(hash) && !isAsked(hash, kernel);

/** Fetches a script by its hash from a kernel; what it returns gives the wish up. `load` makes a module of the packed text. */
export function fetchScript<T>(way: Way, hash: string, kernel: string, take: (script: Promise<T>) => void, load: (packed: Bytes) => Promise<unknown> = importPacked): () => void {
  const here = register.here.get(hash);
  if (here) {
    take(here as Promise<T>);
    return () => {};
  }
  let poke: ReturnType<typeof setTimeout> | undefined, again: ReturnType<typeof setInterval> | undefined;
  const say = (message: Header): void => {
    try {
      way.send(message);
    } catch {
      // A kernel that is gone cannot be told anything; the cell says that nobody answers.
    }
  };
  const ask = (): void => {
    say({ kind: "script", hash });
    clearTimeout(poke);
    poke = setTimeout(() => say({ kind: "poke" }), POKE_MS);
    again ??= setInterval(ask, AGAIN_MS);
  };
  const heard = (message: Header, buffers: readonly Bytes[]): void => {
    if (message.kind === "script" && message["hash"] === hash && buffers[0]) arrive(hash, buffers[0], load);
  };
  const leave = (): void => {
    clearTimeout(poke);
    clearInterval(again);
    deafen();
    register.waiting.delete(waiter);
  };
  const waiter: Waiter = { hash, kernel, ask, take: (script) => (leave(), take(script as Promise<T>)) };
  const first = !isAsked(hash, kernel);
  register.waiting.add(waiter);
  const deafen = way.listen(heard);
  if (first) ask();
  return () => {
    if (!register.waiting.has(waiter)) return;
    leave();
    // The answer to a widget that is taken away may never come: the next one asks.
    if (again !== undefined) [...register.waiting].find((other) => other.hash === hash && other.kernel === kernel)?.ask();
  };
}

/** The text came: everyone who waits for it, of whatever kernel, has it. One that is no script may be asked for again. */
function arrive(hash: string, packed: Bytes, load: (packed: Bytes) => Promise<unknown>): void {
  let script = register.here.get(hash);
  if (!script) {
    register.here.set(hash, (script = load(packed)));
    script.catch(() => register.here.delete(hash));
  }
  for (const waiter of [...register.waiting]) if (waiter.hash === hash) waiter.take(script);
}

/** Text that Python packed with zlib. */
export async function unpackText(packed: Bytes): Promise<string> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

async function importPacked(packed: Bytes): Promise<unknown> {
  const text = await unpackText(packed), address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(address);
  } catch (refused) {
    return evaluated(text, refused);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Where a page's policy allows no `blob:` modules, as VS Code's strict one, but texts to be evaluated; else the refusal stands. */
function evaluated(text: string, refused: unknown): unknown {
  try {
    return new Function(`"use strict";${text.replace(/export\s*\{\s*([\w$]+) as default\s*\};?\s*$/, "return{default:$1}")}`)();
  } catch {
    throw refused;
  }
}
