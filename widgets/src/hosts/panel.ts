// The core in a Panel page, as a JSComponent.
import type { Bytes, Header } from "../frames.ts";
import { mount } from "../mount.ts";

interface Envelope {
  message: Header;
  buffers: Bytes[];
}

interface Model {
  send_msg(envelope: { message: Header; buffers: ArrayBuffer[] }): void;
  on(event: "msg:custom", callback: (envelope: Envelope) => void): void;
  on(event: "remove", callback: () => void): void;
  off(event: "msg:custom", callback: (envelope: Envelope) => void): void;
}

export function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const stop = mount(el, {
    send: (message, buffers = []) => model.send_msg({ message, buffers }),
    listen(callback) {
      const handler = ({ message, buffers }: Envelope): void => callback(message, buffers);
      model.on("msg:custom", handler);
      return () => model.off("msg:custom", handler);
    },
  });
  model.on("remove", stop);
}
