// Plotly, once for all charts of a tab. It is loaded when first needed, or when the browser has nothing else to do.
import { offerDownloads } from "./chart_downloads.js";

const PAINT_MILLISECONDS = 500;
const AHEAD_MILLISECONDS = 2500;
const ADDRESS = document.currentScript?.dataset.library ?? "";
let loading;

// After the text of the page is painted.
function library() {
  loading ??= painted()
    .then(load)
    .catch((error) => {
      loading = undefined; // try again with the next drawing
      throw error;
    });
  return loading;
}

function load() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = ADDRESS;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The chart library could not be loaded."));
    document.head.appendChild(script);
  });
}

function painted() {
  return new Promise((resolve) => {
    if (window.requestIdleCallback) requestIdleCallback(resolve, { timeout: PAINT_MILLISECONDS });
    else setTimeout(resolve, PAINT_MILLISECONDS); // Safari
  });
}

window.mnistStudioLibrary = library;
if (ADDRESS) {
  offerDownloads(library);
  // Ahead of the first chart, but behind all that the first page needs; without the network, the first chart tries again.
  addEventListener("load", () => setTimeout(() => library().catch(() => {}), AHEAD_MILLISECONDS));
}
