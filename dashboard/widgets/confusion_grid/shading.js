const FAINT_UP_TO = 0.6; // below, the page's own text colour is readable; above, white is
const EMPTY = 0.12; // to be seen in the dark too, and fainter than a cell with a single digit
const FAINTEST = 0.16;

export function isStrong(shade) {
  return shade > FAINT_UP_TO;
}

// Opacity 0 to 1 of a cell. It jumps where the text turns white: in between, neither text colour would be readable.
export function opacityOf(shade) {
  if (shade === 0) return EMPTY;
  return isStrong(shade) ? 0.9 + (shade - FAINT_UP_TO) / 4 : FAINTEST + ((0.5 - FAINTEST) * shade) / FAINT_UP_TO;
}

// A colour #rrggbb with an opacity, as #rrggbbaa.
export function withOpacity(colour, opacity) {
  const byte = Math.round(255 * opacity);
  return `${colour}${byte.toString(16).padStart(2, "0")}`;
}
