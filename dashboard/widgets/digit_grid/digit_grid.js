import { element, keepChildren } from "../elements.js";
import { destinationInGrid, giveTabStop, moveFocus, perRow, pressOne } from "../keyboard.js";
import { SIDE, showSprites, spritePosition } from "../sprites.js";

const GAP = 6; // between digits and above the first, as in the style sheet

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".digits");
  if (!root || !data) return;
  const scale = showSprites(root, ".digits .ink", data);
  layOut(root, data);
  const buttons = keepChildren(root, data.count, newButton);
  const tabbed = data.selected ?? Math.max(0, buttons.indexOf(parentElement.activeElement));
  buttons.forEach((button, i) => {
    draw(button, i, data, scale);
  });
  giveTabStop(buttons, buttons[tabbed]);

  root.onclick = (event) => {
    const button = pressOne(event, buttons);
    if (button) setTriggerValue("picked", buttons.indexOf(button));
  };
  root.onkeydown = (event) => {
    const seen = buttons.filter((button) => button.offsetTop < root.offsetTop + root.clientHeight);
    const here = seen.indexOf(event.target.closest("button"));
    moveFocus(event, buttons, seen[destinationInGrid(event.key, here, seen.length, perRow(seen))]);
  };
}

function layOut(root, data) {
  root.setAttribute("aria-label", data.label);
  root.style.maxWidth = data.columns ? `${data.columns * (data.cell + GAP) + GAP}px` : "none";
  root.style.maxHeight = data.rows ? `${data.rows * (data.cell + GAP) + GAP / 2}px` : "none";
}

function newButton() {
  const button = element("button", "", { type: "button" });
  const ink = element("span", "ink");
  ink.append(element("i"));
  button.append(ink, element("span", "caption"));
  return button;
}

function draw(button, i, data, scale) {
  const [ink, caption] = button.children;
  ink.style.backgroundPosition = spritePosition(i % data.sheetColumns, Math.floor(i / data.sheetColumns), scale);
  caption.textContent = data.captions ? data.captions[i] : "";
  frame(ink.firstChild, data.frames?.[i]);
  const isWrong = Boolean(data.marks?.[i]);
  button.className = isWrong ? "wrong" : "";
  button.title = data.names[i];
  button.dataset.id = data.ids ? data.ids[i] : i;
  button.setAttribute("aria-label", data.names[i] + (isWrong ? ", wrong" : ""));
  button.setAttribute("aria-pressed", String(i === data.selected));
}

// The part of a digit that matters, if one is named.
function frame(mark, place) {
  mark.hidden = !place;
  if (!place) return;
  ["top", "left", "height", "width"].forEach((edge, i) => {
    mark.style.setProperty(edge, `${(100 * place[i]) / SIDE}%`);
  });
}
