// Numbers sent as text, and images made of them.

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function base64Of(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

export function float32sOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

// Whole numbers of 8 bits.
export function int8sOf(base64) {
  return new Int8Array(bytesOf(base64).buffer);
}

// Whole numbers of 16 bits, the least byte first.
export function int16sOf(base64) {
  const bytes = bytesOf(base64);
  const view = new DataView(bytes.buffer);
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
}

// The following give red, green, blue and opacity of each pixel, as a canvas takes them.

// Brightness 0 to 255.
export function greyscale(values) {
  return rgbaOf(values.length, (i) => [values[i], values[i], values[i]]);
}

// Red, green and blue of each pixel, 0 to 255.
export function rgb(values) {
  return rgbaOf(values.length / 3, (i) => values.subarray(3 * i, 3 * i + 3));
}

const GREY = [127, 135, 144]; // NEUTRAL in dashboard/colours.py

// Numbers with a sign: `full` and beyond is `positive`, -full is `negative`, in between they blend with `zero`.
export function signed(values, full, [negative, zero, positive]) {
  return rgbaOf(values.length, (i) => {
    if (Number.isNaN(values[i])) return GREY;
    const share = Math.min(1, Math.abs(values[i]) / full);
    const end = values[i] < 0 ? negative : positive;
    return zero.map((part, channel) => part + share * (end[channel] - part));
  });
}

function rgbaOf(count, colourOf) {
  const rgba = new Uint8ClampedArray(4 * count);
  for (let i = 0; i < count; i++) {
    rgba.set(colourOf(i), 4 * i);
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

export function paint(canvas, rgba, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
}

// Where the pointer is over a picture of so many pixels, as [column, row] with fractions; outside too.
export function placeIn(picture, event, columns, rows) {
  const box = picture.getBoundingClientRect();
  return [(columns * (event.clientX - box.left)) / box.width, (rows * (event.clientY - box.top)) / box.height];
}

// The pixel under the pointer as [row, column]; null outside of the picture.
export function pixelUnder(picture, event, columns, rows) {
  const [column, row] = placeIn(picture, event, columns, rows).map(Math.floor);
  return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
}
