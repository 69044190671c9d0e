import { ticks } from "./geometry.js";

// Points are drawn between the axes: faint ones below selected ones, and in each group the few crosses on top.
export function drawPoints(context, view, { count, placeOf, styleOf, isFaint, font }) {
  context.save();
  view.clip(context);
  context.font = `600 ${Math.round(Math.min(22, 10 + 2 * Math.sqrt(view.scale)))}px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const radius = Math.min(6, 1.8 + Math.sqrt(view.scale));
  const layers = [[], [], [], []];
  for (let i = 0; i < count; i++) layers[(isFaint(i) ? 0 : 2) + (styleOf(i).glyph === "cross" ? 1 : 0)].push(i);
  for (const [number, layer] of layers.entries()) {
    context.globalAlpha = number < 2 ? 0.12 : 0.85;
    for (const i of layer) {
      const place = placeOf(i);
      if (view.has(place)) drawGlyph(context, styleOf(i), place, radius);
    }
  }
  context.restore();
}

function drawGlyph(context, { glyph, colour }, [x, y], radius) {
  context.fillStyle = colour;
  context.strokeStyle = colour;
  if (glyph === "dot") {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  } else if (glyph === "cross") {
    const arm = radius + 1;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
    context.stroke();
  } else context.fillText(glyph, x, y);
}

export function drawAxes(context, view, { x, y, ink, font }) {
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.font = `12px ${font}`;
  context.lineWidth = 1;
  drawHorizontalAxis(context, view, x);
  drawVerticalAxis(context, view, y);
}

function drawHorizontalAxis(context, view, title) {
  const { left, top } = view.margin;
  const bottom = top + view.inner(1);
  context.textAlign = "center";
  context.textBaseline = "top";
  const ends = [view.toValue(0, left), view.toValue(0, left + view.inner(0))];
  for (const { at, text } of ticks(...ends)) {
    const x = view.middle(0) + ((at - ends[0]) / (ends[1] - ends[0]) - 0.5) * view.inner(0);
    drawGridLine(context, [x, top], [x, bottom]);
    context.fillText(text, x, bottom + 6);
  }
  context.fillText(title, view.middle(0), bottom + 22);
}

function drawVerticalAxis(context, view, title) {
  const { left, top } = view.margin;
  context.textAlign = "right";
  context.textBaseline = "middle";
  const ends = [view.toValue(1, top + view.inner(1)), view.toValue(1, top)];
  for (const { at, text } of ticks(...ends)) {
    const y = view.middle(1) - ((at - ends[0]) / (ends[1] - ends[0]) - 0.5) * view.inner(1);
    drawGridLine(context, [left, y], [left + view.inner(0), y]);
    context.fillText(text, left - 6, y);
  }
  context.save();
  context.translate(12, view.middle(1));
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(title, 0, 0);
  context.restore();
}

function drawGridLine(context, from, to) {
  context.globalAlpha = 0.12;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
  context.globalAlpha = 1;
}

// The line beside it, in the colour of the page, sets it off from the black of a digit.
export function drawRing(context, [x, y], { ink, ground }) {
  context.beginPath();
  context.arc(x, y, 10, 0, 2 * Math.PI);
  outline(context, ink, ground);
}

// The same around a digit of this width.
export function drawFrame(context, [x, y], width, { ink, ground }) {
  context.beginPath();
  context.rect(x - width / 2 - 1, y - width / 2 - 1, width + 2, width + 2);
  outline(context, ink, ground);
}

function outline(context, ink, ground) {
  for (const [colour, width] of [
    [ground, 5],
    [ink, 2],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

export function drawLoop(context, loop, ink) {
  context.strokeStyle = ink;
  context.fillStyle = ink;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  for (const [x, y] of loop) context.lineTo(x, y);
  context.closePath();
  context.stroke();
  context.globalAlpha = 0.07;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([]);
}
