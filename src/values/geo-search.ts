/**
 * Finding the members of a sorted set of geohashes that lie in a circle or a box.
 *
 * The grid is chosen so that a cell is about as large as the shape; the shape then lies within the
 * cell of its centre and the eight around it. Each cell is one interval of scores; members found
 * there are measured one by one. Cells are visited in a fixed order, which clients see when
 * they ask for no other: centre, N, S, E, W, NE, NW, SE, SW.
 *
 * O(log n) a cell, O(1) for each member in it.
 */
import type { Entry } from './entry.ts';
import { distance, EARTH_RADIUS, latitudeDistance, toDegrees, toRadians } from './geo-distance.ts';
import {
  cellAt,
  cellScore,
  decodeScore,
  type GeoCell,
  latitudeEdge,
  longitudeEdge,
  MAX_STEP,
  neighbourOf,
} from './geo-hash.ts';
import type { ScoreRange } from './score-range.ts';
import type { SortedSets } from './sorted-set.ts';

/** Half the equator on a Mercator map, metres. */
const MERCATOR_HALF = 20_037_726.37;

/** What is searched: a circle, or a box whose sides follow the meridians and parallels. */
export interface GeoShape {
  longitude: number;
  latitude: number;
  isBox: boolean;
  /** Of a circle, in units. */
  radius: number;
  /** Of a box, in units. */
  width: number;
  height: number;
  /** Metres in a unit. */
  unit: number;
}

/** A member in the shape. */
export interface GeoMatch {
  readonly member: Uint8Array;
  readonly score: number;
  readonly longitude: number;
  readonly latitude: number;
  /** From the centre, in metres. */
  readonly distance: number;
}

/** East and north of the centre, in the order in which cells are visited. */
const NEIGHBOURS: readonly (readonly [east: number, north: number])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
];

/**
 * The members in the shape, in the order of their cells and scores; with a `limit` above 0 no more
 * than that are looked for.
 */
export function searchShape(
  sets: SortedSets,
  entry: Entry,
  shape: Readonly<GeoShape>,
  limit: number,
): GeoMatch[] {
  const matches: GeoMatch[] = [];
  const enough = limit > 0 ? limit : Infinity;
  for (const cell of cellsAround(shape)) {
    if (matches.length >= enough) break;
    searchCell(sets, entry, shape, cell, enough, matches);
  }
  return matches;
}

function searchCell(
  sets: SortedSets,
  entry: Entry,
  shape: Readonly<GeoShape>,
  cell: GeoCell,
  enough: number,
  matches: GeoMatch[],
): void {
  const range: ScoreRange = {
    min: cellScore(cell, 0),
    max: cellScore(cell, 1),
    minExclusive: false,
    maxExclusive: true,
  };
  sets.locateScoreRange(entry, range);
  const count = sets.rangeEnd - sets.rangeStart;
  if (count === 0) return;
  const point = { longitude: 0, latitude: 0 };
  sets.forEach(entry, sets.rangeStart, count, false, (bytes, start, end, score) => {
    decodeScore(score, point);
    const { longitude, latitude } = point;
    const away = distanceWithin(shape, longitude, latitude);
    if (away < 0) return true;
    const member = bytes.slice(start, end);
    matches.push({ member, score, longitude, latitude, distance: away });
    return matches.length < enough;
  });
}

/** How far a point in the shape is from its centre, in metres; -1 when it is outside. */
function distanceWithin(shape: Readonly<GeoShape>, longitude: number, latitude: number): number {
  const { unit } = shape;
  if (!shape.isBox) {
    const away = distance(shape.longitude, shape.latitude, longitude, latitude);
    return away > shape.radius * unit ? -1 : away;
  }
  if (latitudeDistance(latitude, shape.latitude) > (shape.height * unit) / 2) return -1;
  const across = distance(longitude, latitude, shape.longitude, latitude);
  if (across > (shape.width * unit) / 2) return -1;
  return distance(shape.longitude, shape.latitude, longitude, latitude);
}

