// The stage: the widget's root in the host's page, its style sheet and theme, and what it shows before there is a widget.
import { Cleanup, make } from "./dom.ts";
import type { Info, Model } from "./needs.ts";
import { Loading, Notice, type Picture, message } from "./states.ts";
import { STYLE } from "./style.ts";
import { type ThemeChoice, type ThemeName, hostTheme, readColours, watchTheme } from "./theme.ts";
import { Widget } from "./widget.ts";

export interface StageOptions {
  /** "auto" (as the host is) unless said otherwise. */
  theme?: ThemeChoice;
  /** A button for light and dark, for pages that have none of their own. */
  themeButton?: boolean;
  /** Told when the button is pressed, so that the page behind can follow. */
  onTheme?: (theme: ThemeName) => void;
}

export class Stage {
  private readonly root = make("div", { class: "btlab" });
  private readonly frame = make("div", { class: "w" });
  private readonly notice = new Notice();
  private readonly loading = new Loading();
  private readonly cleanup = new Cleanup();
  private choice: ThemeChoice;
  private widget: Widget | null = null;
  private ratio = devicePixelRatio;

  constructor(private readonly host: HTMLElement, private readonly options: StageOptions) {
    this.choice = options.theme ?? "auto";
    const style = make("style");
    style.textContent = STYLE;
    this.root.append(style, this.frame);
    host.append(this.root);
    this.applyTheme();
    this.cleanup.add(watchTheme(() => this.applyTheme()));
    this.watchSize();
  }

  set palette(name: string) {
    this.root.dataset.palette = name;
  }

  showLoading(loaded: number, ticks: number, unit: string): void {
    if (this.loading.element.parentElement !== this.frame) this.frame.replaceChildren(this.loading.element);
    this.loading.draw(loaded, ticks, unit, readColours(this.root), devicePixelRatio);
  }

  showMessage(picture: Picture, title: string, text: string): void {
    this.frame.replaceChildren(message(picture, title, text));
  }

  showWidget(model: Model, info: Info): Widget {
    this.palette = info.palette;
    this.applyTheme();
    this.widget?.remove();
    this.widget = new Widget(this.root, model, info, this.door);
    this.frame.replaceWith(this.widget.element);
    this.widget.element.children[0]!.after(this.notice.element);
    this.widget.resized();
    return this.widget;
  }

  showLost(title: string, text: string): void {
    if (this.widget) this.notice.show(title, text);
    else this.showMessage("plug", title, text);
  }

  showFound(): void {
    this.notice.hide();
  }

  remove(): void {
    this.widget?.remove();
    this.cleanup.run();
    this.root.remove();
  }

  private readonly door = ((stage: Stage) => ({
    get button() { return stage.options.themeButton ?? false; },
    toggle: () => stage.toggleTheme(),
    get choice() { return stage.choice; },
    set choice(choice: string) { stage.chooseTheme(choice); },
  }))(this);

  private chooseTheme(choice: string): void {
    if (choice === this.choice || !["auto", "light", "dark"].includes(choice)) return;
    this.choice = choice as ThemeChoice;
    this.applyTheme();
    this.options.onTheme?.(this.root.dataset.theme as ThemeName);
  }

  private applyTheme(): void {
    const theme = this.choice === "auto" ? hostTheme(this.host) : this.choice;
    if (this.root.dataset.theme === theme) return;
    this.root.dataset.theme = theme;
    this.widget?.themed();
  }

  private toggleTheme(): void {
    this.choice = this.root.dataset.theme === "dark" ? "light" : "dark";
    this.applyTheme();
    this.options.onTheme?.(this.choice);
  }

  private watchSize(): void {
    const observer = new ResizeObserver(() => {
      this.applyTheme();
      this.widget?.resized();
    });
    observer.observe(this.root);
    this.cleanup.add(() => observer.disconnect());
    this.cleanup.on(window, "resize", () => {
      if (devicePixelRatio === this.ratio) return;
      this.ratio = devicePixelRatio;
      this.widget?.resized();
    });
    document.fonts?.ready.then(() => this.lettered());
  }

  /** Other letters are here than those that were measured. */
  private lettered(): void {
    this.widget?.themed();
    this.widget?.resized();
  }
}
