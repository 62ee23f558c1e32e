// The map as an island: everything it says comes from the data-* attributes of #map, all it loads from this server.
// Without WebGL 2, or when anything fails, the sentence inside #map stays, and the list on the page says the same.

const INK = "#171a2b";
const FONT = ["Fira Sans", "sans-serif"];
const BOLD = ["Fira Sans Bold", "Fira Sans", "sans-serif"];

// As in map.css: no two runs differ by colour alone.
const LINES = [
  { color: "#1a3da5", dash: [1] },
  { color: "#a34000", dash: [3, 1] },
  { color: "#00685e", dash: [1, 1] },
  { color: "#8b1a6b", dash: [4, 1, 1, 1] },
  { color: "#4d4d00", dash: [6, 2] },
  { color: "#b3001b", dash: [2, 2] },
];

const AREA_COLORS = {
  water: "#aad3ea",
  wood: "#cfe3c4",
  wetland: "#d5e6dd",
  scrub: "#dbe8cd",
  heath: "#e3e8cf",
  meadow: "#e6f0d8",
  park: "#d8ebcb",
  orchard: "#dfeccb",
  farmland: "#f7f4e8",
  residential: "#e9e4df",
  industrial: "#e6e1e8",
  commercial: "#ece2e2",
  farmyard: "#ede5d8",
  cemetery: "#d9e4d2",
  allotments: "#e0ead6",
  quarry: "#dfdcd6",
  school: "#efe8d6",
  hospital: "#f3dfdf",
};

const byClass = (values, otherwise) => ["match", ["get", "cls"], ...Object.entries(values).flat(), otherwise];

const width = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];

const MAJOR = ["motorway", "trunk", "primary"];
const MIDDLE = ["secondary", "tertiary"];
const SMALL = ["unclassified", "residential", "living_street", "pedestrian", "service", "road"];
const WAYS = ["track", "path", "footway", "cycleway"];

const road = (id, classes, paint, more = {}) => ({
  id,
  type: "line",
  source: "basemap",
  "source-layer": "road",
  filter: ["in", ["get", "cls"], ["literal", classes]],
  layout: { "line-cap": "round", "line-join": "round" },
  paint,
  ...more,
});

const basemapLayers = () => [
  { id: "ground", type: "background", paint: { "background-color": "#f6f5f0" } },
  { id: "area", type: "fill", source: "basemap", "source-layer": "area", paint: { "fill-color": byClass(AREA_COLORS, "#efede6") } },
  { id: "waterway", type: "line", source: "basemap", "source-layer": "waterway", paint: { "line-color": "#94c4e0", "line-width": width(8, 0.6, 14, ["match", ["get", "cls"], ["river", "canal"], 3, 1.2]) } },
  { id: "building", type: "fill", source: "basemap", "source-layer": "building", minzoom: 13, paint: { "fill-color": "#d8cfc6", "fill-outline-color": "#bfb4a8" } },
  road("ways", WAYS, { "line-color": "#b9ac95", "line-width": width(12, 0.5, 16, 1.6), "line-dasharray": [3, 2] }, { minzoom: 12.5 }),
  road("small-edge", SMALL, { "line-color": "#c9c4ba", "line-width": width(11, 0.8, 16, 9) }, { minzoom: 11 }),
  road("middle-edge", MIDDLE, { "line-color": "#b8b0a2", "line-width": width(8, 0.9, 16, 13) }),
  road("major-edge", MAJOR, { "line-color": "#b98a3a", "line-width": width(6, 1.2, 16, 16) }),
  road("small", SMALL, { "line-color": "#ffffff", "line-width": width(12, 0.8, 16, 7) }, { minzoom: 12 }),
  road("middle", MIDDLE, { "line-color": "#fffdf2", "line-width": width(9, 0.8, 16, 11) }, { minzoom: 9 }),
  road("major", MAJOR, { "line-color": "#f9d99a", "line-width": width(6, 0.6, 16, 13) }),
  { id: "rail", type: "line", source: "basemap", "source-layer": "rail", paint: { "line-color": "#70707a", "line-width": width(8, 0.8, 16, 2.5) } },
  { id: "rail-ties", type: "line", source: "basemap", "source-layer": "rail", minzoom: 11, paint: { "line-color": "#70707a", "line-width": width(11, 3, 16, 8), "line-dasharray": [0.3, 3] } },
];

