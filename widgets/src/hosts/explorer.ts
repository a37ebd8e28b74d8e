// The explorer in JupyterLab, Notebook and VS Code, as an anywidget.
import { mountExplorer } from "../explorer/mount.ts";
import { type AnyModel, overAnywidget } from "./transports.ts";

export default {
  render: ({ model, el }: { model: AnyModel; el: HTMLElement }): (() => void) => mountExplorer(el, overAnywidget(model)),
};
