// What a widget opens with, asked for together with its script: when the script is here, so is the rest, or nearly. The page of
// the first widget waits once where it would wait three times.
import type { Bytes, Header } from "../frames.ts";
import type { AnyModel } from "../hosts/transports.ts";

/** A widget that is not shown by then asks anew when it is: what came is let go. */
const KEPT_MS = 10_000;

/** By the widget's key, until its first view takes it: one host makes a loader for each widget, another one for all. */
const openings = new Map<string, Opening>();

export class Opening {
  private readonly kept: [message: Header, buffers: Bytes[]][] = [];
  private readonly keep = (message: Header, buffers: Bytes[]): void => void (message.kind !== "script" && this.kept.push([message, buffers]));
  private readonly timer: ReturnType<typeof setTimeout>;
  private over = false;

  private constructor(private readonly model: AnyModel, private readonly key: string) {
    this.timer = setTimeout(() => this.drop(), KEPT_MS);
    model.on("msg:custom", this.keep);
    openings.set(key, this);
  }

  /** Asks, and listens; a widget without a key asks for itself. What it returns gives up what nobody took. */
  static begin(model: AnyModel): () => void {
    const key = String(model.get?.("_key") ?? "");
    if (!key) return () => {};
    const opening = new Opening(model, key);
    try {
      model.send({ kind: "ready", page: true }, undefined, []);
    } catch {
      opening.drop(); // the kernel is gone
    }
    return () => openings.get(key) === opening && opening.drop();
  }

  /** For the first view of a widget, from now on its own. */
  static take(model: AnyModel): Opening | undefined {
    const opening = openings.get(String(model.get?.("_key") ?? ""));
    opening?.release();
    return opening;
  }

  /** The model, but that it answers the first `ready` from what was kept; what comes later comes as ever. */
  before(model: AnyModel): AnyModel {
    let tell: (message: Header, buffers: Bytes[]) => void = () => {};
    return {
      ...model,
      get: (name) => model.get?.(name),
      on: (event, callback) => model.on(event, (tell = callback)),
      off: (event, callback) => model.off(event, callback),
      send: (message, callbacks, buffers) => {
        if (message.kind !== "ready" || this.over) return model.send(message, callbacks, buffers);
        this.drop();
        queueMicrotask(() => this.kept.splice(0).forEach((said) => tell(...said)));
      },
    };
  }

  drop(): void {
    this.release();
    this.over = true;
    this.model.off("msg:custom", this.keep);
  }

  private release(): void {
    clearTimeout(this.timer);
    if (openings.get(this.key) === this) openings.delete(this.key);
  }
}
