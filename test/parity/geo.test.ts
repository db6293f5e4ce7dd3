/** The commands of group geo. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { SeededRandom } from '../../src/env/random.ts';
import type { Both, Command } from '../support/both.ts';
import { runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

/** Runs a body with either encoding of sorted sets. */
const bodies = (body: (both: Both) => Promise<void>) =>
  parity(async (both) => {
    for (const entries of [128, 0]) {
      await both.run('FLUSHALL');
      await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', entries);
      await body(both);
      await both.digest();
    }
  });

const lines = (text: string) => bodies((both) => runLines(both, text));

const SICILY = `
  GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
  GEOADD Sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2
`;

const UNITS = ['m', 'km', 'ft', 'mi', 'KM'];
/** Places where the grid is peculiar: its edges, its middle, near the poles. */
const PLACES: readonly (readonly [number, number])[] = [
  [0, 0],
  [180, 0],
  [-180, 0],
  [180, 85.05112878],
  [-180, -85.05112878],
  [179.9999, 10],
  [-179.9999, 10],
  [10, 85],
  [10, -85],
  [-73.9454966, 40.747533],
  [13.361389, 38.115556],
  [90, 66.5],
  [-90, -80.5],
];

describe('GEOADD', () => {
  it(
    'takes options and positions',
    lines(`
      GEOADD g 1 1 a
      GEOADD g NX 2 2 a 3 3 b
      GEOADD g XX 2 2 a 3 3 c
      GEOADD g CH 2.5 2.5 a 3 3 b 4 4 d
      GEOADD g XX CH 7 7 a 8 8 e
      GEOADD g nx ch 7 7 f 8 8 a
      GEOADD g NX XX 1 1 a
      GEOADD g NX XX 1 x a
      GEOADD g ch ch ch
      GEOADD g NX 1 1
      GEOADD g 1 1 a 2 2
      GEOADD g 1 1
      GEOADD g 181 0 a
      GEOADD g -180.0001 0 a
      GEOADD g 0 85.06 a
      GEOADD g 0 -85.0511288 a
      GEOADD g inf 0 a
      GEOADD g 0 -inf a
      GEOADD g nan 0 a
      GEOADD g x 0 a
      GEOADD g 0 x a
      GEOADD g 1e30 1 a
      GEOADD g 1 1 new 200 1 other
      GEOADD g GT 1 1 a
      GEOADD g 180 85.05112878 corner -180 -85.05112878 other 180 0 east 0 85.05112878 north
      ZRANGE g 0 -1 WITHSCORES
      SET s v
      GEOADD s 1 1 a
      GEOADD s 1000 1 a
      GEOADD s NX XX 1 1 a
      GEOADD s ch ch ch
      GEOADD
      GEOADD g
      GEOADD absent XX 1 1 a
      EXISTS absent
    `),
  );
});

describe('GEOPOS, GEOHASH and GEODIST', () => {
  it(
    'tell of members',
    lines(`
      ${SICILY}
      GEOPOS Sicily Palermo Catania absent
      GEOHASH Sicily Palermo Catania absent
      GEOPOS none a b
      GEOHASH none a b
      GEOPOS Sicily
      GEOHASH Sicily
      GEOPOS none
      GEODIST Sicily Palermo Catania
      GEODIST Sicily Palermo Catania m
      GEODIST Sicily Palermo Catania KM
      GEODIST Sicily Palermo Catania mi
      GEODIST Sicily Palermo Catania ft
      GEODIST Sicily Palermo Catania yd
      GEODIST Sicily Palermo Catania km km
      GEODIST Sicily Palermo Palermo
      GEODIST Sicily Palermo absent
      GEODIST Sicily absent Palermo
      GEODIST none a b
      GEODIST none a b yd
      GEODIST Sicily Palermo
      SET s v
      GEOPOS s a
      GEOHASH s a
      GEODIST s a b
      GEODIST s a b yd
    `),
  );

  it(
    'take any score for a position',
    bodies(async (both) => {
      const scores = [
        ...['0', '-0', '-1', '0.5', '-0.5', '1e300', '-1e300', 'inf', '-inf', '4503599627370495'],
        ...['4503599627370496', '9007199254740993', '9223372036854775807', '18446744073709551615'],
        ...[
          '18446744073709551616',
          '1.5e19',
          '-9223372036854775808',
          '-9.3e18',
          '-123456789012345',
        ],
        ...['3479099956230698', '3479447370796909.7'],
      ];
      for (const score of scores) await both.run('ZADD', 'g', score, `m${score}`);
      for (const score of scores) {
        await both.run('GEOPOS', 'g', `m${score}`);
        await both.run('GEOHASH', 'g', `m${score}`);
        await both.run('GEODIST', 'g', `m${score}`, 'm0');
        await both.run(
          'GEOSEARCH',
          'g',
          'FROMMEMBER',
          `m${score}`,
          'BYRADIUS',
          10,
          'km',
          'WITHHASH',
        );
      }
      await both.run(
        'GEOSEARCH',
        'g',
        'FROMLONLAT',
        0,
        0,
        'BYRADIUS',
        'inf',
        'km',
        'WITHHASH',
        'ASC',
      );
    }),
  );

  it(
    'have every digit right',
    bodies(async (both) => {
      const random = new SeededRandom(20);
      for (let i = 0; i < 300; i++) {
        const longitude = (random.next32() / 2 ** 31 - 1) * 180;
        const latitude = (random.next32() / 2 ** 31 - 1) * 85;
        await both.run('GEOADD', 'g', longitude, latitude, `m${i}`);
        await both.run('GEOPOS', 'g', `m${i}`);
        await both.run('GEOHASH', 'g', `m${i}`);
        await both.run('GEODIST', 'g', `m${i}`, `m${i >> 1}`, UNITS[i % 5]!);
      }
    }),
  );
});

