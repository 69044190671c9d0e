const SIDE = 28; // pixels of a digit
const STEP = 29; // with the black line between two in the sheet
const GAP = 6; // between digits and above the first, as in the style sheet

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".digits");
  if (!root || !data) return;

  const scale = data.cell / SIDE;
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--cell", `${data.cell}px`);
  root.style.setProperty("--sheet", `url(${data.sheet})`);
  root.style.setProperty("--sheet-size", `${data.sheetColumns * STEP * scale}px`);
  // Square pixels where they come out even, else smooth: uneven ones make strokes look torn.
  root.style.setProperty("--rendering", Number.isInteger(scale) ? "pixelated" : "auto");
  root.style.maxWidth = data.columns ? `${data.columns * (data.cell + GAP) + GAP}px` : "none";
  root.style.maxHeight = data.rows ? `${data.rows * (data.cell + GAP) + GAP / 2}px` : "none";

  while (root.children.length > data.count) root.lastChild.remove();
  while (root.children.length < data.count) root.appendChild(newButton());
  const buttons = [...root.children];
  const tabbed = data.selected ?? Math.max(0, buttons.indexOf(parentElement.activeElement));
  buttons.forEach((button, i) => draw(button, i, data, scale, i === tabbed));

  const pick = (button) => {
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    setTriggerValue("picked", buttons.indexOf(button));
  };
  root.onclick = (event) => {
    const button = event.target.closest("button");
    if (button) {
      giveTabStop(buttons, button);
      pick(button);
    }
  };
  root.onkeydown = (event) => {
    const seen = buttons.filter((button) => button.offsetTop < root.offsetTop + root.clientHeight);
    const here = seen.indexOf(event.target.closest("button"));
    const next = here < 0 ? undefined : seen[destination(event.key, here, seen)];
    if (!next) return;
    event.preventDefault(); // else the page scrolls
    giveTabStop(buttons, next);
    next.focus();
  };
}

function newButton() {
  const button = document.createElement("button");
  button.type = "button";
  for (const name of ["ink", "caption"]) {
    const part = document.createElement("span");
    part.className = name;
    button.appendChild(part);
  }
  return button;
}

function draw(button, i, data, scale, isTabStop) {
  const [ink, caption] = button.children;
  const column = i % data.sheetColumns;
  const row = Math.floor(i / data.sheetColumns);
  ink.style.backgroundPosition = `${-column * STEP * scale}px ${-row * STEP * scale}px`;
  caption.textContent = data.captions ? data.captions[i] : "";
  const isWrong = Boolean(data.marks && data.marks[i]);
  button.className = isWrong ? "wrong" : "";
  button.title = data.names[i];
  button.dataset.id = data.ids ? data.ids[i] : i;
  button.setAttribute("aria-label", data.names[i] + (isWrong ? ", wrong" : ""));
  button.setAttribute("aria-pressed", String(i === data.selected));
  button.tabIndex = isTabStop ? 0 : -1; // one stop for Tab, arrow keys within
}

function giveTabStop(buttons, chosen) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}

function destination(key, here, buttons) {
  const secondRow = buttons.findIndex((button) => button.offsetTop > buttons[0].offsetTop);
  const perRow = secondRow < 0 ? buttons.length : secondRow; // as the browser wrapped them
  switch (key) {
    case "ArrowLeft": return here - 1;
    case "ArrowRight": return here + 1;
    case "ArrowUp": return here - perRow;
    case "ArrowDown": return here + perRow;
    case "Home": return 0;
    case "End": return buttons.length - 1;
    default: return -1;
  }
}
