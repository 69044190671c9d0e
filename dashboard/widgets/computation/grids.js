import { element, keepChildren } from "../elements.js";
import { signed } from "../pixels.js";
import { shownNumber } from "./numbers.js";

// Numbers in small aligned grids, on the colour of each; and the tables of terms.

const MOST_WRITTEN = 5; // side of the largest grid whose numbers are written; larger ones are colours alone

export function newGrid(sign) {
  const part = element("div", "part");
  part.append(element("b", "sign", {}, sign), element("div", "grid"), element("small"));
  return part;
}

// `marked` is the position to frame; null values are padding.
export function drawGrid(part, values, { limit, colours, decimals, caption, marked = -1 }) {
  const [, grid, note] = part.children;
  const side = Math.round(Math.sqrt(values.length));
  const isWritten = side <= MOST_WRITTEN;
  grid.style.setProperty("--side", side);
  grid.classList.toggle("written", isWritten);
  const rgba = signed(
    values.map((value) => value ?? 0),
    limit || 1,
    colours,
  );
  keepChildren(grid, values.length, () => element("span")).forEach((cell, i) => {
    const value = values[i];
    const text = shownNumber(value ?? 0, decimals);
    cell.textContent = isWritten ? text : "";
    cell.title = isWritten ? "" : text;
    cell.className = `${value === null ? "padding" : ""} ${i === marked ? "marked" : ""}`.trim();
    cell.style.background = value === null ? "" : `rgb(${rgba.slice(4 * i, 4 * i + 3).join(",")})`;
    cell.style.color = isStrong(value, limit) ? "var(--on-strong)" : "";
  });
  if (note.textContent !== caption) note.textContent = caption;
}

// Lines of one number each: the sign before it, what it is, and the number.
export function drawLedger(table, lines, decimals) {
  const rows = keepChildren(table, lines.length, () => cellsOf("tr", 3));
  rows.forEach((row, i) => {
    const { sign, label, value, isCount } = lines[i];
    fill(row, [sign, label, isCount ? String(value) : shownNumber(value, decimals)]);
    row.className = i === lines.length - 1 ? "result" : "";
  });
}

// Rows of `{ texts, share, isOn }`: the last text is a number, beside it a bar from -1 to 1.
export function drawTerms(table, rows) {
  const width = Math.max(...rows.map((row) => row.texts.length), 0);
  if (table.dataset.width !== String(width)) table.replaceChildren();
  table.dataset.width = width;
  keepChildren(table, rows.length, () => newTerm(width)).forEach((line, i) => {
    const { texts, share, isOn, position } = rows[i];
    fill(line, texts);
    line.classList.toggle("on", isOn === true);
    line.dataset.position = position ?? "";
    line.tabIndex = position === null ? -1 : 0;
    const bar = line.lastElementChild.firstElementChild;
    const size = 50 * Math.min(1, Math.abs(share) || 0);
    bar.style.cssText = `left:${share < 0 ? 50 - size : 50}%;width:${size}%`;
    bar.className = share < 0 ? "below" : "above";
  });
}

function newTerm(width) {
  const row = cellsOf("tr", width);
  const cell = element("td", "bar");
  cell.append(element("i"));
  row.append(cell);
  return row;
}

function cellsOf(tag, count) {
  const row = element(tag);
  for (let i = 0; i < count; i++) row.append(element("td"));
  return row;
}

function fill(row, texts) {
  texts.forEach((text, i) => {
    if (row.children[i].textContent !== text) row.children[i].textContent = text;
  });
}

function isStrong(value, limit) {
  return value !== null && Math.abs(value) > 0.55 * limit;
}
