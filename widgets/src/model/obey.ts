// What Python tells a page to do.
import type { Header } from "../frames.ts";
import type { SessionModel } from "./model.ts";

export function obey(model: SessionModel, message: Header): void {
  const { action } = message, number = (name: string) => Number(message[name]);
  if (action === "state") model.onState(message["state"] as Record<string, unknown>);
  else if (action === "seek") model.seekTick(number("tick"));
  else if (action === "seekTime") model.seekTime(number("time"));
  else if (action === "play") model.play();
  else if (action === "pause") model.pause();
  else if (action === "speed") model.setSpeed(number("speed"));
  else if (action === "unit") model.setUnit(String(message["unit"]));
  else if (action === "step") {
    const { unit } = model;
    model.setUnit(String(message["unit"] ?? unit));
    model.step(number("count"));
    model.setUnit(unit);
  }
}
