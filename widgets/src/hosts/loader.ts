// All that a notebook keeps of a widget: it has the kernel send the script, once for a page, and hands over to it.
import type { Bytes } from "../frames.ts";
import { type Context, fetchScript } from "../loader/scripts.ts";
import { Waiting } from "../loader/waiting.ts";

const PATIENCE_MS = 1_500;

function render(context: Context): () => void {
  const { model, el } = context, waiting = new Waiting(el);
  let stop = (): void => {}, over = false;
  const late = setTimeout(() => void waiting.showPicture(model.get?.("_picture") as Bytes | undefined), PATIENCE_MS);
  const give = fetchScript(model, (script) => {
    clearTimeout(late);
    script
      .then((module) => {
        if (over) return;
        waiting.remove();
        stop = module.default.render(context);
      })
      .catch((error: unknown) => waiting.showFault(error));
  });
  return () => {
    over = true;
    clearTimeout(late);
    give();
    stop();
    waiting.remove();
  };
}

/** Asks as soon as there is a model, while Python still draws the picture: the script is here, or nearly, when there is a view. */
const initialize = ({ model }: Pick<Context, "model">): (() => void) => fetchScript(model, () => {});

export default { initialize, render };
