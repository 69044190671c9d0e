export const SIDE = 28;

// Draws into `ink`, or erases, from one place to another, with a soft edge of one pixel as scanned ink has.
export function stroke(ink, [fromX, fromY], [toX, toY], radius, isPen) {
  const [stepX, stepY] = [toX - fromX, toY - fromY];
  const length = stepX * stepX + stepY * stepY;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
      const along = length ? Math.min(1, Math.max(0, (x * stepX + y * stepY) / length)) : 0;
      const distance = Math.hypot(x - along * stepX, y - along * stepY);
      const share = Math.min(1, Math.max(0, radius + 0.5 - distance));
      if (share === 0) continue;
      const i = row * SIDE + column;
      ink[i] = isPen ? Math.max(ink[i], 255 * share) : Math.min(ink[i], 255 * (1 - share));
    }
  }
}
