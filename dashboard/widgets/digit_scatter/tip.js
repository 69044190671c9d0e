import { spritePosition, spriteSize } from "../sprites.js";

const SCALE = 3; // screen pixels for each pixel of a digit

// The digit of a point and its note, beside the point.
export class Tip {
  constructor(root) {
    this.root = root;
    this.picture = root.querySelector("i");
    this.words = root.querySelector("span");
  }

  take({ sheet, sheetColumns, notes }) {
    this.columns = sheetColumns;
    this.notes = notes.split("\n");
    this.picture.style.backgroundImage = `url(${sheet})`;
    this.picture.style.backgroundSize = spriteSize(sheetColumns, SCALE);
  }

  hide() {
    this.root.hidden = true;
  }

  show(i, [x, y], { width, height }) {
    this.root.hidden = false;
    this.picture.style.backgroundPosition = spritePosition(i % this.columns, Math.floor(i / this.columns), SCALE);
    this.words.textContent = this.notes[i];
    const left = x + 190 < width ? x + 14 : Math.max(4, x - 14 - this.root.offsetWidth);
    this.root.style.left = `${left}px`;
    this.root.style.top = `${Math.max(4, Math.min(y - 40, height - this.root.offsetHeight - 4))}px`;
  }
}
