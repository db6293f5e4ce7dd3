/** What the commands of group geo pass on to replicas and files, and which events they name. */
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';

import { TracedEngine, TracedRedis } from '../support/effect-parity.ts';
import { requireInterop, toolPath } from '../support/interop.ts';
import { commandsOf } from '../support/lines.ts';

let real: TracedRedis | undefined;

beforeAll(async () => {
  if (toolPath('redis-server') !== undefined) real = await TracedRedis.start();
});
afterAll(() => real?.stop());

/** Runs the lines on both, from empty servers, and compares what each of them did. */
const traces = (lines: string) => async (context: TestContext) => {
  requireInterop(context, 'redis-server');
  const ours = new TracedEngine();
  await real!.run(['FLUSHALL']);
  for (const command of commandsOf(lines)) {
    const expected = await real!.run(command);
    const actual = ours.run(command);
    expect([command.join(' '), ...actual]).toEqual([command.join(' '), ...expected]);
  }
};

describe('effects and events', () => {
  it(
    'of positions and searches',
    traces(`
      GEOADD g 1 1 a 2 2 b
      geoadd g ch 1 1 a 2 3 b
      GEOADD g NX CH 1 1 a 4 4 c
      GEOADD g XX 1 1 none
      GEOADD g 1 1 a
      GEOADD g 1000 1 a
      GEOPOS g a none
      GEOPOS none a
      GEODIST none a b
      GEOSEARCH none FROMLONLAT 1 1 BYRADIUS 1 km
      GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1000 km
      GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1000 km STOREDIST
      GEOSEARCHSTORE d g FROMLONLAT 100 1 BYRADIUS 1 km
      GEOSEARCHSTORE d g FROMLONLAT 100 1 BYRADIUS 1 km
      GEORADIUS g 1 1 1000 km STORE d
      GEORADIUS none 1 1 1000 km STORE d
      GEORADIUS none 1 1 1000 km STORE d
      GEORADIUSBYMEMBER g a 1000 km STOREDIST d
      GEORADIUSBYMEMBER g a 1000 km STOREDIST g
      GEORADIUS g 1 1 1000 km
      set d v
      GEORADIUSBYMEMBER g absent 1000 km STORE d
      GEORADIUS g 100 1 1 km STORE d
    `),
  );
});
