import { element } from "../elements.js";

export default function (component) {
  const { data, parentElement } = component;
  const table = parentElement.querySelector("table");
  if (!table || !data) return;
  table.tHead.rows[0].replaceChildren(...data.heads.map((text) => element("th", "", {}, text)));
  table.tBodies[0].replaceChildren(...data.rows.map(newRow));
}

function newRow([title, value, percent, help]) {
  const row = element("tr", "", { title: help });
  const bar = element("span", "bar");
  bar.style.setProperty("--at", `${percent}%`);
  const rank = element("td", "", { title: `${percent}% have a lower value` });
  rank.append(bar, element("span", "", {}, `${percent}%`));
  row.append(element("td", "", {}, title), element("td", "", {}, value), rank);
  return row;
}
