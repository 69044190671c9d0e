// One stop for Tab among many buttons; arrow keys, Home and End move between them.

export function giveTabStop(buttons, chosen) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}

export function showPressed(buttons, chosen) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
}

// The button that was clicked, which is now the pressed one and the stop for Tab; null if it was none of them.
export function pressOne(event, buttons) {
  const button = event.target.closest("button");
  if (!button) return null;
  giveTabStop(buttons, button);
  showPressed(buttons, button);
  return button;
}

// Focus and tab stop go to `target`; without one the key keeps its default.
export function moveFocus(event, buttons, target) {
  if (!target) return;
  event.preventDefault(); // otherwise the page scrolls
  giveTabStop(buttons, target);
  target.focus();
}

// How many buttons are in a row, as the browser wrapped them.
export function perRow(buttons) {
  const secondRow = buttons.findIndex((button) => button.offsetTop > buttons[0].offsetTop);
  return secondRow < 0 ? buttons.length : secondRow;
}

// Where a key leads from position `here` of a wrapped grid; -1 if nowhere.
export function destinationInGrid(key, here, count, columns) {
  const steps = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -here,
    End: count - 1 - here,
  };
  const to = here + (steps[key] ?? Number.NaN);
  return here >= 0 && to >= 0 && to < count ? to : -1;
}

// Where a key leads from a row and a column of a square table whose headings are row and column -1; null if nowhere.
// The corner of the headings is not a destination.
export function destinationInTable(key, [row, column], size) {
  const inside = (place, least = -1) => Math.min(size - 1, Math.max(least, place));
  switch (key) {
    case "ArrowLeft":
      return [row, inside(column - 1, row < 0 ? 0 : -1)];
    case "ArrowRight":
      return [row, inside(column + 1)];
    case "ArrowUp":
      return [inside(row - 1, column < 0 ? 0 : -1), column];
    case "ArrowDown":
      return [inside(row + 1), column];
    case "Home":
      return [row, row < 0 ? 0 : -1];
    case "End":
      return [row, size - 1];
    default:
      return null;
  }
}

// Where a key leads from `here`, a position among places [row, column] in reading order of a table with gaps: left and
// right to the place before and after, up and down within the column. -1 if nowhere.
export function destinationAmong(key, here, places) {
  const [row, column] = places[here];
  switch (key) {
    case "ArrowLeft":
      return here - 1;
    case "ArrowRight":
      return here + 1 < places.length ? here + 1 : -1;
    case "ArrowUp":
      return places.findLastIndex((other) => other[0] < row && other[1] === column);
    case "ArrowDown":
      return places.findIndex((other) => other[0] > row && other[1] === column);
    case "Home":
      return 0;
    case "End":
      return places.length - 1;
    default:
      return -1;
  }
}