const labelLayers = () => [
  {
    id: "road-name",
    type: "symbol",
    source: "basemap",
    "source-layer": "road",
    minzoom: 14,
    filter: ["all", ["has", "name"], ["!", ["in", ["get", "cls"], ["literal", WAYS]]]],
    layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 },
    paint: { "text-color": "#54504a", "text-halo-color": "#fff", "text-halo-width": 1.5 },
  },
  {
    id: "place",
    type: "symbol",
    source: "basemap",
    "source-layer": "place",
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 8, byClass({ city: 16, town: 13 }, 11), 14, byClass({ city: 22, town: 19, village: 16 }, 13)],
      "symbol-sort-key": byClass({ city: 0, town: 1, village: 2, hamlet: 3 }, 4),
      "text-padding": 4,
      "text-variable-anchor": ["bottom", "top", "left", "right"], // beside the stop in its middle, not under it
      "text-radial-offset": 0.5,
      "text-justify": "auto",
    },
    paint: { "text-color": "#34302a", "text-halo-color": "#fff", "text-halo-width": 1.6 },
  },
];

const areaLayers = () => [
  { id: "zone-edge", type: "line", source: "areas", paint: { "line-color": "#5b607d", "line-width": 1.3, "line-dasharray": [2, 3], "line-opacity": 0.8 } },
];

const stopLayers = (quiet) => [
  {
    id: "stop",
    type: "circle",
    source: "stops",
    filter: ["!", ["get", "hub"]],
    paint: { "circle-radius": width(8, quiet ? 1.2 : 2, 14, quiet ? 4 : 7), "circle-color": "#fff", "circle-stroke-color": "#1a3da5", "circle-stroke-width": width(8, 1, 14, 2.5), "circle-opacity": quiet ? 0.6 : 1 },
  },
  {
    id: "hub",
    type: "circle",
    source: "stops",
    filter: ["get", "hub"],
    paint: { "circle-radius": width(8, 4, 14, 10), "circle-color": INK, "circle-stroke-color": "#fff", "circle-stroke-width": 2 },
  },
  {
    id: "stop-name",
    type: "symbol",
    source: "stops",
    minzoom: quiet ? 14 : 12.5,
    filter: ["!", ["get", "hub"]],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.7], "text-optional": true },
    paint: { "text-color": "#12307f", "text-halo-color": "#fff", "text-halo-width": 1.6 },
  },
  {
    id: "hub-name",
    type: "symbol",
    source: "stops",
    minzoom: 9,
    filter: ["get", "hub"],
    layout: { "text-field": ["get", "name"], "text-font": BOLD, "text-size": 13, "text-anchor": "top", "text-offset": [0, 0.9], "text-optional": true },
    paint: { "text-color": INK, "text-halo-color": "#fff", "text-halo-width": 1.8 },
  },
];

