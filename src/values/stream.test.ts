import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamId } from '../bytes/stream-id.ts';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { SeededRandom } from '../env/random.ts';
import { Heap } from '../memory/heap.ts';
import { validateListpack } from '../memory/listpack-encoding.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ValueLimits } from './limits.ts';
import { Stream, StreamTools } from './stream.ts';
import { NodeReader } from './stream-node.ts';
import { StreamRange } from './stream-range.ts';

function toolsWith(heap: Heap, maxEntries: number, maxBytes: number): StreamTools {
  const limits = { streamNodeMaxEntries: maxEntries, streamNodeMaxBytes: maxBytes };
  return new StreamTools(heap, limits as ValueLimits);
}

function append(stream: Stream, id: StreamId, words: readonly string[]): void {
  const bytes = fromLatin1(words.join(''));
  const ends = words.map((_, i) => words.slice(0, i + 1).join('').length);
  const start = (index: number): number => (index === 0 ? 0 : ends[index - 1]!);
  stream.append(id, { bytes, start, end: (index) => ends[index]! }, 0, words.length / 2);
}

const LEAST = new StreamId();
const GREATEST = new StreamId();
GREATEST.setGreatest();

function contents(
  stream: Stream,
  isReverse = false,
  from = LEAST,
  to = GREATEST,
): [string, ...string[]][] {
  const range = new StreamRange();
  const list: [string, ...string[]][] = [];
  const { reader } = range;
  range.begin(stream, from, to, isReverse);
  while (range.next()) {
    const words: string[] = [];
    reader.rewindFields();
    for (let i = 0; i < reader.fieldCount; i++) {
      reader.nextField();
      const { field, value } = reader;
      words.push(latin1(field.bytes, field.start, field.end));
      words.push(latin1(value.bytes, value.start, value.end));
    }
    list.push([reader.id.toString(), ...words]);
  }
  return list;
}

/** Every node must be a listpack as files hold them, whatever form it has in memory. */
function expectValidNodes(stream: Stream): void {
  const reader = new NodeReader();
  let live = 0;
  for (let more = stream.nodes.first(); more; more = stream.nodes.next()) {
    stream.openListpack(reader);
    expect(validateListpack(reader.memory, reader.start, reader.end)).toBeGreaterThan(0);
    expect(reader.live).toBeGreaterThan(0);
    live += reader.live;
  }
  expect(live).toBe(stream.length);
}

const WORDS = ['a', 'b', '', '12', '-7', '9223372036854775807', 'x'.repeat(70), 'y'.repeat(200)];

