// Small help with elements. Text only ever enters the page as text nodes.

/** Makes an element with attributes and children; a string child becomes text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A writer of one element's text that touches the page only when the text is another one. */
export function writer(element: Element): (text: string) => void {
  const node = document.createTextNode("");
  element.append(node);
  let last = "";
  return (text) => {
    if (text !== last) node.data = last = text;
  };
}

/** A writer of one attribute that touches the page only when the value is another one. */
export function attribute(element: Element, name: string): (value: string) => void {
  let last: string | null = null;
  return (value) => {
    if (value !== last) element.setAttribute(name, (last = value));
  };
}

/** Shows or hides an element; what already is so is left alone: to write an attribute anew is to lay the page out anew. */
export function show(element: HTMLElement, shown: boolean): void {
  if (element.hidden === shown) element.hidden = !shown;
}

/** An element's classes, written only when they are others. */
export function dress(element: HTMLElement, classes: string): void {
  if (element.className !== classes) element.className = classes;
}

/** Keeps everything that must be undone when the widget goes: listeners, observers, timers. */
export class Cleanup {
  private readonly undo: (() => void)[] = [];

  add(undo: () => void): void {
    this.undo.push(undo);
  }

  on<K extends keyof HTMLElementEventMap>(
    target: EventTarget,
    type: K | string,
    handler: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void {
    const listener = handler as EventListener;
    target.addEventListener(type, listener, options);
    this.add(() => target.removeEventListener(type, listener, options));
  }

  run(): void {
    for (const undo of this.undo.splice(0).reverse()) undo();
  }
}
