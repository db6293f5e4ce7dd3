/** Distances on the globe, taken as a sphere. Coordinates in degrees, distances in metres. */
import { arcSine, cosine, sine } from './geo-trigonometry.ts';

export const EARTH_RADIUS = 6_372_797.560856;
const RADIANS_PER_DEGREE = Math.PI / 180;

export function toRadians(degrees: number): number {
  return degrees * RADIANS_PER_DEGREE;
}

export function toDegrees(radians: number): number {
  return radians / RADIANS_PER_DEGREE;
}

/** The great-circle distance, by the haversine formula. */
export function distance(
  longitude1: number,
  latitude1: number,
  longitude2: number,
  latitude2: number,
): number {
  const first = toRadians(latitude1);
  const second = toRadians(latitude2);
  const u = sine((second - first) / 2);
  const v = sine((toRadians(longitude2) - toRadians(longitude1)) / 2);
  const haversine = u * u + cosine(first) * cosine(second) * v * v;
  return 2 * EARTH_RADIUS * arcSine(Math.sqrt(haversine));
}

/** The distance between two latitudes on one meridian. */
export function latitudeDistance(latitude1: number, latitude2: number): number {
  return EARTH_RADIUS * Math.abs(toRadians(latitude2) - toRadians(latitude1));
}
