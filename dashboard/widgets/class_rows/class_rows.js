import { element, keepChildren } from "../elements.js";
import { showSprites, spritePosition } from "../sprites.js";
import { offerCsv } from "../tables.js";

export default function (component) {
  const { data, parentElement } = component;
  const table = parentElement.querySelector(".classes");
  if (!table || !data) return;
  const scale = showSprites(table, ".classes .strip span", data);
  table.tHead.rows[0].replaceChildren(...data.heads.map((text) => element("th", "", { scope: "col" }, text)));
  const rows = keepChildren(table.tBodies[0], data.rows.length, newRow);
  rows.forEach((row, i) => {
    draw(row, data.rows[i], data, scale);
  });
  offerCsv(table, data.file);
}

function newRow() {
  const row = element("tr");
  const strip = element("td");
  strip.append(element("div", "strip", { role: "img" }));
  row.append(element("th", "", { scope: "row" }), strip);
  return row;
}

// Existing digits stay and only change their picture, so that nothing moves when the images are read in another way.
function draw(row, [name, start, nImages, counts], data, scale) {
  const [label, strip, ...rest] = row.children;
  label.textContent = name;
  for (const cell of rest) cell.remove();
  row.append(...counts.map((text) => element("td", "count", {}, text)));
  const digits = strip.firstElementChild;
  digits.setAttribute("aria-label", nImages === 1 ? `1 image labelled ${name}` : `${nImages} images labelled ${name}`);
  keepChildren(digits, nImages, () => element("span")).forEach((digit, i) => {
    const at = start + i;
    digit.style.backgroundPosition = spritePosition(at % data.sheetColumns, Math.floor(at / data.sheetColumns), scale);
  });
}
