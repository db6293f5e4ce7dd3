/** The commands of group bitmap. */
import type { Command } from '../../command/spec.ts';
import { getbit, setbit } from './bit.ts';
import { bitfield, bitfieldRo } from './bitfield.ts';
import { bitop } from './bitop.ts';
import { bitcount, bitpos } from './range.ts';

export const bitmapCommands: readonly Command[] = [
  bitcount,
  bitfield,
  bitfieldRo,
  bitop,
  bitpos,
  getbit,
  setbit,
];
