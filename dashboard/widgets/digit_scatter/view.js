// `overhang` is how far from the axes what is drawn there may reach.
const WITHOUT_AXES = { left: 12, right: 12, top: 12, bottom: 12, overhang: 12 };
const WITH_AXES = { left: 52, right: 12, top: 12, bottom: 40, overhang: 8 };
export const MAX_SCALE = 40;

// The visible part of the plot: converts the values of a point to a place on screen, and back.
export class View {
  constructor() {
    this.width = 0; // of the sheet, in CSS pixels
    this.height = 0;
    this.margin = WITHOUT_AXES;
    this.extent = { low: [0, 0], span: [1, 1] };
    this.reset();
  }

  reset() {
    this.scale = 1;
    this.at = [0, 0]; // the middle, in units of the whole plot
  }

  makeRoom(hasAxes) {
    this.margin = hasAxes ? WITH_AXES : WITHOUT_AXES;
  }

  toScreen(x, y) {
    const { low, span } = this.extent;
    return [
      this.middle(0) + ((x - low[0]) / span[0] - 0.5 - this.at[0]) * this.size(0),
      this.middle(1) - ((y - low[1]) / span[1] - 0.5 - this.at[1]) * this.size(1),
    ];
  }

  // Place on the plot if all of it were in sight; distances grow with the scale.
  toSheet(x, y) {
    const { low, span } = this.extent;
    return [((x - low[0]) / span[0]) * this.inner(0), ((y - low[1]) / span[1]) * this.inner(1)];
  }

  toValue(axis, pixel) {
    const { low, span } = this.extent;
    const share = ((pixel - this.middle(axis)) / this.size(axis)) * (axis ? -1 : 1);
    return low[axis] + (share + 0.5 + this.at[axis]) * span[axis];
  }

  // Length of an axis on screen, and its length if all of the plot were drawn at this scale.
  inner(axis) {
    const { left, right, top, bottom } = this.margin;
    return axis ? this.height - top - bottom : this.width - left - right;
  }

  size(axis) {
    return Math.max(1, this.inner(axis)) * this.scale;
  }

  middle(axis) {
    return (axis ? this.margin.top : this.margin.left) + this.inner(axis) / 2;
  }

  // What is at `place` on screen stays there; 0 resets the view.
  zoomBy(factor, place = [this.middle(0), this.middle(1)]) {
    if (factor === 0) return this.reset();
    const scale = Math.min(MAX_SCALE, Math.max(1, this.scale * factor));
    const change = 1 / this.scale - 1 / scale;
    this.at[0] += ((place[0] - this.middle(0)) / Math.max(1, this.inner(0))) * change;
    this.at[1] -= ((place[1] - this.middle(1)) / Math.max(1, this.inner(1))) * change;
    this.scale = scale;
  }

  // By shares of the visible part.
  pan(x, y) {
    this.at[0] += x / this.scale;
    this.at[1] += y / this.scale;
  }

  // What is drawn from now on is cut off a little beyond the axes.
  clip(context) {
    const { left, top, overhang } = this.margin;
    context.beginPath();
    context.rect(left - overhang, top - overhang, this.inner(0) + 2 * overhang, this.inner(1) + 2 * overhang);
    context.clip();
  }

  has([x, y]) {
    return x > -20 && x < this.width + 20 && y > -20 && y < this.height + 20;
  }
}
