import { element, keepChildren } from "../elements.js";
import { followAnswers } from "../live_answer.js";

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".bars");
  if (!root || !data) return;
  showBars(root, data);
  followAnswers(root, data.channel, (answer) => showBars(root, answer.shown));
}

function showBars(root, data) {
  keepChildren(root, data.names.length, newLine).forEach((line, i) => {
    const [name, track, share, role] = line.children;
    name.textContent = data.names[i];
    share.textContent = data.texts[i];
    role.textContent = data.roles[i];
    track.firstChild.style.width = `${100 * data.shares[i]}%`;
    track.firstChild.style.backgroundColor = data.colours[i];
    line.classList.toggle("named", data.roles[i] !== "");
    line.setAttribute("aria-label", `${data.names[i]}: ${data.texts[i]} ${data.roles[i]}`.trim());
  });
}

function newLine() {
  const line = element("div", "", { role: "listitem" });
  for (const name of ["name", "track", "share", "role"]) line.append(element("span", name, { "aria-hidden": "true" }));
  line.children[1].append(element("span"));
  return line;
}
