import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  copyBytes,
  equalsBytes,
  equalsIgnoreCase,
  fromLatin1,
  fromUtf8,
  latin1,
} from './text.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('latin1', () => {
  it('is the identity on all 256 bytes, at every length', () => {
    for (const length of [0, 1, 24, 25, 4096, 4097, 10_000]) {
      const source = Uint8Array.from({ length: length + 2 }, (_, i) => i * 7);
      const text = latin1(source, 1, 1 + length);
      expect(text.length).toBe(length);
      expect(fromLatin1(text)).toEqual(source.slice(1, 1 + length));
    }
    expect(latin1(Uint8Array.of(0x80, 0x9f, 0xff), 0, 3)).toBe('\u0080\u009f\u00ff');
  });
});

describe('fromUtf8', () => {
  it('encodes beyond ASCII', () => {
    expect([...fromUtf8('aé€')]).toEqual([0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac]);
  });
});

describe('equalsBytes and compareBytes', () => {
  it('orders as an element by element comparison does', () => {
    const few = fc.uint8Array({ maxLength: 4, max: 2 });
    fc.assert(
      fc.property(fc.oneof(few, bytes), fc.oneof(few, bytes), (a, b) => {
        const i = a.findIndex((byte, at) => byte !== b[at]);
        const expected = i < 0 || i >= b.length ? a.length - b.length : a[i]! - b[i]!;
        const shifted = Uint8Array.of(9, ...b, 9);
        const order = compareBytes(a, 0, a.length, shifted, 1, 1 + b.length);
        expect(Math.sign(order)).toBe(Math.sign(expected));
        expect(equalsBytes(a, 0, a.length, shifted, 1, 1 + b.length)).toBe(expected === 0);
      }),
    );
  });

  it('takes bytes as unsigned', () => {
    expect(compareBytes(Uint8Array.of(0x80), 0, 1, Uint8Array.of(0x7f), 0, 1)).toBeGreaterThan(0);
  });
});

describe('equalsIgnoreCase', () => {
  it.each([
    ['GET', 'get', true],
    ['gEt', 'get', true],
    ['gets', 'get', false],
    ['ge', 'get', false],
    ['', '', true],
    // Bytes that differ from a letter or sign by the case bit alone.
    ['\x01', 'a', false],
    ['@', '`', false],
    ['[', '{', false],
    ['No-Op1', 'no-op1', true],
    ['no\rop', 'no-op', false],
  ])('%j is %j: %s', (text, word, equal) => {
    const source = fromLatin1(`x${text}x`);
    expect(equalsIgnoreCase(source, 1, 1 + text.length, word)).toBe(equal);
  });
});

describe('copyBytes', () => {
  it('copies every length and touches nothing else', () => {
    const source = Uint8Array.from({ length: 300 }, (_, i) => i + 1);
    for (let length = 0; length <= 200; length++) {
      const target = new Uint8Array(220);
      expect(copyBytes(target, 5, source, 3, 3 + length)).toBe(5 + length);
      const expected = new Uint8Array(220);
      expected.set(source.subarray(3, 3 + length), 5);
      expect(target).toEqual(expected);
    }
  });

  it('may close a gap within one array', () => {
    for (const length of [5, 30, 100]) {
      const array = Uint8Array.from({ length: length + 4 }, (_, i) => i);
      copyBytes(array, 1, array, 4, 4 + length);
      expect([...array.subarray(1, 1 + length)]).toEqual(Array.from({ length }, (_, i) => i + 4));
    }
  });
});