describe('GEOSEARCH', () => {
  it(
    'finds, orders and limits',
    lines(`
      ${SICILY}
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km DESC WITHDIST
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 400 400 km DESC WITHHASH WITHCOORD WITHDIST
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 200 km
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 0 m
      GEOSEARCH Sicily FROMMEMBER Palermo BYBOX 0 0 m
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 2000 km COUNT 1
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 2000 km COUNT 3 DESC
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 2000 km COUNT 2 ANY
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 2000 km COUNT 2 ANY DESC
      GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 2000 km COUNT 100
      GEOSEARCH Sicily ASC COUNT 2 BYRADIUS 2000 km FROMMEMBER Palermo
      GEOSEARCH Sicily FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 1 km
      GEOSEARCH Sicily BYRADIUS 1 km BYRADIUS 300 mi FROMLONLAT 1 1 FROMLONLAT 15 37
      GEOSEARCH none FROMLONLAT 15 37 BYRADIUS 200 km
      GEOSEARCH none FROMMEMBER a BYRADIUS 200 km
    `),
  );

  it(
    'refuses what does not go together',
    lines(`
      ${SICILY}
      SET s v
      GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km
      GEOSEARCH s FROMLONLAT 15 37 BYRADIUS x km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200
      GEOSEARCH Sicily FROMLONLAT 15 37 FROMMEMBER Palermo BYRADIUS 200 km
      GEOSEARCH Sicily FROMMEMBER Palermo FROMLONLAT 15 37 BYRADIUS 200 km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km BYBOX 1 1 km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km BYRADIUS 200 km
      GEOSEARCH Sicily FROMLONLAT 15 37 ASC DESC WITHDIST
      geosearch Sicily BYRADIUS 200 km ASC DESC
      GeoSearch Sicily ASC DESC WITHDIST WITHHASH WITHCOORD
      GEOSEARCH none ASC DESC WITHDIST WITHHASH WITHCOORD
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 yd
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS x yd
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS -1 yd
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS nan km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS inf km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX inf inf km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX x 1 km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 x km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX -1 x km
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX -1 1 yd
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 yd
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1
      GEOSEARCH Sicily FROMLONLAT 1500 37 BYBOX 1 1 km
      GEOSEARCH Sicily FROMLONLAT x 37 BYBOX 1 1 km
      GEOSEARCH Sicily FROMLONLAT 15 BYBOX 1 1 km
      GEOSEARCH Sicily FROMMEMBER absent BYBOX 1 1 km
      GEOSEARCH Sicily BYBOX 1 1 km FROMMEMBER
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km COUNT
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km COUNT 0
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km COUNT -1
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km COUNT x
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km COUNT 9223372036854775808
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km COUNT 9223372036854775807
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km ANY
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km STORE x
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km STOREDIST
      GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 1 km NONSENSE
      GEOSEARCH Sicily FROMLONLAT 15
    `),
  );

  it(
    'visits members in the same order everywhere',
    bodies(async (both) => {
      const commands: Command[] = [];
      const random = new SeededRandom(7);
      const unit = () => random.next32() / 2 ** 31 - 1;
      for (let i = 0; i < 400; i++) {
        const [longitude, latitude] = PLACES[i % PLACES.length]!;
        const spread = 10 ** -(i % 7) * 30;
        const x = Math.max(-180, Math.min(180, longitude + unit() * spread));
        const y = Math.max(-85.05112878, Math.min(85.05112878, latitude + unit() * spread));
        commands.push(['GEOADD', 'g', x, y, `m${i}`]);
      }
      for (const [longitude, latitude] of PLACES)
        for (let radius = 1; radius < 5e7; radius *= 6.7) {
          const from = ['GEOSEARCH', 'g', 'FROMLONLAT', longitude, latitude] as const;
          commands.push([...from, 'BYRADIUS', radius, 'm', 'WITHDIST']);
          commands.push([...from, 'BYBOX', radius, radius / 3, 'm', 'WITHDIST']);
          commands.push([
            ...from,
            'BYBOX',
            radius / 5,
            radius,
            'ft',
            'WITHHASH',
            'COUNT',
            3,
            'ANY',
          ]);
          commands.push([...from, 'BYBOX', radius, radius, 'mi', 'ASC']);
          commands.push([...from, 'BYRADIUS', radius, 'km', 'DESC', 'COUNT', 5]);
        }
      await both.pipeline(commands);
    }),
  );

  it(
    'keeps members apart that are equally far',
    bodies(async (both) => {
      for (let i = 0; i < 40; i++)
        await both.run('GEOADD', 'g', 1 + (i % 4), 2, `m${(i * 7) % 40}`);
      for (let count = 1; count <= 41; count++)
        for (const order of ['ASC', 'DESC'])
          await both.run(
            ...['GEOSEARCH', 'g', 'FROMLONLAT', 2, 2, 'BYRADIUS', 900, 'km', order, 'COUNT', count],
          );
    }),
  );
});

