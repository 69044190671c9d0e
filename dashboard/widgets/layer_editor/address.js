// Updates the address without an entry in the browser's history for each letter typed.
export function followInAddress({ path, param, text }) {
  const url = new URL(window.location.href);
  if (!url.pathname.endsWith(path) || url.searchParams.get(param) === text) return;
  url.searchParams.set(param, text);
  window.history.replaceState(window.history.state, "", url);
}
