// The explorer's style sheet: what it shares with the chart, and its own after it.
import bar from "../view/style/bar.css";
import base from "../view/style/base.css";
import block from "../view/style/block.css";
import button from "../view/style/button.css";
import chip from "../view/style/chip.css";
import pop from "../view/style/pop.css";
import slider from "../view/style/slider.css";
import states from "../view/style/states.css";
import table from "../view/style/table.css";
import tokens from "../view/style/tokens.css";
import { rooted } from "../view/rooted.ts";
import own from "./style.css";

export const EXPLORER_STYLE = rooted(tokens + base + button + bar + chip + states + slider + pop + block + table + own);
