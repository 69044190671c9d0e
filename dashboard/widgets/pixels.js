// Numbers sent as text, and images made of them.

export function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
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
  const rgba = new Uint8ClampedArray(4 * values.length).fill(255);
  for (let i = 0; i < values.length; i++) rgba.fill(values[i], 4 * i, 4 * i + 3);
  return rgba;
}

// Red, green and blue of each pixel, 0 to 255.
export function rgb(values) {
  const rgba = new Uint8ClampedArray((4 * values.length) / 3).fill(255);
  for (let i = 0; 3 * i < values.length; i++) {
    for (let channel = 0; channel < 3; channel++) rgba[4 * i + channel] = values[3 * i + channel];
  }
  return rgba;
}

const GREY = [127, 135, 144]; // NEUTRAL in dashboard/colours.py

// Numbers with a sign: `full` and beyond is `positive`, -full is `negative`, in between they blend with `zero`.
export function signed(values, full, [negative, zero, positive]) {
  const rgba = new Uint8ClampedArray(4 * values.length).fill(255);
  for (let i = 0; i < values.length; i++) rgba.set(colourOf(values[i]), 4 * i);
  return rgba;

  function colourOf(value) {
    if (Number.isNaN(value)) return GREY;
    const share = Math.min(1, Math.abs(value) / full);
    const end = value < 0 ? negative : positive;
    return zero.map((part, channel) => part + share * (end[channel] - part));
  }
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
