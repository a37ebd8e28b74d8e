// The button that plays and pauses.
import { make } from "./dom.ts";
import { pause, play } from "./drawings.ts";
import { icon } from "./icons.ts";

export class PlayButton {
  readonly element = make("button", { type: "button", class: "play" });
  private playing: boolean | null = null;

  constructor(press: () => void) {
    this.element.addEventListener("click", press);
  }

  show(playing: boolean): void {
    if (playing === this.playing) return;
    this.playing = playing;
    const name = playing ? "Pause" : "Play";
    this.element.replaceChildren(icon(playing ? pause : play));
    this.element.setAttribute("aria-label", name);
    this.element.title = `${name} (Space)`;
  }
}
