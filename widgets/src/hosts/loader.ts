// All that a notebook keeps of a widget: it has the kernel send the script, once for a page, and hands over to it; what the widget
// needs a moment after its first picture comes by the same way.
import type { Bytes } from "../frames.ts";
import { Opening } from "../loader/opening.ts";
import { type Context, type Script, fetchScript, isFirst, wayOf } from "../loader/scripts.ts";
import { Waiting } from "../loader/waiting.ts";
import type { AnyModel } from "./transports.ts";

const PATIENCE_MS = 1_500;
/** The traits that name what comes after the first picture; empty where nothing does. */
const LATER = ["_tools", "_popups", "_overlays"];

/** Fetches one of a widget's scripts, by the trait that names it. */
function fetch<T>(model: AnyModel, name: string, take: (script: Promise<T>) => void): () => void {
  return fetchScript(wayOf(model), String(model.get?.(name)), String(model.get?.("_kernel")), take);
}

function render(context: Context): () => void {
  const { model, el } = context, waiting = new Waiting(el), opening = Opening.take(model);
  let stop = (): void => {}, over = false;
  const late = setTimeout(() => void waiting.showPicture(model.get?.("_picture") as Bytes | undefined), PATIENCE_MS);
  const gives = [fetch<Script>(model, "_script", (script) => {
    clearTimeout(late);
    script
      .then((module) => {
        if (over) return;
        waiting.remove();
        stop = module.default.render({ ...context, model: opening?.before(model) ?? model, later });
      })
      .catch((error: unknown) => waiting.showFault(error));
  })];
  const wish = (name: string): Promise<unknown> | undefined => (model.get?.(name) ? new Promise((done) => gives.push(fetch(model, name, done))) : undefined);
  const later = LATER.map(wish);
  return () => {
    over = true;
    clearTimeout(late);
    gives.forEach((give) => give());
    opening?.drop();
    stop();
    waiting.remove();
  };
}

/** Asks as soon as there is a model, while Python still draws the picture: the scripts are here, or nearly, when there is a view. */
function initialize({ model }: Pick<Context, "model">): () => void {
  const first = isFirst(String(model.get?.("_script")), String(model.get?.("_kernel")));
  const ask = (name: string): (() => void) => fetch(model, name, () => {});
  const gives = [ask("_script"), first ? Opening.begin(model) : () => {}, ...LATER.filter((name) => model.get?.(name)).map(ask)];
  return () => gives.forEach((give) => give());
}

export default { initialize, render };
