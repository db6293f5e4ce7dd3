/** The whole corpus of Lua scripts, replies and errors as clients see them. */
import { describe, it } from 'vitest';

import type { Comparison } from '../support/comparison.ts';
import { showReply, type RespValue } from '../support/resp-value.ts';
import { useParity } from '../support/parity.ts';
import { LUA_CORPUS } from './lua-corpus.ts';

const parity = useParity();
const CASES = 100;

/** Addresses of tables and functions differ from run to run. */
const exceptAddresses: Comparison = (expected, actual) => text(expected) === text(actual);

function text(reply: RespValue): string {
  return showReply(reply).replaceAll(/0x[0-9a-f]{6,}/g, 'ADDRESS');
}

describe('scripts of the corpus', () => {
  for (let from = 0; from < LUA_CORPUS.length; from += CASES) {
    it(
      `${from} to ${Math.min(from + CASES, LUA_CORPUS.length) - 1}`,
      parity(async (both) => {
        for (const script of LUA_CORPUS.slice(from, from + CASES))
          await both.runWith(exceptAddresses, 'EVAL', script, 0);
      }),
    );
  }
});
