// How each host carries messages: the one place that knows what JupyterLab and Panel call it.
import type { Bytes, Header } from "../frames.ts";
import type { Transport } from "../transport.ts";

/** The model of an anywidget: in JupyterLab, Notebook, VS Code. */
export interface AnyModel {
  get?(name: string): unknown;
  send(message: Header, callbacks: undefined, buffers: ArrayBuffer[]): void;
  on(event: "msg:custom", callback: (message: Header, buffers: Bytes[]) => void): void;
  off(event: "msg:custom", callback: (message: Header, buffers: Bytes[]) => void): void;
  /** JupyterLab's and Notebook's, as far as it is looked at. */
  widget_manager?: { kernel?: { statusChanged?: Signal } | null };
}

type Status = (kernel: unknown, status: string) => void;
interface Signal {
  connect(slot: Status): void;
  disconnect(slot: Status): void;
}

type Heard = (message: Header, buffers: Bytes[]) => void;
/** The views of each widget in this page: what one does the others follow, without a way through the kernel. */
const views = new Map<string, Set<Heard>>();

export function overAnywidget(model: AnyModel): Transport {
  const key = String(model.get?.("_key") ?? "");
  let own: Heard = () => {};
  return {
    share: (message) => key && views.get(key)?.forEach((heard) => heard !== own && heard(message, [])),
    send: (message, buffers = []) => model.send(message, undefined, buffers),
    watch(gone) {
      const signal = model.widget_manager?.kernel?.statusChanged, heard: Status = (_, status) => /restarting|terminating|dead/.test(status) && gone();
      signal?.connect(heard);
      return () => signal?.disconnect(heard);
    },
    listen(callback) {
      own = callback;
      views.set(key, (views.get(key) ?? new Set()).add(own));
      model.on("msg:custom", callback);
      return () => {
        model.off("msg:custom", callback);
        views.get(key)!.delete(own);
        if (!views.get(key)!.size) views.delete(key);
      };
    },
  };
}

interface Envelope {
  page: string;
  prompt?: boolean;
  message: Header;
  buffers: Bytes[];
}

/** The model of a Panel JSComponent. */
export interface PanelModel {
  send_msg(envelope: { page: string; message: Header; buffers: ArrayBuffer[] }): void;
  on(event: "msg:custom", callback: (envelope: Envelope) => void): void;
  on(event: "remove", callback: () => void): void;
  off(event: "msg:custom", callback: (envelope: Envelope) => void): void;
}

declare global {
  /** Bokeh's, in a page that its server made. A document takes listeners and gives none back. */
  var Bokeh: { documents: { on_event(name: string, callback: () => void): void }[] } | undefined;
}

/** Every mount has a number of its own: where one component is shown to several visitors, each hears only what was meant for it. */
export function overPanel(model: PanelModel): Transport {
  const page = `${crypto.getRandomValues(new Uint32Array(4))}`;
  const transport = {
    prompt: false,
    send: (message: Header, buffers: ArrayBuffer[] = []) => model.send_msg({ page, message, buffers }),
    watch(gone: () => void) {
      window.Bokeh?.documents.forEach((each) => each.on_event("connection_lost", () => gone()));
      return () => (gone = () => {});
    },
    listen(callback: Heard) {
      const handler = (envelope: Envelope): void => {
        if (envelope.page !== page) return;
        transport.prompt = !!envelope.prompt;
        callback(envelope.message, envelope.buffers);
      };
      model.on("msg:custom", handler);
      return () => model.off("msg:custom", handler);
    },
  };
  return transport;
}
