// The look of the first picture, as a style sheet that stands inside the widget's own element, so that it also works in a shadow root.
import bar from "./style/bar.css";
import base from "./style/base.css";
import frame from "./style/frame.css";
import places from "./style/places.css";
import states from "./style/states.css";
import tokens from "./style/tokens.css";
import { rooted } from "./rooted.ts";

export const STYLE = rooted(tokens + base + frame + bar + states + places);
