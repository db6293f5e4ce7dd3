/** What the commands of group geo pass on to replicas and files, and which events they name. */
import { describe, it } from 'vitest';

import { useTraces } from '../support/traces.ts';

const traces = useTraces();

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
