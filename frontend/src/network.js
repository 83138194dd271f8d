// Decides how the network is explored: dragged, zoomed, one's own relations picked out, some relations left out.
import cytoscape from "cytoscape";

const place = document.getElementById("network");
const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const TONES = { Process: "--chair", State: "--member", Meeting: "--observer" };

function style() {
  return [
    { selector: "node", style: { label: "data(label)", "background-color": (node) => paint(TONES[node.data("kind")] ?? "--joining"), color: paint("--ink"), "font-size": 11, width: 14, height: 14, "text-wrap": "ellipsis", "text-max-width": 160, "text-outline-width": 2, "text-outline-color": paint("--card"), "min-zoomed-font-size": 7 } },
    { selector: "edge", style: { "line-color": paint("--line"), width: 1.2, "curve-style": "haystack" } },
    { selector: ".apart", style: { opacity: 0.12 } },
    { selector: "edge.near", style: { label: "data(label)", color: paint("--soft"), "font-size": 9, "line-color": paint("--mark"), "curve-style": "bezier", "target-arrow-shape": "triangle", "target-arrow-color": paint("--mark"), "text-rotation": "autorotate" } },
    { selector: ".hidden", style: { display: "none" } },
  ];
}

function show({ elements }) {
  place.hidden = false;
  // Cytoscape writes a style sheet into the page unless one is so named; the policy has none. Ours says what it would.
  document.querySelector("link[rel=stylesheet]").id = "__________cytoscape_stylesheet";
  const network = cytoscape({ container: place.querySelector(".canvas"), elements, style: style(), layout: { name: "preset" }, minZoom: 0.2, maxZoom: 4 });
  const told = place.querySelector("[role=status]");
  function pick(node) {
    network.elements().removeClass("near apart");
    if (!node?.length) return void (told.textContent = "");
    const near = node.closedNeighborhood();
    network.elements().not(near).addClass("apart");
    node.connectedEdges().addClass("near");
    const link = Object.assign(document.createElement("a"), { href: node.data("href"), textContent: node.data("label") });
    told.replaceChildren(link, `: ${node.connectedEdges(":visible").length} ${place.dataset.told}`);
  }
  network.on("tap", (event) => pick(event.target === network ? null : event.target.isNode() ? event.target : null));
  place.querySelector("select[name=who]").addEventListener("change", ({ target }) => pick(network.getElementById(target.value)));
  for (const box of place.querySelectorAll("input[type=checkbox]")) {
    box.addEventListener("change", () => {
      network.edges().filter((edge) => edge.data("relation") === box.value).toggleClass("hidden", !box.checked);
      network.nodes().forEach((node) => node.toggleClass("hidden", node.connectedEdges().not(".hidden").empty()));
    });
  }
  for (const button of place.querySelectorAll("button[data-zoom]")) {
    button.addEventListener("click", () => (button.dataset.zoom === "fit" ? network.fit(undefined, 20) : network.zoom({ level: network.zoom() * Number(button.dataset.zoom), renderedPosition: { x: network.width() / 2, y: network.height() / 2 } })));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => network.style(style()));
  network.fit(undefined, 20);
}

fetch(place.dataset.elements).then((reply) => reply.json()).then(show);
