// Where the rules of a style sheet hold.

/** "&" stands for the widget's root, named twice: a host's rules for tables and buttons must not win. */
export const rooted = (text: string): string => text.replaceAll("&", ".btlab.btlab");
