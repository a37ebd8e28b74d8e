// The look, as one style sheet that stands inside the widget's own element, so that it also works in a shadow root.
import base from "./style/base.css";
import controls from "./style/controls.css";
import frame from "./style/frame.css";
import list from "./style/list.css";
import narrow from "./style/narrow.css";
import side from "./style/side.css";
import tokens from "./style/tokens.css";

/** "&" stands for the widget's root, named twice: a host's rules for tables and buttons must not win. */
export const rooted = (text: string): string => text.replaceAll("&", ".btlab.btlab");

export const STYLE = rooted(tokens + base + frame + controls + side + list + narrow);
