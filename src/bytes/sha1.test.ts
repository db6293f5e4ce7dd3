import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha1, sha1Hex } from './sha1.ts';
import { fromLatin1 } from './text.ts';

describe('sha1', () => {
  it('gives the published vectors', () => {
    expect(sha1Hex(fromLatin1('abc'), 0, 3)).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(sha1Hex(new Uint8Array(0), 0, 0)).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
  });

  it('names scripts as the real server does', () => {
    const script = fromLatin1('return 1');
    expect(sha1Hex(script, 0, 8)).toBe('e0e1f9fabfc9d4800c877a703b823ac0578ff8db');
  });

  it('equals node:crypto at every length around the block boundaries', () => {
    const bytes = Uint8Array.from({ length: 400 }, (_, i) => Math.imul(i + 3, 2654435761) >>> 13);
    for (let length = 0; length < 260; length++) {
      const range = bytes.subarray(5, 5 + length);
      const expected = createHash('sha1').update(range).digest();
      expect(sha1Hex(bytes, 5, 5 + length)).toBe(expected.toString('hex'));
      expect([...sha1(bytes, 5, 5 + length)]).toEqual([...expected]);
    }
  });
});
