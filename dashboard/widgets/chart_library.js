// Plotly, once for all charts of a tab. It is loaded when first needed, or when the browser has nothing else to do.
(() => {
  const PAINT_MILLISECONDS = 500;
  const AHEAD_MILLISECONDS = 2500;
  const ADDRESS = document.currentScript?.dataset.library ?? "";
  const MARK = "studio-svg";
  const TITLE = "Download plot as SVG";
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

  // A second button beside the one for PNG, put there when the buttons of a chart come into sight: Plotly makes them
  // anew with each drawing.
  function offer({ target }) {
    const plot = target instanceof Element ? target.closest(".js-plotly-plot") : null;
    const png = plot?.querySelector(".modebar-btn");
    if (!png || plot.querySelector(`.${MARK}`)) return;
    const button = png.cloneNode(false);
    for (const name of ["data-attr", "data-val"]) button.removeAttribute(name);
    button.classList.add(MARK);
    button.dataset.title = TITLE;
    button.setAttribute("aria-label", TITLE);
    button.textContent = "SVG";
    button.addEventListener("click", () => save(plot));
    png.after(button);
  }

  // The figure as it is on screen, with its zoom, under the name of the other download.
  async function save(plot) {
    const Plotly = await library();
    const { width, height } = plot.getBoundingClientRect();
    const figure = { data: plot.data, layout: plot.layout };
    const link = document.createElement("a");
    link.href = await Plotly.toImage(figure, { format: "svg", width: Math.round(width), height: Math.round(height) });
    link.download = `${plot._context?.toImageButtonOptions?.filename ?? "chart"}.svg`;
    link.click();
  }

  window.mnistStudioLibrary = library;
  if (!ADDRESS) return;
  document.addEventListener("pointerover", offer);
  document.addEventListener("focusin", offer);
  // Ahead of the first chart, but behind all that the first page needs; without the network, the first chart tries again.
  addEventListener("load", () => setTimeout(() => library().catch(() => {}), AHEAD_MILLISECONDS));
})();
