// One figure, drawn once and then only updated: zoom and hidden series stay.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const place = parentElement.querySelector(".chart-place");
  if (!place || !data) return;
  place.setAttribute("aria-label", data.alt);
  place.latest = data;
  place.send = setTriggerValue;
  setHeight(place);
  whenDue(place)
    .then(() => window.mnistStudioLibrary())
    .then((Plotly) => draw(Plotly, place, data))
    .catch((error) => {
      if (!window.Plotly) place.textContent = error.message;
    });
  return () => {
    if (place.latest === data && !place.isConnected) window.Plotly?.purge(place);
  };
}

function draw(Plotly, place, data) {
  if (place.latest !== data || !place.isConnected) return; // a newer one has arrived, or the page is gone
  const colour = getComputedStyle(place).color;
  if (place.drawn === data.figure && place.pageColour === colour) return; // drawing takes time from the training too
  if (place.pageColour !== colour) place.template = templateOf(place);
  place.drawn = data.figure;
  place.pageColour = colour;
  const figure = JSON.parse(data.figure);
  const layout = { ...figure.layout, autosize: true, template: place.template };
  if (isFull(place)) Object.assign(layout, sizeOf(place));
  const drawing = Plotly.react(place, figure.data, layout, { responsive: true, ...withFullScreen(data.config) });
  return drawing.then(() => {
    followFullScreen(Plotly, place);
    if (data.takesClicks) takeClicks(place);
  });
}

// A figure in sight is due at once, another one when it comes into sight or the browser has nothing else to do.
const IDLE_MILLISECONDS = 1000;

function whenDue(place) {
  if (place.drawn || isInSight(place)) return Promise.resolve();
  return new Promise((due) => {
    const sight = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) end();
    });
    const end = () => {
      sight.disconnect();
      due();
    };
    sight.observe(place);
    if (window.requestIdleCallback) requestIdleCallback(end, { timeout: IDLE_MILLISECONDS });
    else setTimeout(end, IDLE_MILLISECONDS); // Safari
  });
}

function isInSight(place) {
  const { top, bottom } = place.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

// A button beside that of the download, where the browser can fill the screen. The same one for all drawings: with
// another function Plotly takes the settings as changed, draws anew, and forgets what was zoomed into.
const FULL_SCREEN = {
  name: "fullScreen",
  title: "Full screen",
  icon: { width: 24, height: 24, path: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z" },
  click: (place) => (isFull(place) ? document.exitFullscreen() : place.requestFullscreen()),
};

function withFullScreen(config) {
  if (!document.fullscreenEnabled) return config;
  return { ...config, modeBarButtons: [...config.modeBarButtons, [FULL_SCREEN]] };
}

function followFullScreen(Plotly, place) {
  if (place.isFollowingFullScreen) return;
  place.isFollowingFullScreen = true;
  place.addEventListener("fullscreenchange", () => {
    setHeight(place);
    Plotly.relayout(place, sizeOf(place));
  });
}

function sizeOf(place) {
  if (isFull(place)) return { width: window.innerWidth, height: window.innerHeight };
  return { width: null, height: place.latest.height, autosize: true };
}

function isFull(place) {
  return document.fullscreenElement === place;
}

function setHeight(place) {
  place.style.height = isFull(place) ? "100vh" : `${place.latest.height}px`;
}

// Sends what the clicked point carries; over such points the pointer says that they can be clicked.
function takeClicks(place) {
  if (place.isTakingClicks) return;
  place.isTakingClicks = true;
  const point = (as) => {
    for (const layer of place.querySelectorAll(".nsewdrag")) layer.style.cursor = as;
  };
  const carried = (event) => event.points.map(({ customdata }) => customdata).find((numbers) => numbers !== undefined);
  place.on("plotly_hover", (event) => point(carried(event) === undefined ? "" : "pointer"));
  place.on("plotly_unhover", () => point(""));
  place.on("plotly_click", (event) => {
    const customdata = carried(event);
    if (customdata !== undefined) place.send("clicked", { selection: { points: [{ customdata: [...customdata] }] } });
  });
}

// Colours of text and grid as on the page, where the figure sets none.
function templateOf(place) {
  const style = getComputedStyle(place);
  const theme = (name, other) => style.getPropertyValue(`--st-${name}`).trim() || other;
  const text = theme("text-color", style.color);
  const faint = `color-mix(in srgb, ${text} 60%, transparent)`;
  const resolved = (colour) => asRgba(place, colour);
  const ground = resolved(theme("background-color", "white"));
  const axis = {
    automargin: true,
    tickfont: { size: 12, color: resolved(faint) },
    title: { font: { size: 14, color: resolved(faint) }, standoff: 16 },
    gridcolor: resolved(`color-mix(in srgb, ${text} 12%, transparent)`),
  };
  return {
    layout: {
      font: { family: theme("font", style.fontFamily), size: 12, color: resolved(text) },
      paper_bgcolor: ground, // also in a downloaded picture, where letters for a dark page would not be readable else
      plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: { ...axis, showgrid: false, zeroline: false },
      yaxis: axis,
      hoverlabel: {
        bgcolor: ground,
        bordercolor: axis.gridcolor,
        font: { color: resolved(text) },
      },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: axis.tickfont.color, activecolor: resolved(text) },
      margin: { pad: 8 },
    },
  };
}

// Plotly does not support color-mix(): let the browser compute the colour.
function asRgba(place, colour) {
  const probe = document.createElement("i");
  probe.style.color = colour;
  place.parentElement.appendChild(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  const parts = found.match(/^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)$/);
  if (!parts) return found;
  const [red, green, blue] = parts.slice(1, 4).map((part) => Math.round(255 * Number(part)));
  return `rgba(${red},${green},${blue},${parts[4] ?? 1})`;
}
