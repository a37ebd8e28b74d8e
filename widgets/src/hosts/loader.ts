// All that a notebook keeps of a widget: it has the kernel send the script, once for a page, and hands over to it.
import type { Bytes } from "../frames.ts";
import { Opening } from "../loader/opening.ts";
import { type Context, fetchScript, isFirst } from "../loader/scripts.ts";
import { Waiting } from "../loader/waiting.ts";

const PATIENCE_MS = 1_500;

function render(context: Context): () => void {
  const { model, el } = context, waiting = new Waiting(el), opening = Opening.take(model);
  let stop = (): void => {}, over = false;
  const late = setTimeout(() => void waiting.showPicture(model.get?.("_picture") as Bytes | undefined), PATIENCE_MS);
  const give = fetchScript(model, (script) => {
    clearTimeout(late);
    script
      .then((module) => {
        if (over) return;
        waiting.remove();
        stop = module.default.render(opening ? { ...context, model: opening.before(model) } : context);
      })
      .catch((error: unknown) => waiting.showFault(error));
  });
  return () => {
    over = true;
    clearTimeout(late);
    give();
    opening?.drop();
    stop();
    waiting.remove();
  };
}

/** Asks as soon as there is a model, while Python still draws the picture: the script is here, or nearly, when there is a view. */
function initialize({ model }: Pick<Context, "model">): () => void {
  const first = isFirst(model), give = fetchScript(model, () => {}), forget = first ? Opening.begin(model) : () => {};
  return () => {
    give();
    forget();
  };
}

export default { initialize, render };