/** The cells that the shape may reach into, in order, without those that it cannot. */
function cellsAround(shape: Readonly<GeoShape>): GeoCell[] {
  const { longitude, latitude } = shape;
  const bounds = boundsOf(shape);
  let step = fittingStep(reachOf(shape), latitude);
  let centre = cellAt(longitude, latitude, step);
  if (step > 1 && !neighboursCover(centre, bounds)) {
    step--;
    centre = cellAt(longitude, latitude, step);
  }
  const reachesEast = longitudeEdge(centre.longitude + 1, step) <= bounds.east;
  const reachesWest = longitudeEdge(centre.longitude, step) >= bounds.west;
  const reachesNorth = latitudeEdge(centre.latitude + 1, step) <= bounds.north;
  const reachesSouth = latitudeEdge(centre.latitude, step) >= bounds.south;
  const cells: GeoCell[] = [];
  for (const [east, north] of NEIGHBOURS) {
    // In the coarsest grid every cell touches every other.
    const isReached =
      step < 2 ||
      ((east <= 0 || reachesEast) &&
        (east >= 0 || reachesWest) &&
        (north <= 0 || reachesNorth) &&
        (north >= 0 || reachesSouth));
    if (!isReached) continue;
    const cell = neighbourOf(centre, east, north);
    const last = cells.at(-1);
    // Around the edges of a coarse grid, neighbours on both sides are the same cell.
    const isSame =
      cells.length > 1 && last?.longitude === cell.longitude && last.latitude === cell.latitude;
    if (!isSame) cells.push(cell);
  }
  return cells;
}

interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Degrees between which the shape lies: at its widest, where the parallels are shortest. */
function boundsOf(shape: Readonly<GeoShape>): Bounds {
  const { longitude, latitude, unit } = shape;
  const up = unit * (shape.isBox ? shape.height / 2 : shape.radius);
  const across = unit * (shape.isBox ? shape.width / 2 : shape.radius);
  const latitudeDelta = toDegrees(up / EARTH_RADIUS);
  const farthest = latitude < 0 ? latitude - latitudeDelta : latitude + latitudeDelta;
  const longitudeDelta = toDegrees(across / EARTH_RADIUS / Math.cos(toRadians(farthest)));
  return {
    west: longitude - longitudeDelta,
    south: latitude - latitudeDelta,
    east: longitude + longitudeDelta,
    north: latitude + latitudeDelta,
  };
}

/** How far the shape reaches from its centre, in metres. */
function reachOf(shape: Readonly<GeoShape>): number {
  const { width, height, radius, unit } = shape;
  if (!shape.isBox) return radius * unit;
  return Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) * unit;
}

/** The finest grid in which the nine cells around a point cover a circle of this radius. */
function fittingStep(metres: number, latitude: number): number {
  if (metres === 0) return MAX_STEP;
  let step = -1;
  for (let reach = metres; reach < MERCATOR_HALF; reach *= 2) step++;
  // Towards the poles cells are narrower on the ground.
  const distanceFromEquator = Math.abs(latitude);
  if (distanceFromEquator > 66) step--;
  if (distanceFromEquator > 80) step--;
  return Math.min(Math.max(step, 1), MAX_STEP);
}

/** Whether the neighbours of the centre's cell reach as far as the bounds. */
function neighboursCover(centre: GeoCell, bounds: Bounds): boolean {
  const { step } = centre;
  const northern = neighbourOf(centre, 0, 1).latitude;
  const southern = neighbourOf(centre, 0, -1).latitude;
  const eastern = neighbourOf(centre, 1, 0).longitude;
  const western = neighbourOf(centre, -1, 0).longitude;
  return (
    latitudeEdge(northern + 1, step) >= bounds.north &&
    latitudeEdge(southern, step) <= bounds.south &&
    longitudeEdge(eastern + 1, step) >= bounds.east &&
    longitudeEdge(western, step) <= bounds.west
  );
}
