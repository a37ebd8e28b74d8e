// The look, as one style sheet that stands inside the widget's own element, so that it also works in a shadow root.
import { rooted } from "./rooted.ts";
import bar from "./style/bar.css";
import base from "./style/base.css";
import block from "./style/block.css";
import card from "./style/card.css";
import controls from "./style/controls.css";
import frame from "./style/frame.css";
import list from "./style/list.css";
import overlays from "./style/overlays.css";
import pop from "./style/pop.css";
import scrubber from "./style/scrubber.css";
import sheet from "./style/sheet.css";
import side from "./style/side.css";
import slider from "./style/slider.css";
import states from "./style/states.css";
import strip from "./style/strip.css";
import table from "./style/table.css";
import tokens from "./style/tokens.css";

export const STYLE = rooted(tokens + base + frame + bar + states + slider + pop + block + table + controls + scrubber + sheet + side + list + overlays + card + strip);
