export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".bars");
  if (!root || !data) return;
  while (root.children.length > data.names.length) root.lastChild.remove();
  while (root.children.length < data.names.length) root.appendChild(newLine());
  [...root.children].forEach((line, i) => {
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
  const line = document.createElement("div");
  line.setAttribute("role", "listitem");
  for (const name of ["name", "track", "share", "role"]) {
    const part = document.createElement("span");
    part.className = name;
    part.setAttribute("aria-hidden", "true");
    line.appendChild(part);
  }
  line.children[1].appendChild(document.createElement("span"));
  return line;
}
