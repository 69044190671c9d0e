// How numbers are written: all of one computation with as many decimals, so that they can be added up by hand.

const USUAL = 3;
const MOST = 8;
const HUGE = 1e6; // from here on powers of ten

// Decimals for numbers up to `largest`: three, and more where even the largest has zeros behind the point.
export function decimalsFor(largest) {
  if (!(largest > 0) || !Number.isFinite(largest)) return USUAL;
  const exponent = Math.floor(Math.log10(largest));
  return Math.min(MOST, Math.max(USUAL, USUAL - 1 - exponent));
}

export function shownNumber(value, decimals) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  if (Math.abs(value) >= HUGE) return withMinus(value.toExponential(2));
  const text = value.toFixed(decimals);
  return withMinus(Number(text) === 0 ? (0).toFixed(decimals) : text);
}

// The largest absolute value that is a number; 0 if there is none.
export function largestOf(values) {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  return largest;
}

function withMinus(text) {
  return text.replaceAll("-", "−");
}
