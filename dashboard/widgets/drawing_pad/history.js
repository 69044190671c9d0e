// What was on a pad before and after: `pad` has `ink`, `undo` and `redo`.

export const MAX_UNDO = 50;

// To be called before the ink changes.
export function remember(pad) {
  pad.undo.push(pad.ink.slice());
  if (pad.undo.length > MAX_UNDO) pad.undo.shift();
  pad.redo = [];
}

// Both return whether there was anything to go to.
export function undo(pad) {
  return step(pad, pad.undo, pad.redo);
}

export function redo(pad) {
  return step(pad, pad.redo, pad.undo);
}

function step(pad, from, to) {
  if (!from.length) return false;
  to.push(pad.ink);
  pad.ink = from.pop();
  return true;
}
