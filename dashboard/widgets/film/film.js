import { element, keepChildren } from "../elements.js";
import { signedPalette } from "../palette.js";
import { int8sOf, paint, signed } from "../pixels.js";
import { frameAfterKey, play } from "./playing.js";

const FULL = 127; // how the limit of a row is written
const REST = 500; // milliseconds without a move after which the page is told where the film stands

const films = new WeakMap(); // what stays from one rerun to the next, by the element of the film

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".film");
  if (!root || !data) return;
  const film = films.get(root) ?? { frame: 0, identity: "", stop: null, rest: 0 };
  films.set(root, film);
  if (film.identity !== data.identity) {
    pause(root, film);
    film.identity = data.identity;
    film.frame = data.start;
  }
  film.frame = Math.min(film.frame, data.titles.length - 1);
  root.setAttribute("aria-label", data.label);
  const rows = setUp(root, data);
  const show = (frame) => {
    if (!root.isConnected) pause(root, film);
    film.frame = frame;
    draw(root, data, rows, frame);
  };
  const tell = () => {
    clearTimeout(film.rest);
    film.rest = setTimeout(() => setTriggerValue("rested", film.frame), REST);
  };
  const go = (frame) => {
    pause(root, film);
    show(frame);
    tell();
  };
  show(film.frame);
  listen(root, data, film, { show, go, tell });
  return () => {
    if (root.isConnected) return; // it is only drawn anew
    pause(root, film);
    clearTimeout(film.rest);
  };
}

function listen(root, data, film, { show, go, tell }) {
  const last = data.titles.length - 1;
  const [back, start, forth, slider] = root.querySelector(".controls").children;
  const toggle = () => {
    if (film.stop) {
      go(film.frame);
      return;
    }
    clearTimeout(film.rest);
    if (film.frame === last) show(0);
    root.classList.add("playing");
    start.setAttribute("aria-label", "Pause");
    film.stop = play(film.frame, last + 1, show, () => {
      pause(root, film);
      tell();
    });
  };
  back.onclick = () => go(Math.max(0, film.frame - 1));
  forth.onclick = () => go(Math.min(last, film.frame + 1));
  start.onclick = toggle;
  slider.oninput = () => go(Number(slider.value));
  root.onkeydown = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && event.target.tagName !== "BUTTON") {
      event.preventDefault(); // otherwise the page scrolls
      toggle();
      return;
    }
    const to = frameAfterKey(event.key, film.frame, last + 1);
    if (to === null) return;
    event.preventDefault();
    go(to);
  };
  // A click on a picture makes the keys work without another way to the slider.
  root.querySelector(".scene").onclick = () => slider.focus({ preventScroll: true });
}

function pause(root, film) {
  film.stop?.();
  film.stop = null;
  root.classList.remove("playing");
  root.querySelector(".play").setAttribute("aria-label", "Play");
}

// The parts that do not change from frame to frame; returns the rows with their numbers and canvases.
function setUp(root, data) {
  root.querySelector("input").max = data.titles.length - 1;
  root.querySelector(".answer").hidden = data.bars === null;
  if (data.bars) keepChildren(root.querySelector(".bars"), data.bars.names.length, newBar);
  const colours = signedPalette(data.palette, root);
  const parts = keepChildren(root.querySelector(".rows"), data.rows.length, newRow);
  return data.rows.map((row, i) => {
    const [title, tiles, legend] = parts[i].children;
    title.textContent = row.title;
    parts[i].style.setProperty("--cell", `${row.cell}px`);
    parts[i].classList.toggle("units", row.width === 1);
    legend.textContent = `Scale of all epochs: −${shown(row.limit)} to ${shown(row.limit)}`;
    const canvases = keepChildren(tiles, row.count, () => element("canvas"));
    canvases.forEach((canvas, place) => {
      canvas.title = row.names[place];
    });
    return { ...row, numbers: int8sOf(row.values), canvases, colours };
  });
}

function newRow() {
  const row = element("section");
  row.append(element("h4"), element("div", "tiles"), element("small"));
  return row;
}

function newBar() {
  const line = element("div", "", { role: "listitem" });
  for (const name of ["name", "track", "share"]) line.append(element("span", name));
  line.children[1].append(element("i"));
  return line;
}

function draw(root, data, rows, frame) {
  const slider = root.querySelector("input");
  slider.value = frame;
  slider.setAttribute("aria-valuetext", data.titles[frame]);
  const [title, detail] = root.querySelector(".now").children;
  title.textContent = data.titles[frame];
  detail.textContent = data.details[frame];
  for (const row of rows) drawRow(row, frame);
  if (data.bars) drawBars(root, data, frame);
}

function drawRow({ numbers, count, height, width, canvases, colours }, frame) {
  const size = height * width;
  canvases.forEach((canvas, i) => {
    const start = (frame * count + i) * size;
    paint(canvas, signed(numbers.subarray(start, start + size), FULL, colours), width, height);
  });
}

function drawBars(root, { bars, colours }, frame) {
  root.querySelector(".verdict").textContent = bars.verdicts[frame];
  const shares = bars.shares[frame];
  const predicted = shares.indexOf(Math.max(...shares));
  [...root.querySelector(".bars").children].forEach((line, label) => {
    const [name, track, share] = line.children;
    name.textContent = bars.names[label];
    share.textContent = bars.texts[frame][label];
    const right = bars.trueLabel ?? predicted; // of a drawing nobody knows the true label
    const colour = label === right ? colours.right : label === predicted ? colours.wrong : colours.other;
    track.firstChild.style.width = `${100 * shares[label]}%`;
    track.firstChild.style.backgroundColor = colour;
    line.classList.toggle("named", label === predicted);
  });
}

function shown(number) {
  return number === 0 ? "0" : String(Number(number.toPrecision(3)));
}
