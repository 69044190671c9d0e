// Rows of cells as a CSV file: texts and numbers, with nothing for a number that is not known.
import { element } from "./elements.js";

const RUNS_AS_FORMULA = /^[=+\-@\t\r]/;
const ISOLATES = /[\u2068\u2069]/g; // around names that are read from right to left, for the screen alone
const NUMBER = /^[+-]?[\d.,]+%?$/;

// A text that a spreadsheet would run as a formula begins with an apostrophe.
export function csvOf(rows) {
  return rows.map((cells) => `${cells.map(written).join(",")}\n`).join("");
}

function written(cell) {
  if (typeof cell === "string") return quoted(cell);
  return Number.isFinite(cell) ? String(cell) : "";
}

function quoted(shown) {
  const text = shown.replaceAll(ISOLATES, "");
  const safe = RUNS_AS_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

// Downloads the rows; `name` has no ending.
export function saveCsv(rows, name) {
  const href = URL.createObjectURL(new Blob([csvOf(rows)], { type: "text/csv" }));
  element("a", "", { href, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(href)); // once the download has begun
}
