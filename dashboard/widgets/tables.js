// The button below a table that downloads what stands in it as CSV.
import { saveCsv } from "./csv.js";
import { element } from "./elements.js";

const TITLE = "Download as CSV";
const STYLE =
  "display: block; position: sticky; left: 0; width: auto; height: auto; margin: 2px 0 0; padding: 2px 6px; " +
  "border: 0; border-radius: 5px; background: none; color: inherit; font: inherit; font-size: 12px; opacity: 0.65; " +
  "cursor: pointer;";

// Shows the button after a table; the file is called like `name`, which has no ending.
export function offerCsv(table, name) {
  let button = table.nextElementSibling;
  if (!button?.matches(".csv")) {
    button = element("button", "csv", { type: "button", title: TITLE, "aria-label": TITLE }, "↓ CSV");
    button.style.cssText = STYLE;
    table.after(button);
  }
  button.onclick = (event) => {
    event.stopPropagation(); // a click on the table itself means something else
    saveCsv(textsOf(table), name);
  };
}

// Cells of inputs and links are left out, with the headings above them.
function textsOf(table) {
  return [...table.rows].map((row) =>
    [...row.cells].filter((cell) => !cell.querySelector("input, a")).map((cell) => cell.textContent.trim()),
  );
}