describe('GEOSEARCHSTORE, STORE and STOREDIST', () => {
  it(
    'store what was found',
    lines(`
      ${SICILY}
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYBOX 400 400 km ASC COUNT 3
      ZRANGE d 0 -1 WITHSCORES
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYBOX 400 400 km STOREDIST
      ZRANGE d 0 -1 WITHSCORES
      GEORADIUS Sicily 15 37 200 km STORE d
      ZRANGE d 0 -1 WITHSCORES
      GEORADIUS Sicily 15 37 200 km STORE e STOREDIST d
      ZRANGE d 0 -1 WITHSCORES
      GEORADIUS Sicily 15 37 200 km STOREDIST e STORE d COUNT 1
      ZRANGE d 0 -1 WITHSCORES
      GEORADIUSBYMEMBER Sicily Palermo 200 mi STOREDIST d DESC
      ZRANGE d 0 -1 WITHSCORES
      GEORADIUSBYMEMBER Sicily Palermo 200 km STORE Sicily
      ZRANGE Sicily 0 -1 WITHSCORES
      SET d v EX 1000
      GEOSEARCHSTORE d Sicily FROMMEMBER Palermo BYRADIUS 300 km
      TTL d
      GEOSEARCHSTORE d Sicily FROMLONLAT 100 37 BYRADIUS 3 km
      EXISTS d
      GEOSEARCHSTORE d Sicily FROMLONLAT 100 37 BYRADIUS 3 km
      SET d v
      GEOSEARCHSTORE d none FROMLONLAT 100 37 BYRADIUS 3 km
      EXISTS d
      SET d v
      GEORADIUS none 15 37 200 km STORE d
      EXISTS d
      SET d v
      GEORADIUSBYMEMBER none a x y STORE d
      GEORADIUSBYMEMBER none a x y STOREDIST d
      GEOSEARCHSTORE d d FROMLONLAT 100 37 BYRADIUS 3 km
      SET d v
      GEOSEARCHSTORE d d FROMLONLAT 100 37 BYRADIUS 3 km
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYRADIUS 200 km STORE e
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYRADIUS 200 km ANY
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 STOREDIST STOREDIST
      GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST STOREDIST
      geosearchstore d Sicily STOREDIST STOREDIST STOREDIST STOREDIST STOREDIST
      GEORADIUS Sicily 15 37 200 km STORE d WITHDIST
      GEORADIUS Sicily 15 37 200 km STOREDIST d WITHCOORD
      GEORADIUS Sicily 15 37 200 km STORE
    `),
  );

  it(
    'store distances with all their digits',
    bodies(async (both) => {
      const random = new SeededRandom(5);
      const unit = () => random.next32() / 2 ** 31 - 1;
      for (let i = 0; i < 200; i++)
        await both.run('GEOADD', 'g', 13 + unit() * 5, 38 + unit() * 5, `m${i}`);
      await both.run(
        ...['GEOSEARCHSTORE', 'd', 'g', 'FROMLONLAT', 13, 38, 'BYRADIUS', 9000, 'km', 'STOREDIST'],
      );
      await both.run('ZRANGE', 'd', 0, -1, 'WITHSCORES');
    }),
  );
});