const runLayers = () => [
  ...LINES.flatMap(({ color, dash }, line) => {
    const filter = ["all", ["==", ["get", "kind"], "way"], ["==", ["get", "line"], line]];
    // each to the right of its way, at its own distance: runs on the same road, and there and back, lie side by side
    const offset = width(9, 1 + line, 14, 2 + 3 * line);
    const paint = { "line-color": color, "line-width": 3.5, "line-offset": offset };
    if (dash.length > 1) paint["line-dasharray"] = dash;
    return [
      { id: `run-${line}-edge`, type: "line", source: "runs", filter, layout: { "line-join": "round" }, paint: { "line-color": "#fff", "line-width": 6, "line-offset": offset } },
      { id: `run-${line}`, type: "line", source: "runs", filter, layout: { "line-join": "round" }, paint },
    ];
  }),
  {
    id: "run-name",
    type: "symbol",
    source: "runs",
    filter: ["==", ["get", "kind"], "way"],
    layout: { "symbol-placement": "line", "symbol-spacing": 350, "text-field": ["get", "run"], "text-font": BOLD, "text-size": 13 },
    paint: { "text-color": INK, "text-halo-color": "#fff", "text-halo-width": 2 },
  },
  {
    id: "visit",
    type: "circle",
    source: "runs",
    filter: ["==", ["get", "kind"], "visit"],
    paint: { "circle-radius": width(8, 4, 13, 8), "circle-color": ["match", ["get", "line"], ...LINES.flatMap(({ color }, line) => [line, color]), INK], "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 },
  },
];

function createMap(maplibre, root) {
  const { basemap, stops, areas, runs, bounds, label } = root.dataset;
  maplibre.addProtocol("pmtiles", new globalThis.pmtiles.Protocol().tile);
  const sources = {
    basemap: { type: "vector", url: `pmtiles://${location.origin}${basemap}` },
    stops: { type: "geojson", data: stops },
    areas: { type: "geojson", data: areas },
  };
  if (runs) sources.runs = { type: "geojson", data: runs };
  const layers = [...basemapLayers(), ...areaLayers(), ...labelLayers(), ...stopLayers(Boolean(runs)), ...(runs ? runLayers() : [])];
  const [west, south, east, north] = bounds.split(",").map(Number);
  const canvas = document.createElement("div");
  canvas.className = "map__canvas";
  canvas.dir = "ltr";
  root.append(canvas);
  const map = new maplibre.Map({
    container: canvas,
    style: { version: 8, sources, layers },
    bounds: [[west, south], [east, north]],
    fitBoundsOptions: { padding: 12 },
    maxBounds: [[west - 0.5, south - 0.35], [east + 0.5, north + 0.35]],
    minZoom: 6,
    maxZoom: 17,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    attributionControl: false, // sources stand below the map, where there is room for them, and are printed
    locale: {
      "Map.Title": label,
      "NavigationControl.ZoomIn": root.dataset.zoomIn,
      "NavigationControl.ZoomOut": root.dataset.zoomOut,
      "Popup.Close": root.dataset.close,
    },
  });
  // the day is another one: runs are drawn anew, the map stays where it is
  if (runs) document.addEventListener("day-changed", () => map.getSource("runs")?.setData(`${runs}?${Date.now()}`));
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), document.dir === "rtl" ? "top-left" : "top-right");
  return map;
}

function popupContent({ properties }, root) {
  const box = document.createElement("div");
  const add = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.lang = "de";
    box.append(element);
  };
  if (properties.kind === "visit") {
    add("strong", `${properties.time} ${properties.stop}`);
    add("div", properties.run);
    if (properties.boarding) add("div", `▲ ${root.dataset.boarding}: ${properties.boarding}`);
    if (properties.alighting) add("div", `▼ ${root.dataset.alighting}: ${properties.alighting}`);
  } else {
    add("strong", properties.name);
  }
  return box;
}

function addPopups(maplibre, map, root) {
  const layers = ["visit", "hub", "stop"].filter((id) => map.getLayer(id));
  map.on("click", (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers });
    if (!hit) return;
    new maplibre.Popup({ maxWidth: "18rem", className: "map__popup" })
      .setLngLat(hit.geometry.coordinates)
      .setDOMContent(popupContent(hit, root))
      .addTo(map);
  });
  for (const layer of layers) {
    map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
}

async function start(root) {
  try {
    const maplibre = await import(root.dataset.maplibre);
    const map = createMap(maplibre, root);
    map.once("load", () => addPopups(maplibre, map, root));
    map.once("idle", () => { root.dataset.state = "ready"; });
    root.dataset.state = "started";
  } catch (fault) {
    console.warn("The map cannot be shown:", fault);
    root.querySelector(".map__canvas")?.remove();
    root.dataset.state = "failed";
  }
}

const root = document.getElementById("map");
if (root) start(root);
