// The look of the tools, after that of the first picture.
import block from "./style/block.css";
import button from "./style/button.css";
import chip from "./style/chip.css";
import controls from "./style/controls.css";
import list from "./style/list.css";
import pointer from "./style/pointer.css";
import scrubber from "./style/scrubber.css";
import side from "./style/side.css";
import slider from "./style/slider.css";
import strip from "./style/strip.css";
import table from "./style/table.css";
import toast from "./style/toast.css";
import { rooted } from "./rooted.ts";

export const TOOLS_STYLE = rooted(button + chip + pointer + slider + block + table + controls + scrubber + side + list + toast + strip);
