// The links of one person, drawn by Cytoscape.js from the data given; every label is drawn as text on a canvas.
import cytoscape from "./cytoscape.esm.min.js";

const SHEET = "__________cytoscape_stylesheet";
const CALM = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Cytoscape would write a style element of its own, which the board's policy refuses; an empty one keeps it from that.
function keepItsSheetOut() {
  if (!document.getElementById(SHEET)) {
    const sheet = document.createElement("style");
    sheet.id = SHEET;
    document.head.append(sheet);
  }
}

function colours() {
  const of = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return { text: of("text"), ground: of("ground"), quiet: of("quiet"), link: of("link"), panel: of("panel"), focus: of("focus") };
}

function look(tone) {
  const node = {
    label: "data(label)", color: tone.text, "font-size": 13, "text-wrap": "wrap", "text-max-width": 120,
    "text-valign": "bottom", "text-margin-y": 5, "text-background-color": tone.ground, "text-background-opacity": 0.85,
    "text-background-padding": 2, width: 26, height: 26, "background-color": tone.ground, "border-width": 3,
    "border-color": tone.link,
  };
  return [
    { selector: "node", style: node },
    { selector: "node[kind='subject']", style: {
      shape: "round-rectangle", width: 150, height: 46, "background-color": tone.link, "font-weight": 700, color: tone.ground,
      "text-valign": "center", "text-margin-y": 0, "text-max-width": 138, "text-background-opacity": 0,
    } },
    { selector: "node[kind='other_case']", style: { shape: "round-rectangle", "border-style": "double", "border-width": 6 } },
    { selector: "node[kind='their_counterpart']", style: { width: 18, height: 18, "border-color": tone.quiet, "border-width": 2 } },
    { selector: "node.chosen", style: { "border-color": tone.text, "border-width": 6 } },
    {
      selector: "edge",
      style: {
        width: "data(width)", "line-color": "#b85c00", "target-arrow-color": "#b85c00", "target-arrow-shape": "triangle",
        "arrow-scale": 1.2, "target-distance-from-node": 5, "source-distance-from-node": 2, "curve-style": "bezier", "control-point-step-size": 44, label: "data(label)", color: tone.text, "font-size": 12,
        "text-background-color": tone.ground, "text-background-opacity": 0.9, "text-background-padding": 2,
      },
    },
    { selector: "edge[?toSubject]", style: { "line-color": tone.link, "target-arrow-color": tone.link, "line-style": "dashed" } },
    { selector: ".faint", style: { opacity: 0.25 } },
  ];
}

function layout(count) {
  return count > 40
    ? { name: "cose", animate: false, randomize: false, nodeRepulsion: 12000, idealEdgeLength: 70, padding: 24 }
    : { name: "concentric", animate: false, concentric: (node) => 3 - node.data("step"), levelWidth: () => 1, minNodeSpacing: 60, padding: 24, avoidOverlap: true, nodeDimensionsIncludeLabels: true };
}

export default function ({ data, parentElement }) {
  keepItsSheetOut();
  const root = parentElement.querySelector(".mat-links");
  const said = parentElement.querySelector(".mat-links-said");
  if (!root || root.dataset.drawn === data.drawn) return undefined;
  root.dataset.drawn = data.drawn;
  root.setAttribute("aria-label", data.about);
  const graph = cytoscape({
    container: root,
    elements: data.elements,
    style: look(colours()),
    layout: layout(data.elements.nodes.length),
    userZoomingEnabled: false,
    autoungrabify: true,
    boxSelectionEnabled: false,
    selectionType: "single",
  });
  const nodes = graph.nodes().toArray();
  const middle = nodes[0].position("y");
  // A label stands on the far side of its person, where no arrow comes in.
  nodes.slice(1).filter((node) => node.position("y") < middle - 5).forEach((node) => node.style({ "text-valign": "top", "text-margin-y": -5 }));
  let at = -1;
  const choose = (index) => {
    at = (index + nodes.length) % nodes.length;
    const node = nodes[at];
    graph.elements().addClass("faint").removeClass("chosen");
    node.closedNeighborhood().removeClass("faint");
    node.addClass("chosen");
    said.textContent = node.data("said");
  };
  const clear = () => {
    at = -1;
    graph.elements().removeClass("faint").removeClass("chosen");
    said.textContent = data.hint;
  };
  const keys = {
    ArrowRight: () => choose(at + 1), ArrowDown: () => choose(at + 1), ArrowLeft: () => choose(at - 1), ArrowUp: () => choose(at - 1),
    Home: () => choose(0), End: () => choose(nodes.length - 1), Escape: clear,
    "+": () => graph.zoom({ level: graph.zoom() * 1.2, renderedPosition: { x: root.clientWidth / 2, y: root.clientHeight / 2 } }),
    "-": () => graph.zoom({ level: graph.zoom() / 1.2, renderedPosition: { x: root.clientWidth / 2, y: root.clientHeight / 2 } }),
    0: () => graph.fit(undefined, 24),
  };
  const pressed = (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  };
  root.addEventListener("keydown", pressed);
  graph.on("tap", "node", (event) => choose(nodes.indexOf(event.target)));
  graph.on("tap", (event) => event.target === graph && clear());
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => graph.style(look(colours()));
  scheme.addEventListener("change", recolour);
  const sized = new ResizeObserver(() => { graph.resize(); graph.fit(undefined, 24); });
  sized.observe(root);
  clear();
  root.dataset.ready = CALM() ? "calm" : "yes";
  return () => {
    sized.disconnect();
    scheme.removeEventListener("change", recolour);
    root.removeEventListener("keydown", pressed);
    graph.destroy();
    delete root.dataset.drawn;
  };
}
