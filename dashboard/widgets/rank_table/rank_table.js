import { element } from "../elements.js";
import { offerCsv } from "../tables.js";

export default function (component) {
  const { data, parentElement } = component;
  const table = parentElement.querySelector("table");
  if (!table || !data) return;
  table.tHead.rows[0].replaceChildren(...data.heads.map((text) => element("th", "", {}, text)));
  table.tBodies[0].replaceChildren(...data.rows.map(newRow));
  offerCsv(table, data.file);
}

function newRow([title, value, share, rankText, help]) {
  const row = element("tr", "", { title: help });
  const bar = element("span", "bar");
  bar.style.setProperty("--at", `${100 * share}%`);
  const rank = element("td", "", { title: `${rankText} have a lower value` });
  rank.append(bar, element("span", "", {}, rankText));
  row.append(element("td", "", {}, title), element("td", "", {}, value), rank);
  return row;
}
