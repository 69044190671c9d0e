import { element } from "./elements.js";

// Sheets of digits: one picture with many, of which each place shows one as its background.

export const SIDE = 28; // pixels of a digit
const STEP = SIDE + 1; // from one digit to the next, with the black line between

// CSS of a background that shows the digit in this column and row, `scale` times as large as in the sheet.
export function spriteSize(columns, scale) {
  return `${columns * STEP * scale}px auto`;
}

export function spritePosition(column, row, scale) {
  return `${-column * STEP * scale}px ${-row * STEP * scale}px`;
}

// Left and top of the digit in the sheet itself.
export function spritePlace(column, row) {
  return [column * STEP, row * STEP];
}

// Make `sheet` the background of all that `selector` finds beside `root`. In a rule and not in a variable, which the
// browser would read again for each of hundreds of digits: 0.7 s for a page of 100.
export function showSheet(root, selector, sheet) {
  let style = root.previousElementSibling;
  if (!style?.matches("style.sheet")) {
    style = element("style", "sheet");
    root.before(style);
  }
  const rule = sheet ? `${selector} { background-image: url("${sheet}"); }` : "";
  if (style.textContent !== rule) style.textContent = rule;
}

// Set up the styles of digits of `data.cell` pixels that `selector` finds in `root`; returns how many times as large as in
// the sheet they are.
export function showSprites(root, selector, data) {
  const scale = data.cell / SIDE;
  showSheet(root, selector, data.sheet);
  root.style.setProperty("--cell", `${data.cell}px`);
  root.style.setProperty("--sheet-size", spriteSize(data.sheetColumns, scale));
  // Square pixels where they come out even, else smooth: uneven ones make strokes look torn.
  root.style.setProperty("--rendering", Number.isInteger(scale) ? "pixelated" : "auto");
  return scale;
}
