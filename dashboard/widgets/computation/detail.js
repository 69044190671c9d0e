import { kernelOf, patchOf, placeOf, productsOf, softmaxOf, sumOf, termsOf } from "./arithmetic.js";
import { drawGrid, drawTerms, newGrid } from "./grids.js";
import { largestOf, shownNumber } from "./numbers.js";

// Below the pictures: the grids of a window, and the terms of a sum.

const DETAILS = {
  convolution: weightedWindow,
  depthwise: weightedWindow,
  max_pool: pooledWindow,
  average_pool: pooledWindow,
  addition: addends,
  dense: denseTerms,
  softmax: classes,
};

export function drawDetail(view, c, at) {
  const detail = DETAILS[c.operation];
  const { grids, rows } = detail ? detail(view, c, at) : { grids: [], rows: [] };
  drawGrids(view.sums, grids, c);
  drawTerms(view.terms, rows);
}

function weightedWindow(view, c, at) {
  const patch = patchOf(c, view.source, at);
  const kernel = kernelOf(c, view.source);
  const products = productsOf(patch, kernel);
  const several = c.sources.length + c.restCount > 1;
  const grids = [
    {
      sign: "",
      values: patch,
      limit: c.inputLimit,
      caption: several ? `patch of channel ${c.sources[view.source]}` : "patch",
    },
    { sign: "×", values: kernel, limit: c.kernelLimit, caption: "kernel" },
    {
      sign: "=",
      values: products,
      limit: largestOf(products),
      caption: `products, sum ${shownNumber(sumOf(products), c.decimals)}`,
    },
  ];
  return { grids, rows: several ? channelRows(view, c, at) : [] };
}

function channelRows(view, c, at) {
  const terms = termsOf(c, at);
  const most = largestOf(terms.filter(isListed).map((term) => term.sum));
  const rows = terms.map(({ source, count, sum }) => ({
    texts: [
      source === null ? `${count.toLocaleString("en")} other channels` : `channel ${c.sources[source]}`,
      shownNumber(sum, c.decimals),
    ],
    share: source === null ? 0 : sum / (most || 1),
    isOn: source === view.source,
    position: source,
  }));
  return rows;
}

function isListed(term) {
  return term.source !== null; // and not the sum of all others
}

function pooledWindow(_view, c, at) {
  const patch = patchOf(c, 0, at);
  const isMax = c.operation === "max_pool";
  const marked = isMax ? patch.indexOf(c.before[placeOf(c, at)]) : -1;
  const caption = isMax ? "window: the largest is kept" : "window: the mean is kept";
  return { grids: [{ sign: "", values: patch, limit: c.inputLimit, caption, marked }], rows: [] };
}

function denseTerms(view, c, at) {
  const terms = termsOf(c, at);
  const most = largestOf(terms.filter(isListed).map((term) => term.sum));
  const rows = terms.map(({ source, count, sum }) => ({
    texts:
      source === null
        ? [`${count.toLocaleString("en")} other inputs`, "", shownNumber(sum, c.decimals)]
        : [
            c.sourceNames[source],
            `${shownNumber(c.inputs[source], c.decimals)} × ${shownNumber(c.kernels[source], c.decimals)}`,
            shownNumber(sum, c.decimals),
          ],
    share: source === null ? 0 : sum / (most || 1),
    isOn: source === view.source,
    position: source,
  }));
  return { grids: [], rows };
}

// The two inputs of a sum, of which one is in the picture.
function addends(view, c, at) {
  const values = c.inputNames.map((_, source) => patchOf(c, source, at)[0]);
  const most = largestOf(values);
  const rows = c.inputNames.map((name, source) => ({
    texts: [name, shownNumber(values[source], c.decimals)],
    share: values[source] / (most || 1),
    isOn: source === view.source,
    position: source,
  }));
  return { grids: [], rows };
}

function classes(view, c) {
  const { exponents, shares } = softmaxOf(c);
  const rows = exponents.map((exponent, i) => ({
    texts: [
      c.sourceNames[i],
      shownNumber(c.inputs[i], c.decimals),
      shownNumber(exponent, c.decimals),
      shownNumber(shares[i], c.decimals),
    ],
    share: shares[i],
    isOn: i === view.source,
    position: i,
  }));
  const heading = { texts: ["class", "logit", "e^(logit − largest)", "probability"], share: 0, position: null };
  return { grids: [], rows: [heading, ...rows] };
}

function drawGrids(place, grids, c) {
  while (place.children.length > grids.length) place.lastElementChild.remove();
  grids.forEach((grid, i) => {
    if (!place.children[i]) place.append(newGrid(grid.sign));
    drawGrid(place.children[i], grid.values, { ...grid, colours: c.colours, decimals: c.decimals });
    const sign = place.children[i].querySelector(".sign");
    if (sign.textContent !== grid.sign) sign.textContent = grid.sign;
  });
  place.hidden = grids.length === 0;
}
