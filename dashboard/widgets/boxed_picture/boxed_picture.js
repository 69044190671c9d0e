import { element, keepChildren } from "../elements.js";
import { destinationInGrid, giveTabStop, moveFocus, showPressed } from "../keyboard.js";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".sheet");
  if (!root || !data) return;
  const [picture, layer] = root.children;
  root.setAttribute("aria-label", data.label);
  if (picture.src !== data.picture) picture.src = data.picture;
  picture.style.aspectRatio = `${data.size[0]} / ${data.size[1]}`;
  const buttons = keepChildren(layer, data.boxes.length, newBox);
  buttons.forEach((button, i) => {
    showBox(button, data.boxes[i]);
  });
  giveTabStop(buttons, buttons[data.selected]); // none of them, if nothing was found
  showPressed(buttons, buttons[data.selected]);
  layer.onclick = (event) => {
    const place = buttons.indexOf(event.target.closest("button"));
    if (place >= 0) setTriggerValue("picked", place);
  };
  layer.onkeydown = (event) => {
    const here = buttons.indexOf(event.target);
    moveFocus(event, buttons, buttons[destinationInGrid(event.key, here, buttons.length, 1)]);
  };
}

function newBox() {
  const box = element("button", "", { type: "button" });
  box.append(element("span"));
  return box;
}

function showBox(box, [left, top, width, height, caption, note]) {
  box.style.left = `${100 * left}%`;
  box.style.top = `${100 * top}%`;
  box.style.width = `${100 * width}%`;
  box.style.height = `${100 * height}%`;
  box.firstChild.textContent = caption;
  box.setAttribute("aria-label", note);
  box.title = note;
}
