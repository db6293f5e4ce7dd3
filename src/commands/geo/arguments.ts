/** Positions, distances and units in requests. */
import { parseDouble } from '../../bytes/double.ts';
import { formatFixed } from '../../bytes/format-double.ts';
import type { Arguments } from '../../command/arguments.ts';
import { NOT_A_FLOAT, UNSUPPORTED_UNIT } from '../../resp/errors.ts';
import { isOnGrid, type GeoPoint } from '../../values/geo-hash.ts';

const UNITS: readonly (readonly [name: string, metres: number])[] = [
  ['m', 1],
  ['km', 1000],
  ['ft', 0.3048],
  ['mi', 1609.34],
];

/** Reads a number; notes the error when the argument is none. */
export function readNumber(args: Arguments, index: number, error: string): number {
  const value = parseDouble(args.bytes, args.start(index), args.end(index));
  if (value !== undefined) return value;
  args.fail(error);
  return 0;
}

/** Reads longitude and latitude, in this order, into `point`. */
export function readPosition(args: Arguments, index: number, point: GeoPoint): void {
  const longitude = readNumber(args, index, NOT_A_FLOAT);
  const latitude = readNumber(args, index + 1, NOT_A_FLOAT);
  if (!isOnGrid(longitude, latitude)) {
    const pair = `${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`;
    args.fail(`ERR invalid longitude,latitude pair ${pair}`);
  }
  point.longitude = longitude;
  point.latitude = latitude;
}

/** Reads a unit of length; returns how many metres it has. */
export function readUnit(args: Arguments, index: number): number {
  for (const [name, metres] of UNITS) if (args.is(index, name)) return metres;
  args.fail(UNSUPPORTED_UNIT);
  return 1;
}
