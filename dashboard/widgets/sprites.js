// Sheets of digits: one picture with many, of which each place shows one as its background.

const STEP = 29; // pixels from one digit to the next: 28, and the black line between

// CSS of a background that shows the digit in this column and row, `scale` times as large as in the sheet.
export function spriteSize(columns, scale) {
  return `${columns * STEP * scale}px auto`;
}

export function spritePosition(column, row, scale) {
  return `${-column * STEP * scale}px ${-row * STEP * scale}px`;
}
