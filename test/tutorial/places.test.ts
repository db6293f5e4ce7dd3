/** Places near by: geo search. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

const CITIES: readonly (readonly [string, number, number])[] = [
  ['Berlin', 13.405, 52.52],
  ['Potsdam', 13.0645, 52.3906],
  ['Hamburg', 9.9937, 53.5511],
  ['Leipzig', 12.3731, 51.3397],
  ['Munich', 11.582, 48.1351],
  ['Paris', 2.3522, 48.8566],
];

async function addCities(): Promise<void> {
  const words = CITIES.flatMap(([name, longitude, latitude]) => [longitude, latitude, name]);
  expect(await tutorial.redis.geoadd('cities', ...words)).toBe(CITIES.length);
}

describe('places', () => {
  it('know how far they are from one another, and where', async () => {
    const { redis } = tutorial;
    await addCities();
    const kilometres = Number(await redis.geodist('cities', 'Berlin', 'Hamburg', 'KM'));
    expect(kilometres).toBeGreaterThan(253);
    expect(kilometres).toBeLessThan(257);
    expect(await redis.geodist('cities', 'Berlin', 'Atlantis')).toBeNull();
    const [berlin, nowhere] = await redis.geopos('cities', 'Berlin', 'Atlantis');
    expect(Number(berlin![0])).toBeCloseTo(13.405, 4);
    expect(Number(berlin![1])).toBeCloseTo(52.52, 4);
    expect(nowhere).toBeNull();
    expect((await redis.geohash('cities', 'Berlin'))[0]).toMatch(/^u33d/);
  });

  it('are found around a point and around a member, the nearest first', async () => {
    const { redis } = tutorial;
    await addCities();
    expect(
      await redis.geosearch('cities', 'FROMLONLAT', 13.4, 52.5, 'BYRADIUS', 200, 'km', 'ASC'),
    ).toEqual(['Berlin', 'Potsdam', 'Leipzig']);
    const found = (await redis.geosearch(
      'cities',
      'FROMMEMBER',
      'Berlin',
      'BYRADIUS',
      600,
      'km',
      'DESC',
      'COUNT',
      2,
      'WITHDIST',
    )) as [string, string][];
    expect(found.map(([name]) => name)).toEqual(['Munich', 'Hamburg']);
    expect(Number(found[0]![1])).toBeCloseTo(504, -1);
  });

  it('are found in a box', async () => {
    const { redis } = tutorial;
    await addCities();
    const box = ['FROMLONLAT', 12, 52, 'BYBOX', 400, 200, 'km'] as const;
    const found = (await redis.geosearch('cities', ...box)) as string[];
    expect(found.toSorted()).toEqual(['Berlin', 'Leipzig', 'Potsdam']);
  });

  it('move, and go', async () => {
    const { redis } = tutorial;
    await redis.geoadd('couriers', 13.4, 52.5, 'ada', 13.5, 52.5, 'bob');
    expect(await redis.geoadd('couriers', 'XX', 'CH', 13.6, 52.5, 'ada', 1, 1, 'cy')).toBe(1);
    const near = ['FROMLONLAT', 13.5, 52.5, 'BYRADIUS', 1, 'km'] as const;
    expect(await redis.geosearch('couriers', ...near)).toEqual(['bob']);
    expect(await redis.zrem('couriers', 'bob')).toBe(1);
    expect(await redis.geosearch('couriers', ...near)).toEqual([]);
  });

  it('near by can be kept, with their distances, for what follows', async () => {
    const { redis } = tutorial;
    await addCities();
    expect(
      await redis.geosearchstore(
        'near',
        'cities',
        'FROMMEMBER',
        'Berlin',
        'BYRADIUS',
        200,
        'km',
        'STOREDIST',
      ),
    ).toBe(3);
    expect(await redis.zrange('near', 0, '-1')).toEqual(['Berlin', 'Potsdam', 'Leipzig']);
    await redis.zadd('rating', 3, 'Leipzig', 5, 'Potsdam', 4, 'Paris');
    expect(await redis.zinter(2, 'near', 'rating', 'WEIGHTS', 0, 1, 'WITHSCORES')).toEqual([
      'Leipzig',
      '3',
      'Potsdam',
      '5',
    ]);
  });

  it('are the same as by computing every distance', async () => {
    const { redis } = tutorial;
    const points = Array.from({ length: 400 }, (_, index) => ({
      name: `p${index}`,
      longitude: 10 + ((index * 37) % 100) / 50,
      latitude: 50 + ((index * 61) % 100) / 50,
    }));
    await redis.geoadd('points', ...points.flatMap((p) => [p.longitude, p.latitude, p.name]));
    const found = (await redis.geosearch(
      'points',
      'FROMLONLAT',
      11,
      51,
      'BYRADIUS',
      50,
      'km',
    )) as string[];
    const expected = points.filter((point) => distanceKm(point, 11, 51) < 50);
    expect(found.toSorted()).toEqual(expected.map(({ name }) => name).toSorted());
    expect(found.length).toBeGreaterThan(20);
  });
});

/** Great-circle distance on Redis's sphere. */
function distanceKm(
  point: { longitude: number; latitude: number },
  longitude: number,
  latitude: number,
): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const u = Math.sin(radians(latitude - point.latitude) / 2);
  const v = Math.sin(radians(longitude - point.longitude) / 2);
  const cosines = Math.cos(radians(point.latitude)) * Math.cos(radians(latitude));
  return 2 * 6372.797560856 * Math.asin(Math.sqrt(u * u + cosines * v * v));
}
