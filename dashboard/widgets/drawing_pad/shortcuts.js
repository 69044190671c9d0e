// What a key does on a pad that has the focus: the name of an action, or null for a key that is none of ours.
export function actionOfKey(event) {
  if (event.altKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    return key === "y" ? "redo" : null;
  }
  return ACTIONS[key] ?? null;
}

const ACTIONS = {
  p: "pen",
  e: "eraser",
  "[": "thinner",
  "]": "thicker",
  Delete: "clear",
  Backspace: "clear",
  Enter: "enter",
  " ": "press",
  Escape: "lift",
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

export const DIRECTIONS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };
