// Icons as elements of the page.

/** A fresh SVG element that shows one of `drawings.ts`; hidden from screen readers, its control carries the name. */
export function icon(drawing: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = drawing;
  return svg;
}
