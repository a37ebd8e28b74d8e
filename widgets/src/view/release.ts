// Back to the notebook: to the cell around the widget, which is then in command mode; elsewhere the widget lets go.

export function releaseKeyboard(widget: HTMLElement): void {
  const root = widget.getRootNode() as Document | ShadowRoot;
  if (root.activeElement instanceof HTMLElement) root.activeElement.blur();
  cellAround(widget)?.focus({ preventScroll: true });
}

function cellAround(element: Element): HTMLElement | null {
  for (let node: Element | null = element; node; ) {
    const cell = node.closest<HTMLElement>(".jp-Cell");
    if (cell) return cell;
    const root = node.getRootNode();
    node = root instanceof ShadowRoot ? root.host : null;
  }
  return null;
}
