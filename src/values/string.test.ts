import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fromLatin1 } from '../bytes/text.ts';
import { Heap } from '../memory/heap.ts';
import {
  encodingOf,
  type Entry,
  exactExpiryOf,
  INLINE_LIMIT,
  isInline,
  keyLength,
  payloadOf,
  STRING_AUTO,
  STRING_RAW,
  withExpiry,
} from './entry.ts';
import { Strings } from './string.ts';

class Fixture {
  readonly heap = new Heap();
  readonly strings = new Strings(this.heap);

  create(key: string, value: Uint8Array): Entry {
    const bytes = fromLatin1(key);
    return this.strings.create(bytes, 0, bytes.length, value, 0, value.length, STRING_AUTO);
  }

  value(entry: Entry): Uint8Array {
    this.strings.read(entry);
    return this.strings.foundBytes.slice(this.strings.foundStart, this.strings.foundEnd);
  }

  free(entry: Entry): void {
    if (!isInline(this.heap, entry)) this.heap.free(payloadOf(this.heap, entry));
    this.heap.free(entry);
  }
}

const size = fc.oneof(
  fc.nat({ max: 60 }),
  fc.integer({ min: INLINE_LIMIT - 3, max: INLINE_LIMIT + 3 }),
  fc.nat({ max: 20_000 }),
);
const fill = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

describe('Strings', () => {
  it('behave as plain byte arrays through every change, and give all memory back', () => {
    const change = fc.tuple(fc.constantFrom('resize', 'write', 'overwrite', 'clear'), size, size);
    fc.assert(
      fc.property(
        fc.constantFrom(1, 20, 254, 255, 600),
        fc.boolean(),
        fc.array(change, { maxLength: 25 }),
        (keySize, expires, changes) => {
          const fixture = new Fixture();
          const { heap, strings } = fixture;
          let entry = fixture.create('k'.repeat(keySize), fill(5, 7));
          let model = fill(5, 7);
          if (expires) entry = withExpiry(heap, entry, 2n ** 60n + 1n);
          for (const [index, [kind, a, b]] of changes.entries()) {
            const byte = index + 10;
            if (kind === 'resize' && a >= model.length) {
              entry = strings.resize(entry, a);
              strings.clear(entry, model.length, a);
              const wider = new Uint8Array(a);
              wider.set(model);
              model = wider;
              expect(encodingOf(heap, entry)).toBe(STRING_RAW);
            } else if (kind === 'overwrite') {
              if (strings.overwrite(entry, fill(a, byte), 0, a, STRING_AUTO)) model = fill(a, byte);
            } else {
              const from = Math.min(a, model.length);
              const to = Math.min(model.length, from + b);
              if (kind === 'write') strings.write(entry, from, fill(b, byte), 0, to - from);
              else strings.clear(entry, from, to);
              model.fill(kind === 'write' ? byte : 0, from, to);
            }
            expect(Buffer.compare(fixture.value(entry), model)).toBe(0);
          }
          expect(keyLength(heap, entry)).toBe(keySize);
          if (expires) expect(exactExpiryOf(heap, entry)).toBe(2n ** 60n + 1n);
          fixture.free(entry);
          expect(heap.used).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('make blank values of any size', () => {
    const fixture = new Fixture();
    const key = fromLatin1('key');
    for (const length of [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 100_000]) {
      const entry = fixture.strings.createBlank(key, 0, key.length, length);
      fixture.strings.clear(entry, 0, length);
      expect(fixture.value(entry)).toEqual(new Uint8Array(length));
      fixture.free(entry);
    }
    expect(fixture.heap.used).toBe(0);
  });

  it('tell the encodings that clients know', () => {
    const fixture = new Fixture();
    const name = (text: string): string =>
      fixture.strings.encodingName(fixture.create('k', fromLatin1(text)));
    expect(name('12')).toBe('int');
    expect(name('012')).toBe('embstr');
    expect(name('9223372036854775808')).toBe('embstr');
    expect(name('x'.repeat(44))).toBe('embstr');
    expect(name('x'.repeat(45))).toBe('raw');
    const entry = fixture.create('k', fromLatin1('12'));
    fixture.strings.markRaw(entry);
    expect(fixture.strings.encodingName(entry)).toBe('raw');
  });
});
