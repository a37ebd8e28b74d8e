// The core in JupyterLab, Notebook and VS Code, as an anywidget.
import type { Bytes, Header } from "../frames.ts";
import { mount } from "../mount.ts";

interface Model {
  send(message: Header, callbacks: undefined, buffers: ArrayBuffer[]): void;
  on(event: "msg:custom", callback: (message: Header, buffers: Bytes[]) => void): void;
  off(event: "msg:custom", callback: (message: Header, buffers: Bytes[]) => void): void;
}

export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    return mount(el, {
      send: (message, buffers = []) => model.send(message, undefined, buffers),
      listen(callback) {
        model.on("msg:custom", callback);
        return () => model.off("msg:custom", callback);
      },
    });
  },
};
