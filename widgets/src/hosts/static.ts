// The core in a file of its own: the tape lies in the page, and no one is asked for anything.
import { type Bytes, type Header, unpack } from "../frames.ts";
import { type OverlaysScript, type PopupsScript, type ToolsScript, hand } from "../hand.ts";
import { mount } from "../mount.ts";

type Frame = [header: Header, buffer: ArrayBuffer];
const LENGTHS = 8;

/** The later scripts stand behind this one in the page, that of the overlays where there are some. */
declare const btlabTools: ToolsScript["default"], btlabPopups: PopupsScript["default"], btlabOverlays: OverlaysScript["default"];
const whole = new Promise((done) => document.addEventListener("DOMContentLoaded", done));
const tools = whole.then(() => ({ default: btlabTools })), popups = whole.then(() => ({ default: btlabPopups })), overlays = () => whole.then(() => ({ default: btlabOverlays }));

/** base64 of deflated frames; each is two uint32 lengths, the header's JSON and the buffer, both filled up to eight bytes. */
async function read(text: string): Promise<Frame[]> {
  const letters = atob(text), packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer(), view = new DataView(bytes), frames: Frame[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const [header, buffer] = [view.getUint32(at, true), view.getUint32(at + 4, true)], begin = at + LENGTHS + Math.ceil(header / 8) * 8;
    frames.push([JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, at + LENGTHS, header))) as Header, bytes.slice(begin, begin + buffer)]);
    at = begin + Math.ceil(buffer / 8) * 8;
  }
  return frames;
}

async function play(): Promise<void> {
  const frames = await read(document.getElementById("tape")!.textContent!.trim());
  const blocks = frames.filter(([header]) => header.kind === "overlay");
  const open = frames.find(([header]) => header.kind === "open")!, pages = frames.filter(([header]) => header.kind === "page");
  let tell: (message: Header, buffers: readonly Bytes[]) => void = () => {};
  const told = frames.find(([header]) => header.kind === "told");
  let known: Record<string, unknown> | null = null;
  /** What the file explains of a tick, or of a trade's entry; a text that is read when it is first asked for. */
  const explained = (tick: number, trade: unknown): readonly unknown[] => {
    known ??= told ? (JSON.parse(new TextDecoder().decode(unpack(told[0], [told[1]])["text"] as Uint8Array)) as Record<string, unknown>) : {};
    return (known[String(tick)] ?? known[String(known[`#${trade}`])] ?? ["", []]) as readonly unknown[];
  };
  const answer = (message: Header): void => {
    if (message.kind === "ready") tell(open[0], [open[1]]);
    else if (message.kind === "pages") for (const number of message["pages"] as number[]) tell(pages[number]![0], [pages[number]![1]]);
    else if (message.kind === "ask") {
      const [title, lines] = explained(message["tick"] as number, message["trade"]);
      tell({ kind: "answer", id: message["id"], title, lines, seconds: 0, columns: [] } as Header, [new ArrayBuffer(0)]);
    } else if (message.kind === "overlay")
      for (const [header, buffer] of blocks) if (header["layer"] === message["layer"] && (message["blocks"] as number[]).includes(header["block"] as number)) tell(header, [buffer]);
  };
  mount(document.getElementById("player")!, {
    send: (message) => queueMicrotask(() => answer(message)),
    listen(callback) {
      tell = callback;
      return () => (tell = () => {});
    },
  }, { tools: hand(tools), popups: hand(popups), overlays: () => hand(overlays()) }, { themeButton: !frameElement, onTheme: (theme) => (document.documentElement.dataset.theme = theme) });
}

/** In a frame of another page of ours the frame is as high as the player. */
if (frameElement)
  new ResizeObserver(() => ((frameElement as HTMLElement).style.height = `${document.body.offsetHeight}px`)).observe(document.body);

play().catch((error: unknown) => (document.getElementById("player")!.textContent = `This browser cannot play the tape: ${String(error)}`));
