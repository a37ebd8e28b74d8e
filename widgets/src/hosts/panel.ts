// The core in a Panel page, as a JSComponent. Every mount has a number of its own: where one component is shown to several
// visitors, each hears only what was meant for it.
import type { Bytes, Header } from "../frames.ts";
import { mount } from "../mount.ts";

interface Envelope {
  page: string;
  message: Header;
  buffers: Bytes[];
}

interface Model {
  send_msg(envelope: { page: string; message: Header; buffers: ArrayBuffer[] }): void;
  on(event: "msg:custom", callback: (envelope: Envelope) => void): void;
  on(event: "remove", callback: () => void): void;
  off(event: "msg:custom", callback: (envelope: Envelope) => void): void;
}

export function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const page = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, "0")).join("");
  const stop = mount(el, {
    send: (message, buffers = []) => model.send_msg({ page, message, buffers }),
    listen(callback) {
      const handler = (envelope: Envelope): void => {
        if (envelope.page === page) callback(envelope.message, envelope.buffers);
      };
      model.on("msg:custom", handler);
      return () => model.off("msg:custom", handler);
    },
  });
  model.on("remove", stop);
}
