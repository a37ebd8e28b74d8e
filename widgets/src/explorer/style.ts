// The explorer's style sheet: the chart's, and its own after it.
import { rooted, STYLE } from "../view/style.ts";
import own from "./style.css";

export const EXPLORER_STYLE = STYLE + rooted(own);