describe('Stream', () => {
  it('agrees with a list of entries under random changes, and gives all memory back', () => {
    const limits = fc.constantFrom([100, 4096], [5, 0], [0, 300], [1, 4096], [0, 0]);
    fc.assert(
      fc.property(fc.integer(), limits, (seed, [maxEntries, maxBytes]) => {
        const random = new SeededRandom(seed);
        const pick = (count: number): number => random.next32() % count;
        const heap = new Heap();
        const used = heap.used;
        const tools = toolsWith(heap, maxEntries!, maxBytes!);
        const stream = new Stream(tools);
        const idle = heap.used;
        let model: [string, ...string[]][] = [];
        const id = StreamId.of(1, 0);
        const ids: StreamId[] = [];
        for (let step = 0; step < 600; step++) {
          const kind = pick(20);
          if (kind < 14) {
            if (pick(3) === 0) id.setMilliseconds(id.milliseconds + 1 + pick(100_000));
            else id.seqLow += 1 + pick(300);
            const count = 1 + pick(3);
            const words = Array.from({ length: count }, (_, i) => [
              pick(4) === 0 ? WORDS[pick(WORDS.length)]! : `f${i}`,
              WORDS[pick(WORDS.length)]!,
            ]).flat();
            append(stream, id, words);
            model.push([id.toString(), ...words]);
            ids.push(id.clone());
          } else if (kind < 18 && ids.length > 0) {
            const victim = ids[pick(ids.length)]!;
            const isThere = model.some(([text]) => text === victim.toString());
            expect(stream.has(victim)).toBe(isThere);
            expect(stream.delete(victim)).toBe(isThere);
            model = model.filter(([text]) => text !== victim.toString());
          } else if (kind === 18) {
            const most = pick(model.length + 2);
            expect(stream.trimToLength(most, false, 0)).toBe(Math.max(0, model.length - most));
            model = model.slice(Math.max(0, model.length - most));
          } else if (ids.length > 0) {
            const least = ids[pick(ids.length)]!;
            const from = ids.findIndex((other) => other === least);
            const kept = new Set(ids.slice(from).map(String));
            const removed = model.filter(([text]) => !kept.has(text)).length;
            expect(stream.trimToId(least, false, 0)).toBe(removed);
            model = model.slice(removed);
          }
          expect(stream.length).toBe(model.length);
          expect(stream.firstId.toString()).toBe(model[0]?.[0] ?? '0-0');
        }
        expect(contents(stream)).toEqual(model);
        expect(contents(stream, true)).toEqual(model.toReversed());
        const [from, to] = [ids[pick(ids.length)]!, ids[pick(ids.length)]!];
        const first = ids.indexOf(from);
        const within = new Set(ids.slice(first, ids.indexOf(to) + 1).map(String));
        const wanted = model.filter(([text]) => within.has(text));
        expect(contents(stream, false, from, to)).toEqual(wanted);
        expect(contents(stream, true, from, to)).toEqual(wanted.toReversed());
        expectValidNodes(stream);
        const copy = stream.copy();
        expect(contents(copy)).toEqual(model);
        while (!copy.freeSome(7));
        while (!stream.freeSome(7));
        expect([heap.used, idle]).toEqual([used, used]);
      }),
      { numRuns: 25 },
    );
  });

  it('trims whole nodes only when asked to, within a limit', () => {
    const stream = new Stream(toolsWith(new Heap(), 10, 4096));
    for (let i = 1; i <= 95; i++) append(stream, StreamId.of(i, 0), ['f', 'v']);
    expect(stream.trimToLength(33, true, 25)).toBe(20);
    expect(stream.trimToLength(33, true, 0)).toBe(40);
    expect(stream.trimToId(StreamId.of(79, 0), true, 0)).toBe(10);
    expect(contents(stream)[0]![0]).toBe('71-0');
  });

  it('counts how far groups lag, unless a hole lies ahead', () => {
    const stream = new Stream(toolsWith(new Heap(), 100, 4096));
    for (let i = 1; i <= 10; i++) append(stream, StreamId.of(i, 0), ['f', 'v']);
    const name = fromLatin1('group');
    const group = stream.addGroup(name, 0, name.length, StreamId.of(0, 0), -1)!;
    expect(stream.addGroup(name, 0, name.length, LEAST, -1)).toBeUndefined();
    expect(stream.lagOf(group)).toBe(10);
    for (let i = 1; i <= 3; i++) stream.advanceGroup(group, StreamId.of(i, 0));
    expect([group.entriesRead, stream.lagOf(group)]).toEqual([3, 7]);
    stream.delete(StreamId.of(7, 0));
    expect(stream.lagOf(group)).toBeUndefined();
    for (let i = 4; i <= 10; i++) stream.advanceGroup(group, StreamId.of(i, 0));
    expect([group.entriesRead, stream.lagOf(group)]).toEqual([10, 0]);
  });

  it('keeps a million short entries in 19 bytes each', () => {
    const heap = new Heap();
    const stream = new Stream(toolsWith(heap, 100, 4096));
    const used = heap.used;
    for (let i = 0; i < 100_000; i++)
      append(stream, StreamId.of(1_700_000_000_000 + i * 3, 0), ['field', `value:${100_000 + i}`]);
    expect((heap.used - used) / 100_000).toBeLessThan(19);
    expect(stream.bytesUsed).toBeGreaterThan(heap.used - used);
  });
});

describe('ConsumerGroup', () => {
  it('files every pending entry with its group and its consumer, and frees them all', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new SeededRandom(seed);
        const pick = (count: number): number => random.next32() % count;
        const heap = new Heap();
        const used = heap.used;
        const stream = new Stream(toolsWith(heap, 100, 4096));
        const name = fromLatin1('g');
        let group: ConsumerGroup = stream.addGroup(name, 0, 1, LEAST, -1)!;
        const owners = new Map<number, string>();
        for (let step = 0; step < 500; step++) {
          const n = pick(120);
          const id = StreamId.of(n, n % 3);
          const letter = 'abcd'[pick(4)]!;
          const bytes = fromLatin1(letter);
          const kind = pick(10);
          if (kind < 6) {
            const consumer = group.consumer(bytes, 0, 1) ?? group.addConsumer(bytes, 0, 1, step);
            const block = group.deliver(id, consumer, step);
            expect([group.deliveryTime(block), group.deliveryCount(block)]).toEqual([step, 1]);
            owners.set(n, letter);
          } else if (kind < 9) expect(group.acknowledge(id)).toBe(owners.delete(n));
          else if (pick(5) === 0) {
            const consumer = group.consumer(bytes, 0, 1);
            if (consumer === undefined) continue;
            group.removeConsumer(consumer);
            for (const [key, owner] of owners) if (owner === letter) owners.delete(key);
          } else if (pick(10) === 0) {
            const original = group;
            group = group.copy();
            expect(original.freeSome(Infinity)).toBe(true);
          }
        }
        expect(group.pending.size).toBe(owners.size);
        const perConsumer = group.consumers().map(({ name: text, pending }) => {
          return [latin1(text, 0, 1), pending.size] as const;
        });
        for (const [letter, size] of perConsumer)
          expect([...owners.values()].filter((owner) => owner === letter).length).toBe(size);
        const names = perConsumer.map(([letter]) => letter);
        expect(names).toEqual(names.toSorted());
        expect(group.freeSome(Infinity)).toBe(true);
        expect(heap.used).toBe(used);
      }),
      { numRuns: 20 },
    );
  });
});
