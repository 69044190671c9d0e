import { element, keepChildren } from "../elements.js";
import { followAnswers } from "../live_answer.js";

const BAR = 20; // pixels of a full bar

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".answers");
  if (!root || !data) return;
  root.setAttribute("aria-label", data.label);
  showRows(root, data);
  followAnswers(root, data.channel, (answer) => showRows(root, answer.shown));
}

function showRows(root, { rows, colours }) {
  keepChildren(root, rows.length, newRow).forEach((row, i) => {
    showRow(row, rows[i], colours);
  });
}

function newRow() {
  const row = element("div", "", { role: "listitem" });
  for (const name of ["title", "said", "confidence", "shares"]) row.append(element("span", name));
  return row;
}

function showRow(row, [title, label, confidence, names, shares, isOdd], [usual, odd, neutral]) {
  const [name, said, sure, bars] = row.children;
  name.textContent = title;
  name.title = title;
  said.textContent = label;
  said.style.backgroundColor = isOdd ? odd : "";
  said.classList.toggle("odd", isOdd);
  sure.textContent = confidence;
  const highest = shares.indexOf(Math.max(...shares));
  keepChildren(bars, shares.length, newBar).forEach((bar, i) => {
    const colour = i === highest ? (isOdd ? odd : usual) : neutral;
    bar.firstChild.style.height = `${BAR * shares[i]}px`;
    bar.firstChild.style.backgroundColor = colour;
    bar.lastChild.textContent = names[i].length > 1 ? i : names[i];
    bar.title = names[i];
  });
  row.setAttribute("aria-label", `${title}: ${label} ${confidence}${isOdd ? ", unlike most" : ""}`.trim());
}

function newBar() {
  const bar = element("span", "bar", { "aria-hidden": "true" });
  bar.append(element("i"), element("b"));
  return bar;
}
