export default function (component) {
  const { data, parentElement } = component;
  const table = parentElement.querySelector("table");
  if (!table || !data) return;
  table.tHead.rows[0].replaceChildren(...data.heads.map((text) => cell("th", text)));
  table.tBodies[0].replaceChildren(...data.rows.map(line));
}

function line([title, value, percent, help]) {
  const row = document.createElement("tr");
  row.title = help;
  const bar = document.createElement("span");
  bar.className = "bar";
  bar.style.setProperty("--at", `${percent}%`);
  const rank = cell("td", "");
  rank.append(bar, cell("span", `${percent}%`));
  rank.title = `${percent}% have a lower value`;
  row.append(cell("td", title), cell("td", value), rank);
  return row;
}

function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text; // never markup
  return made;
}
