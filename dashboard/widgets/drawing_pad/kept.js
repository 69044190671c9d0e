// What is on a pad, kept by the browser for its tab, so that a reload finds it again: the server then starts a new
// session, which knows nothing of it.
const PREFIX = "mnist-studio.pad.";
const found = new Set(); // the pads that were on the page since it was loaded; the server knows what is on them

export function keep(pad, { keeps, channel }, pixels) {
  if (!keeps) return;
  try {
    sessionStorage.setItem(PREFIX + channel, JSON.stringify({ token: pad.token, pixels }));
  } catch {
    // no room, or not allowed: a reload starts over
  }
}

// As base64, or null. An empty pad takes whatever was on it last, any other only what was drawn on the same digit.
export function kept({ keeps, channel, token, start, now, canReset }) {
  const isFirst = !found.has(channel);
  found.add(channel);
  if (!keeps || !isFirst || now !== start) return null;
  try {
    const { token: before, pixels } = JSON.parse(sessionStorage.getItem(PREFIX + channel));
    const isOurs = before === token || !canReset;
    return isOurs && pixels.length === start.length && pixels !== start ? pixels : null;
  } catch {
    return null;
  }
}
