// Decides how outlines of countries are put on paper: the region and the world, from Natural Earth (public domain).
// Writes JSON: by area the size of the paper and, for each country by its number (UN M49), its path and its middle.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoConicEqualArea, geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";

const require = createRequire(import.meta.url);
const WIDTH = 1040;
const ANTARCTICA = "010";

function outlines(name, projection, height) {
  const topology = require(`world-atlas/countries-${name}.json`);
  const path = geoPath(projection.clipExtent([[0, 0], [WIDTH, height]])).digits(0);
  const countries = {};
  for (const each of feature(topology, topology.objects.countries).features) {
    const drawn = each.id !== ANTARCTICA && path(each);
    // A few parts of the world have no number, or that of the country that they belong to.
    const number = each.id ?? "";
    if (drawn) countries[number] = { path: (countries[number]?.path ?? "") + drawn, middle: countries[number]?.middle ?? middle(path, each) };
  }
  return { size: [WIDTH, height], countries };
}

// The middle of the largest part: islands far away do not draw a name into the sea.
function middle(path, { geometry }) {
  const parts = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
  const polygons = parts.map((coordinates) => ({ type: "Polygon", coordinates }));
  const largest = polygons.reduce((one, other) => (path.area(other) > path.area(one) ? other : one));
  return path.centroid(largest).map(Math.round);
}

const region = geoConicEqualArea().parallels([25, 55]).rotate([-62, 0]).center([0, 40]).scale(1000).translate([WIDTH / 2, 300]);
const world = geoEqualEarth().rotate([-11, 0]).fitWidth(WIDTH, { type: "Sphere" });
writeFileSync(process.argv[2], JSON.stringify({ region: outlines("50m", region, 570), world: outlines("110m", world, 450) }));
