/** The commands of group geo. */
import type { Command } from '../../command/spec.ts';
import { geoadd } from './add.ts';
import { geodist, geohash, geopos } from './read.ts';
import {
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
  geosearch,
  geosearchstore,
} from './search.ts';

export const geoCommands: readonly Command[] = [
  geoadd,
  geodist,
  geohash,
  geopos,
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
  geosearch,
  geosearchstore,
];
