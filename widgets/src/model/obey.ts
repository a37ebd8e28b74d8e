// What Python tells a page to do.
import type { Header } from "../frames.ts";
import type { SessionModel } from "./model.ts";

export function obey(model: SessionModel, message: Header): void {
  const { action } = message;
  if (action === "state") model.onState(message["state"] as Record<string, unknown>);
  else if (action === "seek") model.seekTick(Number(message["tick"]));
  else if (action === "play") model.play();
  else if (action === "pause") model.pause();
}
