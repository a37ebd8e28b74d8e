// What the kernel is asked and answers by itself: why something happened, a value that is still running, a fork, a condition.
import type { Bytes, Header } from "../frames.ts";
import type { Info } from "./info.ts";

const NO_KERNEL = "This needs a kernel: a file has none.";

export class Questions {
  private readonly waiting = new Map<number, (message: Header, buffers: readonly Bytes[]) => void>();

  /** `inquire` sends a request and returns its number, which its answer has, too. */
  constructor(private readonly info: Info, private readonly inquire: (request: Header) => number) {}

  /** How many have no answer yet. */
  get open(): number {
    return this.waiting.size;
  }

  /** Asks the kernel; rejects with the reason where it cannot answer. */
  ask(what: string, values: object): Promise<[Header, readonly Bytes[]]> {
    if (!this.info.kernel && !(what === "why" && this.info.told)) return Promise.reject(new Error(NO_KERNEL));
    return new Promise((done, refuse) => {
      this.waiting.set(this.inquire({ kind: "ask", what, ...values }), (message, buffers) => ("reason" in message ? refuse(new Error(String(message["reason"]))) : done([message, buffers])));
    });
  }

  take(message: Header, buffers: readonly Bytes[]): void {
    const id = message["id"] as number;
    this.waiting.get(id)?.(message, buffers);
    this.waiting.delete(id);
  }
}
