const STEP = 29; // pixels from one digit of the sheet to the next
const CELL = 30; // on the page, as in the style sheet

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".pairs");
  if (!root || !data) return;
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--sheet", data.sheet ? `url(${data.sheet})` : "none");
  while (root.children.length > data.pairs.length) root.lastChild.remove();
  while (root.children.length < data.pairs.length) root.appendChild(newLine());
  const lines = [...root.children];
  lines.forEach((line, row) => draw(line, row, data));
  root.onclick = (event) => {
    const line = event.target.closest("button");
    if (!line) return;
    for (const other of lines) other.setAttribute("aria-pressed", String(other === line));
    setTriggerValue("picked", lines.indexOf(line));
  };
}

function newLine() {
  const line = document.createElement("button");
  line.type = "button";
  for (const name of ["title", "detail", "examples"]) {
    const part = document.createElement("span");
    part.className = name;
    line.appendChild(part);
  }
  return line;
}

function draw(line, row, data) {
  const [title, detail, note, count] = data.pairs[row];
  const scale = CELL / 28;
  line.children[0].textContent = title;
  line.children[1].textContent = detail;
  line.setAttribute("aria-label", note);
  line.setAttribute("aria-pressed", String(row === data.selected));
  line.title = note;
  const examples = line.children[2];
  examples.replaceChildren();
  for (let i = 0; i < count; i++) {
    const ink = examples.appendChild(document.createElement("span"));
    ink.style.backgroundSize = `${data.columns * STEP * scale}px auto`;
    ink.style.backgroundPosition = `${-i * STEP * scale}px ${-row * STEP * scale}px`;
  }
}
