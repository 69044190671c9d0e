// Which digits are drawn on their points: as many as have room, and more of them where one zooms in.
import { SIDE } from "../sprites.js";

const FRAME = 2; // in CSS pixels, as all lengths here
const GAP = 12; // at least, so that points between the digits stay in sight
export const WHOLE = SIDE + 2 * FRAME;
const WIDTH = WHOLE + GAP;
const STEPS = 3; // in which a zoom by 2 adds digits
const UNDRAWN = 255;

// The step of zoom at which each point gets its digit, or one that is never reached. It depends neither on what is in
// sight nor on later steps, so a digit stays where it is while the view moves and while one zooms in.
export function firstSteps(count, placeOf, { maxScale, isLeftOut = () => false }) {
  const steps = new Uint8Array(count).fill(UNDRAWN);
  const places = Array.from({ length: count }, (_, i) => placeOf(i));
  const drawn = [];
  let waiting = [...places.keys()].filter((i) => !isLeftOut(i) && places[i].every(Number.isFinite));
  for (let step = 0; step <= stepOf(maxScale); step++) {
    const room = new Room(2 ** (step / STEPS));
    for (const i of drawn) room.take(places[i]);
    waiting = waiting.filter((i) => {
      if (!room.isFree(places[i])) return true;
      room.take(places[i]);
      drawn.push(i);
      steps[i] = step;
      return false;
    });
  }
  return steps;
}

// The last step that a scale has reached.
export function stepOf(scale) {
  return Math.floor(STEPS * Math.log2(scale) + 1e-9);
}

// Squares for the middles of digits, each as wide as a digit and its gap: so in each there is one at most.
class Room {
  constructor(scale) {
    this.width = WIDTH / scale;
    this.taken = new Map();
  }

  take(place) {
    const [x, y] = place;
    this.taken.set(keyOf(this.squareOf(x), this.squareOf(y)), place);
  }

  isFree([x, y]) {
    const [column, row] = [this.squareOf(x), this.squareOf(y)];
    for (let i = column - 1; i <= column + 1; i++) {
      for (let j = row - 1; j <= row + 1; j++) {
        const other = this.taken.get(keyOf(i, j));
        if (other && Math.abs(other[0] - x) < this.width && Math.abs(other[1] - y) < this.width) return false;
      }
    }
    return true;
  }

  squareOf(length) {
    return Math.floor(length / this.width);
  }
}

function keyOf(column, row) {
  return column * 65_536 + row;
}

// Draws digits in frames of the colours of their points. Whole pixels of the screen keep them sharp.
export function drawThumbnails(context, view, { digits, placeOf, colourOf, spriteOf, sheet }) {
  const ratio = context.getTransform().a;
  context.save();
  view.clip(context);
  context.imageSmoothingEnabled = !Number.isInteger(ratio);
  for (const i of digits) {
    const [x, y] = placeOf(i).map((middle) => Math.round((middle - WHOLE / 2) * ratio) / ratio);
    context.fillStyle = colourOf(i);
    context.fillRect(x, y, WHOLE, WHOLE);
    context.drawImage(sheet, ...spriteOf(i), SIDE, SIDE, x + FRAME, y + FRAME, SIDE, SIDE);
  }
  context.restore();
}

// The digit that is drawn at a place, or -1.
export function thumbnailAt([x, y], digits, placeOf) {
  const isThere = ([left, top]) => Math.max(Math.abs(left - x), Math.abs(top - y)) <= WHOLE / 2;
  return digits.find((i) => isThere(placeOf(i))) ?? -1;
}
