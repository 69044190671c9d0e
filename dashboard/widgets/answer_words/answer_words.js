import { element } from "../elements.js";
import { followAnswers } from "../live_answer.js";

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".words");
  if (!root || !data) return;
  const show = ({ words }) => root.replaceChildren(...words.map(part));
  show(data);
  followAnswers(root, data.channel, show);
}

// Every other part is what matters.
function part(text, i) {
  return i % 2 ? element("strong", "", {}, text) : document.createTextNode(text);
}
