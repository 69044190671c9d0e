import { element, keepChildren } from "../elements.js";
import { giveTabStop, moveFocus, pressOne } from "../keyboard.js";
import { signedPalette } from "../palette.js";
import { int8sOf, paint, signed } from "../pixels.js";

const FULL = 127; // how the limit of the pictures is written

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".effects");
  if (!root || !data) return;
  const [heads, lines] = root.children;
  lines.setAttribute("aria-label", data.label);
  root.classList.toggle("pictured", data.pictures !== null);
  keepChildren(heads, data.heads.length, () => element("span")).forEach((head, i) => {
    head.textContent = data.heads[i];
  });
  const values = data.pictures === null ? null : int8sOf(data.pictures);
  const colours = signedPalette(data.palette, root);
  const buttons = keepChildren(lines, data.rows.length, newLine);
  buttons.forEach((button, i) => {
    draw(button, data.rows[i], data);
    if (values)
      drawPicture(button.firstChild, values.subarray(i * data.side ** 2, (i + 1) * data.side ** 2), data, colours);
    button.setAttribute("aria-pressed", String(i === data.selected));
  });
  const focused = buttons.indexOf(parentElement.activeElement ?? document.activeElement);
  giveTabStop(buttons, buttons[Math.max(0, data.selected, focused)]);

  lines.onclick = (event) => {
    const button = pressOne(event, buttons);
    if (button) setTriggerValue("picked", buttons.indexOf(button));
  };
  lines.onkeydown = (event) => {
    const here = buttons.indexOf(event.target.closest("button"));
    moveFocus(event, buttons, buttons[destinationInList(event.key, here, buttons.length)]);
  };
}

function newLine() {
  const button = element("button", "", { type: "button" });
  button.append(element("canvas"));
  for (const name of ["title", "track", "lost", "won", "change"]) button.append(element("span", name));
  const [, , track, , , change] = button.children;
  track.append(element("i", "left"), element("i", "right"));
  change.append(element("b"), element("small"));
  return button;
}

function draw(button, [title, lost, won, change, interval, note], data) {
  const [, name, track, lostCell, wonCell, changeCell] = button.children;
  name.textContent = title;
  const [left, right] = track.children;
  left.style.width = `${(50 * lost) / data.scale}%`;
  left.style.backgroundColor = data.colours.lost;
  right.style.width = `${(50 * won) / data.scale}%`;
  right.style.backgroundColor = data.colours.won;
  lostCell.textContent = String(lost);
  wonCell.textContent = String(won);
  changeCell.children[0].textContent = change;
  changeCell.children[1].textContent = interval;
  button.setAttribute("aria-label", note);
  button.title = note;
}

function drawPicture(canvas, values, data, colours) {
  paint(canvas, signed(values, FULL, colours), data.side, data.side);
}

function destinationInList(key, here, count) {
  const to = { ArrowUp: here - 1, ArrowDown: here + 1, Home: 0, End: count - 1 }[key] ?? -1;
  return here >= 0 && to >= 0 && to < count ? to : -1;
}
