import { element, keepChildren } from "../elements.js";
import { showPressed } from "../keyboard.js";
import { showSheet, spritePosition, spriteSize } from "../sprites.js";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".pairs");
  if (!root || !data) return;
  root.setAttribute("aria-label", data.label);
  root.classList.toggle("side-by-side", data.width !== null);
  root.style.setProperty("--width", `${data.width}px`);
  root.style.setProperty("--cell", `${data.cell}px`);
  showSheet(root, ".pairs .examples span", data.sheet);
  const lines = keepChildren(root, data.pairs.length, newLine);
  lines.forEach((line, row) => {
    draw(line, row, data);
  });
  root.onclick = (event) => {
    const line = event.target.closest("button");
    if (!line) return;
    showPressed(lines, line);
    setTriggerValue("picked", lines.indexOf(line));
  };
}

function newLine() {
  const line = element("button", "", { type: "button" });
  for (const name of ["title", "detail", "examples"]) line.append(element("span", name));
  return line;
}

function draw(line, row, data) {
  const [title, detail, note, count] = data.pairs[row];
  const scale = data.cell / 28; // of a digit on the page to one in the sheet
  line.children[0].textContent = title;
  line.children[1].textContent = detail;
  line.setAttribute("aria-label", note);
  line.setAttribute("aria-pressed", String(row === data.selected));
  line.title = note;
  keepChildren(line.children[2], count, () => element("span")).forEach((ink, i) => {
    ink.style.backgroundSize = spriteSize(data.columns, scale);
    ink.style.backgroundPosition = spritePosition(i, row, scale);
  });
}
