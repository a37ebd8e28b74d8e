import assert from "node:assert/strict";
import { test } from "node:test";
import { passesOn } from "../src/view/guard.ts";
import { command, type KeyActions } from "../src/view/keys.ts";

function recorder(): { actions: KeyActions; calls: string[] } {
  const calls: string[] = [];
  const actions = new Proxy({}, { get: (_, name: string) => (...values: unknown[]) => void calls.push([name, ...values].join(" ")) });
  return { actions: actions as KeyActions, calls };
}

test("every key of the sheet does what it says", () => {
  const { actions, calls } = recorder();
  const presses: [string, boolean][] = [
    [" ", false], ["ArrowRight", false], ["ArrowRight", true], ["ArrowLeft", false], ["ArrowLeft", true], ["ArrowUp", false], ["ArrowDown", false], ["Home", false],
    ["End", false], ["g", false], ["1", false], ["6", false], ["0", false], ["n", false], ["N", true], ["p", false], ["j", false], ["k", false], ["f", false], ["l", false],
    ["h", false], ["u", false], ["U", true], ["?", true], ["Escape", false], ["w", false], ["r", false], ["b", false], ["+", true], ["-", false], ["=", false], [",", false], [">", true],
  ];
  for (const [key, shift] of presses) command(key, shift, actions)!();
  assert.deepEqual(calls, [
    "play", "step 1", "step 10", "step -1", "step -10", "faster 1", "faster -1", "start", "end", "goto", "enlarge 0", "enlarge 5", "enlarge -1", "trade 1 false",
    "trade 1 true", "trade -1 false", "mark 1", "mark -1", "follow", "lock", "future", "unit 1", "unit -1", "keys", "escape", "worst", "random", "bookmark", "zoom 1", "zoom -1", "fit", "pan -1", "pan 20",
  ]);
});

test("keys without a meaning do nothing and still stop here", () => {
  const { actions } = recorder();
  for (const key of ["a", "e", "d", "x", "m", "y", "7", "Enter", "Delete", "F1"]) assert.equal(command(key, false, actions), null);
});

test("only Tab, Shift+Enter and combinations go on to the host", () => {
  const press = (key: string, more = {}) => passesOn({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  assert.ok(press("Tab") && press("Tab", { shiftKey: true }) && press("Enter", { shiftKey: true }));
  assert.ok(press("s", { ctrlKey: true }) && press("s", { metaKey: true }) && press("s", { altKey: true }));
  for (const key of ["b", "a", "Enter", "Escape", "ArrowUp", "z", "F5"]) assert.ok(!press(key), key);
});
