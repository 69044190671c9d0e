// A list of layers [{id, kind, fields: {name: text}}] after an edit; the list that is given stays as it is.

export function withLayerAfter(layers, id, layer) {
  const at = positionOf(layers, id);
  return layers.toSpliced(at < 0 ? layers.length : at + 1, 0, layer);
}

export function withDuplicate(layers, id, newId) {
  const { kind, fields } = layers[positionOf(layers, id)];
  return withLayerAfter(layers, id, { id: newId, kind, fields: { ...fields } });
}

export function withoutLayer(layers, id) {
  return layers.filter((layer) => layer.id !== id);
}

// The layer moves to position `to`, or to the nearest one that there is.
export function withLayerAt(layers, id, to) {
  const at = positionOf(layers, id);
  const [layer] = layers.slice(at, at + 1);
  return layers.toSpliced(at, 1).toSpliced(Math.min(Math.max(to, 0), layers.length - 1), 0, layer);
}

export function positionOf(layers, id) {
  return layers.findIndex((layer) => layer.id === id);
}

// The text of a number field after `steps` steps up or down, within its allowed range; text that is no number stays.
export function stepped(text, { step, low, high }, steps) {
  const number = Number(text.trim() === "" ? low : text.replace(",", "."));
  if (Number.isNaN(number)) return text;
  const next = Math.min(Math.max(number + steps * (step ?? 1), low), high);
  return String(Number(next.toFixed(6)));
}
