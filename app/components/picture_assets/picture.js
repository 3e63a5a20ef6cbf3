// A picture drawn by the board as SVG text: only forms, text and their places are taken from it, nothing that acts.
const FORMS = new Set(["svg", "g", "rect", "line", "circle", "polygon", "text", "title"]);
const SAID = new Set(["class", "viewBox", "role", "aria-label", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "width", "height", "points", "text-anchor", "preserveAspectRatio"]);

function copy(from) {
  const to = document.createElementNS("http://www.w3.org/2000/svg", from.localName);
  for (const { name, value } of from.attributes) if (SAID.has(name)) to.setAttribute(name, value);
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE && FORMS.has(child.localName)) to.append(copy(child));
  }
  return to;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".mat-picture");
  if (!root) return undefined;
  root.setAttribute("aria-label", data.called);
  const drawn = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
  root.replaceChildren(...(drawn.localName === "svg" ? [copy(drawn)] : []));
  // Where the picture is wider than its place, the newest stands in view: time runs to the right.
  if (drawn.classList.contains("mat-timeline")) root.scrollLeft = root.scrollWidth;
  return undefined;
}