describe('GEORADIUS and its kin', () => {
  it(
    'read their arguments in the same order',
    lines(`
      ${SICILY}
      SET s v
      GEORADIUS Sicily 15 37 200 km
      GEORADIUS Sicily 15 37 200 km WITHDIST WITHCOORD WITHHASH ASC COUNT 2
      GEORADIUS_RO Sicily 15 37 200 km WITHDIST DESC
      GEORADIUSBYMEMBER Sicily Palermo 200 km ASC WITHDIST
      GEORADIUSBYMEMBER_RO Sicily Palermo 200 km COUNT 1 ANY
      GEORADIUS none 15 37 200 km
      GEORADIUS none 15 37 x km
      GEORADIUS none 1500 37 x km
      GEORADIUS Sicily 15 37 x yd
      GEORADIUS Sicily 15 37 -1 yd
      GEORADIUS Sicily 15 x -1 yd
      GEORADIUS s 15 x -1 yd
      GEORADIUS Sicily 15 37 1 yd NONSENSE
      GEORADIUS Sicily 15 37 1 km NONSENSE
      GEORADIUS Sicily 15 37 1 km BYBOX 1 1 km
      GEORADIUS Sicily 15 37 1 km FROMMEMBER Palermo
      GEORADIUS Sicily 15 37 1 km COUNT
      GEORADIUS Sicily 15 37 1 km COUNT 0
      GEORADIUS Sicily 15 37 1 km ANY
      GEORADIUS_RO Sicily 15 37 1 km STORE x
      GEORADIUS_RO Sicily 15 37 1 km STOREDIST x
      GEORADIUSBYMEMBER_RO Sicily Palermo 1 km STORE x
      GEORADIUSBYMEMBER Sicily absent 1 km
      GEORADIUSBYMEMBER Sicily absent x km
      GEORADIUSBYMEMBER Sicily Palermo x km
      GEORADIUSBYMEMBER Sicily Palermo -1 km
      GEORADIUSBYMEMBER Sicily Palermo 1 yd
      GEORADIUSBYMEMBER none absent x yd
      GEORADIUSBYMEMBER none absent x yd NONSENSE
      GEORADIUSBYMEMBER none absent x yd ANY
      GEORADIUSBYMEMBER s absent x yd
      GEORADIUS Sicily 15 37 1
      GEORADIUSBYMEMBER Sicily Palermo 1
    `),
  );
});

const member = fc.integer({ min: 0, max: 9 }).map((i) => `m${i}`);
const key = fc.constantFrom('g', 'h');
const coordinate = (limit: number) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -limit * 1000, max: limit * 1000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -limit * 1100, max: limit * 1100 }) },
  );
const position = fc
  .tuple(coordinate(180), coordinate(85))
  .map(([x, y]) => [String(x / 1000), String(y / 1000)]);
const length = fc.constantFrom('0', '1', '500', '3000', '20000.5', '-1', 'x');
const unitWord = fc.constantFrom('m', 'km', 'mi', 'ft', 'KM', 'yd');
const from = fc.oneof(
  member.map((name) => ['FROMMEMBER', name]),
  position.map((pair) => ['FROMLONLAT', ...pair]),
);
const by = fc.oneof(
  fc.tuple(length, unitWord).map((words) => ['BYRADIUS', ...words]),
  fc.tuple(length, length, unitWord).map((words) => ['BYBOX', ...words]),
);
const options = fc
  .subarray([['ASC'], ['DESC'], ['COUNT', '2'], ['ANY'], ['WITHDIST'], ['WITHHASH'], ['WITHCOORD']])
  .map((chosen) => chosen.flat());

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(key, fc.array(fc.tuple(position, member), { minLength: 1, maxLength: 3 }))
      .map(([name, pairs]) => ['GEOADD', name, ...pairs.flat(2)]),
  },
  fc
    .tuple(key, member, member, unitWord)
    .map(([name, a, b, unit]) => ['GEODIST', name, a, b, unit]),
  fc.tuple(key, from, by, options).map(([name, ...words]) => ['GEOSEARCH', name, ...words.flat()]),
  fc
    .tuple(key, key, from, by, options, fc.constantFrom([], ['STOREDIST']))
    .map(([to, name, ...words]) => ['GEOSEARCHSTORE', to, name, ...words.flat()]),
  fc
    .tuple(key, position, length, unitWord, options)
    .map(([name, ...words]) => ['GEORADIUS', name, ...words.flat()]),
  fc.tuple(key, member).map(([name, a]) => ['ZREM', name, a]),
  fc.tuple(key, member).map(([name, a]) => ['GEOPOS', name, a]),
);

describe('random sequences', () => {
  it('give the same replies', parity.random({ commands, steps: 60, runs: 25 }));
});
