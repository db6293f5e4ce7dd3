import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../env/random.ts';
import { DENSE_BYTES, denseRegister, setDenseRegister } from './hyperloglog-dense.ts';
import { estimate, HIGHEST_RANK, RANKS, REGISTERS } from './hyperloglog-estimate.ts';
import { testHyperLogLog } from './hyperloglog-selftest.ts';
import { CORRUPT, forEachRun, RAISED, UNCHANGED } from './hyperloglog-sparse.ts';
import {
  DENSE_STRING_BYTES,
  estimateRanks,
  HEADER_BYTES,
  HyperLogLog,
  isHyperLogLog,
  writeEstimate,
} from './hyperloglog.ts';

function ranksOf(log: HyperLogLog): Uint8Array {
  const ranks = new Uint8Array(REGISTERS);
  expect(log.raiseRanks(ranks)).toBe(true);
  return ranks;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

const raises = fc.array(
  fc.tuple(
    fc.oneof(fc.nat({ max: REGISTERS - 1 }), fc.nat({ max: 40 })),
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) },
      fc.integer({ min: 1, max: HIGHEST_RANK }),
    ),
  ),
  { maxLength: 300, size: 'max' },
);

describe('HyperLogLog', () => {
  it('keeps the highest rank of every register, in both forms', () => {
    fc.assert(
      fc.property(raises, fc.constantFrom(0, 40, 200, 3000), (list, mostBytes) => {
        const log = new HyperLogLog();
        const dense = new HyperLogLog();
        const model = new Uint8Array(REGISTERS);
        log.create();
        dense.create();
        dense.makeDense();
        const wrong: string[] = [];
        for (const [index, rank] of list) {
          const outcome = rank > model[index]! ? RAISED : UNCHANGED;
          const outcomes = [log.raise(index, rank, mostBytes), dense.raise(index, rank, mostBytes)];
          if (outcomes.some((found) => found !== outcome)) wrong.push(`${index} ${rank}`);
          model[index] = Math.max(model[index]!, rank);
        }
        expect(wrong).toEqual([]);
        expect(isSame(ranksOf(log), model)).toBe(true);
        expect(isSame(ranksOf(dense), model)).toBe(true);
        expect(log.estimate()).toBe(estimateRanks(model));
        expect(dense.estimate()).toBe(estimateRanks(model));
        if (!log.isDense) expect(log.end - log.start).toBeLessThanOrEqual(Math.max(18, mostBytes));
        expect(log.makeDense()).toBe(true);
        expect(isSame(ranksOf(log), model)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('writes sparse runs that cover all registers and are joined where they fit', () => {
    const log = new HyperLogLog();
    log.create();
    for (const index of [5, 7, 6, 4, 8]) log.raise(index, 2, 3000);
    const runs: string[] = [];
    forEachRun(log.bytes, log.start + HEADER_BYTES, log.end, (rank, length) => {
      runs.push(`${rank}x${length}`);
    });
    expect(runs).toEqual(['0x4', '2x4', '2x1', '0x16375']);
  });

  it('changes dense strings where they stand, and copies sparse ones', () => {
    const log = new HyperLogLog();
    log.create();
    const sparse = log.bytes.slice(log.start, log.end);
    log.makeDense();
    const dense = log.bytes.slice(log.start, log.end);
    const element = Uint8Array.from([1, 2, 3]);
    const before = sparse.slice();
    log.open(sparse, 0, sparse.length);
    expect(log.add(element, 0, 3, 3000)).toBe(RAISED);
    expect(log.isMoved).toBe(true);
    expect(sparse).toEqual(before);
    log.open(dense, 0, dense.length);
    expect(log.add(element, 0, 3, 3000)).toBe(RAISED);
    expect(log.add(element, 0, 3, 3000)).toBe(UNCHANGED);
    expect(log.isMoved).toBe(false);
    expect(log.estimate()).toBe(1);
  });

  it('keeps an estimate until it is out of date', () => {
    const log = new HyperLogLog();
    log.create();
    expect(log.isUpToDate).toBe(true);
    expect(log.lastEstimate).toBe(0n);
    log.outdate();
    expect(log.isUpToDate).toBe(false);
    writeEstimate(log.bytes, log.start, 123_456_789_012_345_678n);
    expect(log.isUpToDate).toBe(true);
    expect(log.lastEstimate).toBe(123_456_789_012_345_678n);
  });

  it('recognises its strings, and strings whose registers are missing', () => {
    const log = new HyperLogLog();
    log.create();
    const bytes = log.bytes.slice(0, log.end);
    expect(isHyperLogLog(bytes, 0, bytes.length)).toBe(true);
    expect(isHyperLogLog(bytes, 0, HEADER_BYTES - 1)).toBe(false);
    bytes[4] = 0;
    expect(isHyperLogLog(bytes, 0, bytes.length)).toBe(false);
    bytes[4] = 1;
    log.open(bytes, 0, HEADER_BYTES);
    expect(log.raise(3, 1, 3000)).toBe(CORRUPT);
    expect(log.estimate()).toBe(-1);
    expect(log.makeDense()).toBe(false);
    expect(log.isMoved).toBe(false);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), raises, (codes, list) => {
        const bytes = new Uint8Array(HEADER_BYTES + codes.length);
        bytes.set([0x48, 0x59, 0x4c, 0x4c, 1]);
        bytes.set(codes, HEADER_BYTES);
        const log = new HyperLogLog();
        log.open(bytes, 0, bytes.length);
        for (const [index, rank] of list.slice(0, 50)) log.raise(index, rank, 100);
        expect(log.end - log.start).toBeLessThanOrEqual(DENSE_STRING_BYTES);
        expect(log.estimate()).toBeGreaterThanOrEqual(-1);
      }),
      { numRuns: 500 },
    );
  });

  it('passes its own test', () => {
    expect(testHyperLogLog(new SeededRandom(42))).toBeUndefined();
  });
});

describe('registers and estimates', () => {
  it('are independent of each other', () => {
    const bytes = new Uint8Array(DENSE_BYTES + 2).fill(0xff);
    for (let i = 0; i < REGISTERS; i++) setDenseRegister(bytes, 1, i, (i * 7) & (RANKS - 1));
    const found = Array.from({ length: REGISTERS }, (_, i) => denseRegister(bytes, 1, i));
    expect(found.every((rank, i) => rank === ((i * 7) & (RANKS - 1)))).toBe(true);
    expect([bytes[0], bytes[DENSE_BYTES + 1]]).toEqual([0xff, 0xff]);
  });

  it('reach from nothing to everything', () => {
    const histogram = new Int32Array(RANKS);
    histogram[0] = REGISTERS;
    expect(estimate(histogram)).toBe(0);
    histogram[0] = REGISTERS - 1;
    histogram[1] = 1;
    expect(estimate(histogram)).toBe(1);
    histogram.fill(0);
    histogram[HIGHEST_RANK] = REGISTERS;
    expect(estimate(histogram)).toBe(Infinity);
  });
});
