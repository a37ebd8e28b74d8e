// Light or dark as the host is, and the colours a canvas draws with, read from the style sheet once per theme.
import tokens from "./style/tokens.css";

export type ThemeName = "light" | "dark";
export type ThemeChoice = ThemeName | "auto";

type Token =
  | "plot" | "surface" | "raised" | "hover" | "line" | "line-2" | "grid" | "text" | "text-2" | "text-3" | "accent" | "accent-fill" | "on-accent"
  | "accent-soft" | "accent-wash" | "up" | "down" | "warn" | "candle-up" | "candle-down" | "vol-up" | "vol-down" | "up-wash" | "down-wash"
  | "ind-1" | "ind-2" | "ind-3" | "hatch";
type Camel<T extends string> = T extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Tail>}` : T;
/** The tokens of `style/tokens.css` by name: `accent-fill` is `accentFill`. */
export type Colours = Record<Camel<Token>, string> & { family: string };

const NAMES = new Set([...tokens.matchAll(/--([\w-]+):/g)].map(([, name]) => name!));

export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const colours: Record<string, string> = { family: style.fontFamily };
  for (const name of NAMES) colours[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] = style.getPropertyValue("--" + name).trim();
  return colours as Colours;
}

/** What the page around the widget says it is: JupyterLab, VS Code, a page that names its theme, its background, the system. */
export function hostTheme(element: Element): ThemeName {
  const { body, documentElement: html } = document;
  const jupyter = body?.dataset.jpThemeLight ?? html.dataset.jpThemeLight;
  if (jupyter) return jupyter === "false" ? "dark" : "light";
  const code = body?.dataset.vscodeThemeKind ?? "";
  if (code) return code.includes("light") ? "light" : "dark";
  const seen = backgroundTheme(element);
  if (seen) return seen;
  const named = html.dataset.theme ?? html.dataset.bsTheme ?? body?.dataset.theme;
  if (named) return named.includes("dark") ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function backgroundTheme(element: Element): ThemeName | null {
  for (let node: Element | null = element; node; node = parentOf(node)) {
    const [red, green, blue, opaque] = pixelOf(getComputedStyle(node).backgroundColor);
    if (opaque > 128) return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  }
  return null;
}

/** A colour as red, green, blue and opacity, 0 to 255 each. A canvas reads whatever a host writes: rgb(), color(srgb ...), oklch(). */
function pixelOf(colour: string): [number, number, number, number] {
  if (colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour)) return [0, 0, 0, 0];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data] as [number, number, number, number];
}

function parentOf(node: Element): Element | null {
  if (node.parentElement) return node.parentElement;
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** Calls back whenever the host may have changed its theme; returns what stops that. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const filter = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-jp-theme-light", "data-vscode-theme-kind", "data-bs-theme"] };
  for (const node of [document.documentElement, document.body]) if (node) observer.observe(node, filter);
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
