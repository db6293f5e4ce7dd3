/**
 * Geohashes: a position as one integer. Longitude and latitude are each divided into 2^step equal
 * parts, and the bits of the two part numbers are interleaved, latitude in the even places. With 26
 * steps that is an integer of 52 bits, which a sorted set holds as a score; what lies together in a
 * cell of a coarser grid is then an interval of scores. (G. Niemeyer's geohash, in the layout of the
 * real server, whose grid ends where the Mercator projection does.)
 */
export const LONGITUDE_LIMIT = 180;
/** Where a square Mercator map of the world ends. */
export const LATITUDE_LIMIT = 85.05112878;
/** The finest grid. */
export const MAX_STEP = 26;

const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;
const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
/** Standard geohash text has latitudes up to the poles. */
const POLE = 90;
const TEXT_LENGTH = 11;
const BITS_PER_CHARACTER = 5;

/** A cell of the grid with 2^step parts each way. */
export interface GeoCell {
  readonly step: number;
  readonly longitude: number;
  readonly latitude: number;
}

/** A point in degrees; written by `decodeScore`. */
export interface GeoPoint {
  longitude: number;
  latitude: number;
}

/** Whether a position is on the grid. */
export function isOnGrid(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= LONGITUDE_LIMIT && Math.abs(latitude) <= LATITUDE_LIMIT;
}

/** The cell a position on the grid lies in. */
export function cellAt(longitude: number, latitude: number, step: number): GeoCell {
  return {
    step,
    longitude: partOf(longitude, LONGITUDE_LIMIT, step),
    latitude: partOf(latitude, LATITUDE_LIMIT, step),
  };
}

/** The cell so many columns east and rows north, around the edges of the map if need be. */
export function neighbourOf(cell: GeoCell, east: number, north: number): GeoCell {
  const parts = 2 ** cell.step;
  const { longitude, latitude } = cell;
  return {
    step: cell.step,
    longitude: east === 0 ? longitude : (longitude + east + parts) % parts,
    latitude: north === 0 ? latitude : (latitude + north + parts) % parts,
  };
}

/** The lower edge of a cell's part, in degrees; that of `part + 1` is its upper edge. */
export function longitudeEdge(part: number, step: number): number {
  return -LONGITUDE_LIMIT + (part / 2 ** step) * (2 * LONGITUDE_LIMIT);
}

/** The same for latitudes. */
export function latitudeEdge(part: number, step: number): number {
  return -LATITUDE_LIMIT + (part / 2 ** step) * (2 * LATITUDE_LIMIT);
}

/** The least score of the positions in a cell, or with `past` the least one beyond them. */
export function cellScore(cell: GeoCell, past: 0 | 1): number {
  return interleaved(cell.latitude, cell.longitude, past) * 2 ** (2 * (MAX_STEP - cell.step));
}

/** The score of a position. */
export function scoreAt(longitude: number, latitude: number): number {
  return cellScore(cellAt(longitude, latitude, MAX_STEP), 0);
}

/** Sets `point` to the middle of the cell that a score stands for, whatever score that is. */
export function decodeScore(score: number, point: GeoPoint): void {
  const bits = asMachineInteger(score);
  // The two halves of its 64 bits, also of a negative one.
  const floor = Math.floor(bits / TWO_32);
  const high = floor >>> 0;
  const low = bits - floor * TWO_32;
  const latitude = evenBits(low) + evenBits(high) * 2 ** 16;
  const longitude = evenBits(low >>> 1) + evenBits(high >>> 1) * 2 ** 16;
  const west = longitudeEdge(longitude, MAX_STEP);
  const south = latitudeEdge(latitude, MAX_STEP);
  const east = longitudeEdge(longitude + 1, MAX_STEP);
  const north = latitudeEdge(latitude + 1, MAX_STEP);
  point.longitude = within((west + east) / 2, LONGITUDE_LIMIT);
  point.latitude = within((south + north) / 2, LATITUDE_LIMIT);
}

/** Standard geohash text of a position, 11 characters; the last one has no bits left and is 0. */
export function geohashText(point: Readonly<GeoPoint>): string {
  const latitude = partOf(point.latitude, POLE, MAX_STEP);
  const longitude = partOf(point.longitude, LONGITUDE_LIMIT, MAX_STEP);
  const bits = BigInt(interleaved(latitude, longitude, 0));
  let text = '';
  for (let i = 1; i < TEXT_LENGTH; i++) {
    const shift = BigInt(2 * MAX_STEP - i * BITS_PER_CHARACTER);
    text += ALPHABET[Number((bits >> shift) & 31n)]!;
  }
  return `${text}0`;
}

function partOf(degrees: number, limit: number, step: number): number {
  return Math.trunc(((degrees + limit) / (2 * limit)) * 2 ** step);
}

function within(degrees: number, limit: number): number {
  if (degrees > limit) return limit;
  return degrees < -limit ? -limit : degrees;
}

/** The bits of two 32-bit numbers in turn, `even` in the even places, plus `past`; rounded once. */
function interleaved(even: number, odd: number, past: 0 | 1): number {
  const low = (spread(even) | (spread(odd) << 1)) >>> 0;
  const high = (spread(even >>> 16) | (spread(odd >>> 16) << 1)) >>> 0;
  return high * TWO_32 + (low + past);
}

/** Puts the low 16 bits in the even places. */
function spread(value: number): number {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** The 16 bits in the even places of a 32-bit number. */
function evenBits(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}

/**
 * A score as the integer of 64 bits that the real server's machine makes of it. Scores that no GEOADD
 * made may be negative, fractions or infinite; what it does with those is odd but always the same.
 */
function asMachineInteger(score: number): number {
  if (score >= 2 * TWO_63) return 0;
  return score <= -TWO_63 ? -TWO_63 : Math.trunc(score);
}
