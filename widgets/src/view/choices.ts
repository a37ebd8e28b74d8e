// What a view shows of its own choice, as Python and the other views of a widget are told it. `viewstate.py` is the twin.
export interface Choices {
  selected: number | null;
  hidden: boolean;
  panel: string | null;
  unit: string;
  /** null: as fast as it goes. */
  speed: number | null;
  pace: "time" | "bars";
  follow: boolean;
  locked: boolean;
  blind: boolean;
  palette: string;
  theme: string;
  style: string;
  zone: string;
  bookmarks: number[];
  pause_when: string;
  /** Where the series of random starts is. */
  seed: number;
}

const KEPT = ["panel", "unit", "speed", "pace", "follow", "locked", "palette", "theme", "style", "zone"] as const;
const PLACE = "btlab.layout";

/** The layout that this browser keeps for new views; null where it keeps none. */
export function keptLayout(): Partial<Choices> | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    return kept && typeof kept === "object" ? pick(kept as Partial<Choices>) : null;
  } catch {
    return null;
  }
}

/** Keeps a layout for new views, or forgets it; false where the page may keep nothing. */
export function keepLayout(choices: Choices | null): boolean {
  try {
    if (choices) localStorage.setItem(PLACE, JSON.stringify(pick(choices)));
    else localStorage.removeItem(PLACE);
    return true;
  } catch {
    return false;
  }
}

const pick = (choices: Partial<Choices>): Partial<Choices> => Object.fromEntries(KEPT.flatMap((name) => (name in choices ? [[name, choices[name]]] : [])));
