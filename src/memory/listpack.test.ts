import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { GRANULE_MASK, Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';
import { validateListpack } from './listpack-encoding.ts';
import { Listpacks } from './listpack.ts';

/** Element texts, or HSET and HDEL of text fields and hex values, and the bytes redis-server made. */
type Vector = { elements?: string[]; hash?: [string, string?][]; bytes: string };

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const fromHex = (hex: string): Uint8Array => {
  const plain = hex.replaceAll(/<(\d+)>/g, (_, times) => '78'.repeat(Number(times)));
  return Uint8Array.from(plain.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};
const toText = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

const VECTORS = readFileSync(new URL('./listpack-vectors.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

class Harness {
  readonly heap = new Heap();
  readonly packs = new Listpacks(this.heap);

  bytesOf(ref: Ref): Uint8Array {
    const at = (ref & GRANULE_MASK) << 3;
    const total = this.packs.totalBytes(ref);
    return this.heap.bytes[ref >>> SEGMENT_SHIFT]!.slice(at, at + total);
  }

  text(ref: Ref, position: number): string {
    this.packs.read(ref, position);
    const { foundBytes, foundStart, foundEnd } = this.packs;
    return toText(foundBytes.subarray(foundStart, foundEnd));
  }

  texts(ref: Ref): string[] {
    const all: string[] = [];
    for (let at = this.packs.first(ref); at !== 0; at = this.packs.next(ref, at)) {
      all.push(this.text(ref, at));
    }
    return all;
  }

  textsBackwards(ref: Ref): string[] {
    const all: string[] = [];
    for (let at = this.packs.last(ref); at !== 0; at = this.packs.previous(ref, at)) {
      all.push(this.text(ref, at));
    }
    return all;
  }

  append(ref: Ref, text: string): Ref {
    const bytes = latin(`<${text}>`);
    return this.packs.append(ref, bytes, 1, bytes.length - 1);
  }

  find(ref: Ref, text: string, skip: number): number {
    const bytes = latin(`<${text}>`);
    return this.packs.find(ref, this.packs.first(ref), bytes, 1, bytes.length - 1, skip);
  }

  of(texts: string[]): Ref {
    let ref = this.packs.create();
    for (const text of texts) ref = this.append(ref, text);
    return ref;
  }
}

function someText(random: SeededRandom): string {
  const kind = randomBelow(random, 10);
  if (kind < 4) {
    let digits = `${1 + randomBelow(random, 9)}`;
    while (digits.length < 1 + randomBelow(random, 20)) digits += randomBelow(random, 10);
    return randomBelow(random, 2) === 0 ? digits : `-${digits}`;
  }
  const length = kind < 9 ? randomBelow(random, 12) : randomBelow(random, 5000);
  return toText(Uint8Array.from({ length }, () => randomBelow(random, 256)));
}

describe('Listpacks', () => {
  it('has enough recorded vectors', () => expect(VECTORS.length).toBeGreaterThan(50));

  it.each(VECTORS)('makes the bytes redis-server made, vector %#', (vector) => {
    const h = new Harness();
    let ref = h.of((vector.elements ?? []).map((hex) => toText(fromHex(hex))));
    for (const [field, value] of vector.hash ?? []) {
      const at = h.find(ref, field, 1);
      if (value === undefined) {
        if (at !== 0) ref = h.packs.delete(ref, at, 2);
        continue;
      }
      const bytes = fromHex(value);
      if (at !== 0) ref = h.packs.replace(ref, h.packs.next(ref, at), bytes, 0, bytes.length);
      else ref = h.packs.append(h.append(ref, field), bytes, 0, bytes.length);
    }
    const expected = fromHex(vector.bytes);
    expect(toText(h.bytesOf(ref))).toBe(toText(expected));
    const count = validateListpack(expected, 0, expected.length);
    expect(count).toBe(h.packs.length(ref));
    if (vector.elements !== undefined) {
      expect(h.texts(ref)).toEqual(vector.elements.map((hex) => toText(fromHex(hex))));
    }
  });

  it.each([1, 2, 3, 4])('agrees with an array under random changes, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const h = new Harness();
    let ref = h.packs.create();
    const model: string[] = [];
    for (let i = 0; i < 1500; i++) {
      const text = someText(random);
      const bytes = latin(text);
      const index = randomBelow(random, model.length + 1);
      const target = index - (randomBelow(random, 2) === 0 ? model.length : 0);
      const position = index < model.length ? h.packs.seek(ref, target) : h.packs.end(ref);
      if (model.length > (i % 300 < 200 ? 60 : 10)) {
        const count = randomBelow(random, 4);
        ref = h.packs.deleteRange(ref, target, index < model.length ? count : 0);
        model.splice(index, count);
      } else if (randomBelow(random, 4) > 0 || index === model.length) {
        ref = h.packs.insert(ref, position, bytes, 0, bytes.length);
        model.splice(index, 0, text);
      } else {
        ref = h.packs.replace(ref, position, bytes, 0, bytes.length);
        model[index] = text;
      }
      if (i % 25 !== 0) continue;
      expect(h.texts(ref)).toEqual(model);
      expect(h.textsBackwards(ref)).toEqual(model.toReversed());
      expect(h.packs.length(ref)).toBe(model.length);
      const all = h.bytesOf(ref);
      expect(toText(all)).toBe(toText(h.bytesOf(h.of(model))));
      expect(validateListpack(all, 0, all.length)).toBe(model.length);
      expect(h.heap.usableSize(ref)).toBeLessThanOrEqual(all.length * 1.5 + 24);
    }
  });

  it('seeks from both ends', () => {
    const h = new Harness();
    const texts = Array.from({ length: 101 }, (_, i) => (i % 3 === 0 ? `t${i}` : `${i * 1000}`));
    const ref = h.of(texts);
    for (let i = -105; i <= 105; i++) {
      const at = h.packs.seek(ref, i);
      const expected = texts.at(i);
      if (i < -101 || i > 100) expect(at).toBe(0);
      else expect(h.text(ref, at)).toBe(expected);
    }
    expect(h.packs.seek(h.packs.create(), 0)).toBe(0);
    expect(h.packs.seek(h.packs.create(), -1)).toBe(0);
  });

  it('finds by text, with and without skipping', () => {
    const h = new Harness();
    const ref = h.of(['a', '1', '1', 'a', '9223372036854775807', '', '-5', '007', '7', 'x']);
    const found = (text: string, skip: number): string | undefined => {
      const at = h.find(ref, text, skip);
      return at === 0
        ? undefined
        : `${[...h.texts(ref).keys()].find((i) => h.packs.seek(ref, i) === at)}`;
    };
    expect(found('1', 0)).toBe('1');
    expect(found('1', 1)).toBe('2');
    expect(found('a', 1)).toBe('0');
    expect(found('9223372036854775807', 1)).toBe('4');
    expect(found('9223372036854775806', 0)).toBeUndefined();
    expect(found('', 0)).toBe('5');
    expect(found('-5', 0)).toBe('6');
    expect(found('07', 0)).toBeUndefined();
    expect(found('7', 1)).toBe('8');
    expect(found('x', 1)).toBeUndefined();
    expect(h.find(h.packs.create(), 'a', 0)).toBe(0);
  });

  it('gives integers without text', () => {
    const h = new Harness();
    const texts = ['0', '-1', '127', '4095', '-4097', '9007199254740991', '9007199254740992', 'x'];
    const ref = h.of(texts);
    const numbers = texts.map((_, i) => h.packs.readInteger(ref, h.packs.seek(ref, i)));
    expect(numbers).toEqual([0, -1, 127, 4095, -4097, 2 ** 53 - 1, NaN, NaN]);
    let other = h.packs.create();
    for (const value of numbers.slice(0, 6)) other = h.packs.appendInteger(other, value);
    expect(h.texts(other)).toEqual(texts.slice(0, 6));
    other = h.packs.replaceInteger(other, h.packs.seek(other, 1), -(2 ** 40));
    expect(h.texts(other)[1]).toBe(`${-(2 ** 40)}`);
    other = h.packs.insertInteger(other, h.packs.seek(other, 1), 70_000);
    expect(h.texts(other).slice(0, 3)).toEqual(['0', '70000', `${-(2 ** 40)}`]);
    expect(h.packs.equals(other, h.packs.seek(other, 3), latin('127'), 0, 3)).toBe(true);
    expect(h.packs.equals(other, h.packs.seek(other, 3), latin('128'), 0, 3)).toBe(false);
    expect(h.packs.equals(ref, h.packs.seek(ref, -1), latin('x'), 0, 1)).toBe(true);
  });

  it('joins, copies and restores', () => {
    const h = new Harness();
    const a = h.of(['a', '1']);
    const b = h.of(['', 'x'.repeat(300)]);
    const joined = h.packs.appendAll(a, b);
    expect(h.texts(joined)).toEqual(['a', '1', '', 'x'.repeat(300)]);
    expect(h.bytesOf(h.packs.copy(joined))).toEqual(h.bytesOf(joined));
    const bytes = h.bytesOf(joined);
    expect(h.texts(h.packs.fromBytes(bytes, 0, bytes.length))).toEqual(h.texts(joined));
    expect(h.packs.sizeOf(latin('abc'), 0, 3)).toBe(5);
    expect(h.packs.mayGrow(joined, 2 ** 30)).toBe(false);
  });

  it('copies an element of its own to its end', () => {
    const h = new Harness();
    let ref = h.of(['source-text-of-some-length']);
    for (let i = 0; i < 200; i++) {
      h.packs.read(ref, h.packs.first(ref));
      ref = h.packs.append(ref, h.packs.foundBytes, h.packs.foundStart, h.packs.foundEnd);
    }
    expect(new Set(h.texts(ref))).toEqual(new Set(['source-text-of-some-length']));
  });

  it('counts beyond 16 bits', () => {
    const h = new Harness();
    let ref = h.packs.create();
    for (let i = 0; i < 65_534; i++) ref = h.packs.appendInteger(ref, i & 127);
    expect(h.bytesOf(ref).slice(4, 6)).toEqual(Uint8Array.of(0xfe, 0xff));
    ref = h.packs.appendInteger(ref, 1);
    ref = h.packs.appendInteger(ref, 2);
    expect(h.bytesOf(ref).slice(4, 6)).toEqual(Uint8Array.of(0xff, 0xff));
    expect(h.packs.length(ref)).toBe(65_536);
    expect(h.text(ref, h.packs.seek(ref, 65_535))).toBe('2');
    expect(h.text(ref, h.packs.seek(ref, -65_536))).toBe('0');
    expect(h.packs.seek(ref, 65_536)).toBe(0);
    ref = h.packs.deleteRange(ref, 0, 65_000);
    expect(h.packs.length(ref)).toBe(536);
    expect(h.bytesOf(ref).slice(4, 6)).toEqual(Uint8Array.of(536 & 255, 536 >> 8));
  });

  it('returns its memory', () => {
    const h = new Harness();
    let ref = h.packs.create();
    for (let i = 0; i < 2000; i++) ref = h.append(ref, `element ${i}`);
    ref = h.packs.delete(ref, h.packs.first(ref), 2000);
    expect(h.bytesOf(ref)).toEqual(Uint8Array.of(7, 0, 0, 0, 0, 0, 0xff));
    expect(h.heap.blocks).toBe(1);
    expect(h.heap.used).toBeLessThanOrEqual(16);
    h.heap.free(ref);
    expect(h.heap.used).toBe(0);
  });

  it('finds wide encodings of small integers in foreign payloads', () => {
    const h = new Harness();
    // 5 as 16 bits and "5" as a string: no server writes them so, but all must read them.
    const bytes = Uint8Array.of(14, 0, 0, 0, 2, 0, 0xf1, 5, 0, 3, 0x81, 0x35, 2, 0xff);
    expect(validateListpack(bytes, 0, bytes.length)).toBe(2);
    const ref = h.packs.fromBytes(bytes, 0, bytes.length);
    expect(h.find(ref, '5', 0)).toBe(6);
    expect(h.packs.equals(ref, 10, latin('5'), 0, 1)).toBe(true);
  });
});

describe('validateListpack', () => {
  it('refuses any cut, and survives any change, of recorded payloads', () => {
    const random = new SeededRandom(99);
    const h = new Harness();
    let accepted = 0;
    for (const vector of VECTORS.filter((v) => v.bytes.length < 4000)) {
      const good = fromHex(vector.bytes);
      for (let cut = 0; cut < good.length; cut++) {
        if (validateListpack(good, 0, cut) !== -1) throw new Error(`accepted a cut at ${cut}`);
      }
      for (let i = 0; i < 300; i++) {
        const bad = good.slice();
        for (let k = 0; k <= i % 3; k++) bad[randomBelow(random, bad.length)] = random.next32();
        const count = validateListpack(bad, 0, bad.length);
        if (count < 0) continue;
        accepted++;
        const ref = h.packs.fromBytes(bad, 0, bad.length);
        expect(h.texts(ref).length).toBe(count);
        expect(h.textsBackwards(ref).length).toBe(count);
        h.heap.free(ref);
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });
});
