// What icons show: a 16 px grid, 1.5 px strokes, round ends; solid parts carry the class "f". Each is a constant of its own, so that
// a script holds those that it shows.

export const start = `<path d="M3.5 3.5v9"/><path class="f" d="M13 3.6v8.8a.5.5 0 0 1-.78.42L5.6 8.42a.5.5 0 0 1 0-.84l6.62-4.4A.5.5 0 0 1 13 3.6z"/>`;
export const end = `<path d="M12.5 3.5v9"/><path class="f" d="M3 3.6v8.8a.5.5 0 0 0 .78.42l6.62-4.4a.5.5 0 0 0 0-.84L3.78 3.18A.5.5 0 0 0 3 3.6z"/>`;
export const previousTrade = `<path d="M7 4 3 8l4 4M3.4 8H10"/><circle class="f" cx="12.6" cy="8" r="1.7"/>`;
export const nextTrade = `<path d="m9 4 4 4-4 4M12.6 8H6"/><circle class="f" cx="3.4" cy="8" r="1.7"/>`;
export const back = `<path d="M10 4 6 8l4 4"/>`;
export const forward = `<path d="m6 4 4 4-4 4"/>`;
export const play = `<path class="f" d="M4.5 3.3v9.4a.6.6 0 0 0 .92.5l7.3-4.7a.6.6 0 0 0 0-1L5.42 2.8a.6.6 0 0 0-.92.5z"/>`;
export const pause = `<rect class="f" x="4" y="3" width="3" height="10" rx=".8"/><rect class="f" x="9" y="3" width="3" height="10" rx=".8"/>`;
export const follow = `<path d="M13.5 3v10M2.5 8h7.5M7.2 5 10 8l-2.8 3"/>`;
export const lock = `<rect x="3.5" y="7" width="9" height="6" rx="1.2"/><path d="M5.5 7V5.2a2.5 2.5 0 0 1 5 0V7"/>`;
export const hidden = `<path d="M2 8s2.2-4 6-4c1 0 1.9.3 2.7.7M14 8s-2.2 4-6 4c-1 0-1.9-.3-2.7-.7M3 13 13 3"/>`;
export const goto = `<rect x="2.5" y="3.5" width="11" height="10" rx="1.5"/><path d="M2.5 6.8h11M5.5 2v2.6M10.5 2v2.6"/>`;
export const pace = `<circle cx="8" cy="8" r="5.5"/><path d="M8 4.8V8l2.2 1.6"/>`;
export const six = `<rect x="2.5" y="3" width="11" height="10" rx="1.2"/><path d="M2.5 8h11M6.2 3v10M9.8 3v10"/>`;
export const one = `<rect x="2.5" y="3" width="11" height="10" rx="1.2"/>`;
export const theme = `<path d="M13 9.4A5.4 5.4 0 0 1 6.6 3a5.4 5.4 0 1 0 6.4 6.4z"/>`;
export const blind = `<circle cx="8" cy="8" r="5.5"/><path d="M4.2 4.2l7.6 7.6M6.3 6.6c0-2.2 3.4-2.2 3.4 0 0 .7-.5 1.1-1 1.5"/>`;
export const keep = `<path d="M4.5 2.5h7v11L8 10.6l-3.5 2.9z"/>`;
export const layout = `<path d="M3 3h8l2 2v8H3zM5.5 3v3.5h4V3M5.5 13V9.5h5V13"/>`;
export const fork = `<path d="M8 13.5V9c0-2-4-2-4-5V2.5M8 9c0-2 4-2 4-5V2.5"/>`;
export const until = `<path d="M3.5 14V2.5h8l-2 3 2 3h-8"/>`;
export const palette = `<circle cx="8" cy="8" r="5.5"/><path class="f" d="M8 4.5a3.5 3.5 0 0 1 0 7z"/>`;
export const keys = `<rect x="1.8" y="4" width="12.4" height="8" rx="1.4"/><path d="M4.4 6.7h.01M6.8 6.7h.01M9.2 6.7h.01M11.6 6.7h.01M5 9.5h6"/>`;
export const plug = `<path d="M6 2v3.5M10 2v3.5M4 5.5h8v2a4 4 0 0 1-8 0zM8 11.5V14"/>`;
export const empty = `<path d="M2.5 13.5h11M4.5 10.5v-3M8 10.5v-6M11.5 10.5v-4"/>`;
export const warn = `<path d="M8 2.6 14 13H2z"/><path d="M8 6.5v3M8 11.3h.01"/>`;
export const long = `<path class="f" d="M8 3 13.5 12.5h-11z"/>`;
export const short = `<path class="f" d="M8 13 2.5 3.5h11z"/>`;
