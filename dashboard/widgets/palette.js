// Colours of numbers with a sign on the present page: below zero, zero, above zero, each as [red, green, blue].

// Of `palette` the ones for the page that `root` is on: the server learns of a change of theme a moment later.
export function signedPalette(palette, root) {
  return palette[isDark(root) ? "dark" : "light"].map(channelsOf);
}

export function isDark(root) {
  const [r, g, b] = channelsOf(getComputedStyle(root).getPropertyValue("--st-background-color").trim());
  return 0.3 * r + 0.6 * g + 0.1 * b < 128;
}

export function channelsOf(colour) {
  const hex = /^#([0-9a-f]{6})/i.exec(colour);
  if (hex) return [0, 2, 4].map((i) => Number.parseInt(hex[1].slice(i, i + 2), 16));
  return (colour.match(/[\d.]+/g) ?? ["255", "255", "255"]).slice(0, 3).map(Number);
}
