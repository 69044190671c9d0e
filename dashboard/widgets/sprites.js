import { element } from "./elements.js";

// Sheets of digits: one picture with many, of which each place shows one as its background.

const STEP = 29; // pixels from one digit to the next: 28, and the black line between

// CSS of a background that shows the digit in this column and row, `scale` times as large as in the sheet.
export function spriteSize(columns, scale) {
  return `${columns * STEP * scale}px auto`;
}

export function spritePosition(column, row, scale) {
  return `${-column * STEP * scale}px ${-row * STEP * scale}px`;
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
