export const SIDE = 28;

// Draws into `ink`, a square of any side, or erases, from one place to another, with a soft edge of one pixel as scanned
// ink has. Places and radius are in pixels of that square.
export function stroke(ink, [fromX, fromY], [toX, toY], radius, isPen) {
  const side = Math.sqrt(ink.length);
  const [stepX, stepY] = [toX - fromX, toY - fromY];
  const length = stepX * stepX + stepY * stepY;
  const [top, bottom] = range(fromY, toY, radius, side);
  const [left, right] = range(fromX, toX, radius, side);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
      const along = length ? Math.min(1, Math.max(0, (x * stepX + y * stepY) / length)) : 0;
      const distance = Math.hypot(x - along * stepX, y - along * stepY);
      const share = Math.min(1, Math.max(0, radius + 0.5 - distance));
      if (share === 0) continue;
      const i = row * side + column;
      ink[i] = isPen ? Math.max(ink[i], 255 * share) : Math.min(ink[i], 255 * (1 - share));
    }
  }
}

// The rows or columns that a stroke can reach.
function range(from, to, radius, side) {
  const reach = radius + 1;
  const inside = (place) => Math.min(side, Math.max(0, place));
  return [inside(Math.floor(Math.min(from, to) - reach)), inside(Math.ceil(Math.max(from, to) + reach))];
}
