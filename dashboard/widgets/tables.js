// The button below a table that downloads what stands in it as CSV.
import { element } from "./elements.js";

const TITLE = "Download as CSV";
const STYLE =
  "display: block; position: sticky; left: 0; width: auto; height: auto; margin: 2px 0 0; padding: 2px 6px; " +
  "border: 0; border-radius: 5px; background: none; color: inherit; font: inherit; font-size: 12px; opacity: 0.65; " +
  "cursor: pointer;";
const RUNS_AS_FORMULA = /^[=+\-@\t\r]/;
const ISOLATES = /[\u2068\u2069]/g; // around names that are read from right to left, for the screen alone
const NUMBER = /^[+-]?[\d.,]+%?$/;

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
    save(csvOf(textsOf(table)), `${name}.csv`);
  };
}

// Rows of texts as a CSV file. A text that a spreadsheet would run as a formula begins with an apostrophe.
export function csvOf(rows) {
  return rows.map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

function quoted(shown) {
  const text = shown.replaceAll(ISOLATES, "");
  const safe = RUNS_AS_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

// Cells of inputs and links are left out, with the headings above them.
function textsOf(table) {
  return [...table.rows].map((row) =>
    [...row.cells].filter((cell) => !cell.querySelector("input, a")).map((cell) => cell.textContent.trim()),
  );
}

function save(text, file) {
  const link = element("a", "", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href)); // once the download has begun
}
