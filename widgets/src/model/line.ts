// The line to the kernel: what is said and asked over it, and for how long an answer has been owed.
import type { Header } from "../frames.ts";
import { POKE_MS, type Transport } from "../transport.ts";

const ANSWER_MS = 15_000;
const NOTICE_MS = 2_000;
const BUSY_MS = 150;
const GONE = "The kernel is gone.";

export class Line {
  /** Why the kernel is not answering any more; empty while it is. */
  lost = "";
  /** When the oldest question without an answer was asked; 0 where there is none. */
  private asked = 0;
  private requests = 0;
  private readonly watch: ReturnType<typeof setInterval>;
  private poke: ReturnType<typeof setTimeout> | undefined;
  private late: ReturnType<typeof setTimeout> | undefined;
  private readonly unwatch: (() => void) | undefined;

  /** `changed` is called when how long it takes is to be shown, `again` when everything is to be asked anew. */
  constructor(private readonly transport: Transport, private readonly changed: () => void, private readonly again: () => void) {
    this.watch = setInterval(() => this.check(), 1_000);
    this.unwatch = transport.watch?.(() => {
      this.lost = GONE;
      changed();
    });
  }

  close(): void {
    clearInterval(this.watch);
    this.unwatch?.();
    clearTimeout(this.poke);
    clearTimeout(this.late);
  }

  send(message: Header): void {
    try {
      this.transport.send(message, []);
    } catch {
      this.lost = GONE;
    }
  }

  /** Tells the other views of this widget in the page. */
  share(message: Header): void {
    this.transport.share?.(message);
  }

  /** Says what a view begins with; the kernel answers it with what the session is. */
  begin(): void {
    this.asked = Date.now();
    this.send({ kind: "ready", page: true });
  }

  /** From now on requests have numbers that no other view of the widget takes for its own. */
  number(): void {
    this.requests = Math.floor(Math.random() * 2 ** 40);
  }

  /** Asks what has an answer, and returns the request's number: the poke behind it carries the acknowledgement that the answer waits for. */
  inquire(request: Header): number {
    const id = ++this.requests;
    this.asked ||= Date.now();
    this.send({ id, ...request });
    clearTimeout(this.poke);
    this.poke = setTimeout(() => this.send({ kind: "poke" }), POKE_MS);
    clearTimeout(this.late);
    this.late = setTimeout(this.changed, BUSY_MS + 10);
    return id;
  }

  /** The kernel said something. */
  heard(): void {
    this.asked = 0;
    this.lost = "";
  }

  /** Whether what is `awaited` has been for long enough to be shown. */
  isBusy(awaited: boolean): boolean {
    return this.asked > 0 && awaited && Date.now() - this.asked >= BUSY_MS;
  }

  /** It takes so long that a person should be told. */
  get slow(): boolean {
    return this.asked > 0 && Date.now() - this.asked > NOTICE_MS;
  }

  private check(): void {
    const since = this.asked ? Date.now() - this.asked : 0;
    if (since > NOTICE_MS) this.changed();
    if (since < ANSWER_MS) return;
    this.lost = "The kernel is gone or busy.";
    this.changed();
    this.asked = Date.now();
    this.again();
  }
}
