// Where a film stands, and how it moves. Knows nothing of the page, so that it can be tested without one.

const SHORTEST = 120; // milliseconds a frame is shown
const LONGEST = 600;
const WHOLE_FILM = 10_000;

// How long each of so many frames is shown, so that a film takes about ten seconds.
export function frameTime(count) {
  return Math.min(LONGEST, Math.max(SHORTEST, WHOLE_FILM / count));
}

// Where a key leads from frame `here` of `count`; null if nowhere.
export function frameAfterKey(key, here, count) {
  const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to));
}

// Calls `show(frame)` for one frame after the other from `first`, and `end` after the last one. Returns how to stop it.
export function play(first, count, show, end) {
  let frame = first;
  let isStopped = false;
  let timer = setTimeout(next, frameTime(count));
  function next() {
    frame += 1;
    show(frame);
    if (isStopped) return;
    if (frame >= count - 1) end();
    else timer = setTimeout(next, frameTime(count));
  }
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
