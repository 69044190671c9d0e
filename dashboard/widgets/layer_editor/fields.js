import { element } from "../elements.js";
import { stepped } from "./edits.js";

const TEXT = { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", maxlength: "40" };

// An input for a setting of a layer; `take` is called on each change, `leave` when it loses focus.
export function newInput(field, text, { take, leave }) {
  const input = field.kind === "choice" ? newSelect(field) : element("input", "", TEXT);
  input.value = text;
  input.dataset.field = field.name;
  input.setAttribute("aria-description", field.help);
  input.addEventListener("input", take);
  input.addEventListener("blur", leave);
  if (field.kind !== "choice") takeKeys(input, field, take);
  return input;
}

function newSelect(field) {
  const select = document.createElement("select");
  for (const [choice, name] of Object.entries(field.choices)) select.append(new Option(name, choice));
  return select;
}

function takeKeys(input, field, take) {
  input.addEventListener("focus", () => input.select());
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") {
      input.blur();
      return;
    }
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    input.value = stepped(input.value, field, direction * (event.shiftKey ? 10 : 1));
    take();
  });
}

// Shows the answer of the server for an input. While it has the focus, a problem is shown below and the typed text
// stays; after that, the input goes back to the last accepted text, and the problem stays until another one is accepted,
// which may be when the input has lost the focus. `layer` is what is sent to the server.
export function judge(input, { row, layer, name, sentence, accepted, isFocused }) {
  input.accepted = accepted;
  if (sentence) {
    input.setAttribute("aria-invalid", "true");
    row.complaint.textContent = sentence;
    Object.assign(row.complaint.dataset, { field: name, accepted });
    if (!isFocused) revert(input, layer, name);
    return;
  }
  input.removeAttribute("aria-invalid");
  const complaint = row.complaint.dataset;
  if (complaint.field === name && (isFocused || complaint.accepted !== String(accepted))) {
    row.complaint.textContent = "";
    delete complaint.field;
  }
  if (!isFocused && accepted !== null && input.tagName === "INPUT" && input.value !== accepted) {
    input.value = accepted;
    layer.fields[name] = accepted;
  }
}

export function revert(input, layer, name) {
  if (input.accepted === null || input.accepted === undefined) return;
  input.value = input.accepted;
  layer.fields[name] = input.accepted;
  input.removeAttribute("aria-invalid");
}
