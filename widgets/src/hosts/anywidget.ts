// The core in JupyterLab, Notebook and VS Code, as an anywidget.
import { mount } from "../mount.ts";
import { type AnyModel, overAnywidget } from "./transports.ts";

export default {
  render: ({ model, el }: { model: AnyModel; el: HTMLElement }): (() => void) => mount(el, overAnywidget(model)),
};
