// How the core reaches Python, whatever the host: a message is plain JSON with a list of buffers beside it.
import type { Bytes, Header } from "./frames.ts";

export interface Transport {
  send(message: Header, buffers?: ArrayBuffer[]): void;
  /** Whether answers come at once, so that no poke has to fetch them. */
  readonly prompt?: boolean;
  /** Tells the other views of the same widget in this page. */
  share?(message: Header): void;
  /** Calls back when the kernel ends, where the host tells; returns what ends that. */
  watch?(gone: () => void): () => void;
  /** Calls back for each message; returns what ends that. */
  listen(callback: (message: Header, buffers: readonly Bytes[]) => void): () => void;
}

/** An empty message sent this much later carries the acknowledgement that the server's second packet waits for (40 ms else). */
export const POKE_MS = 4;
