/** The HyperLogLog's test of itself, for PFSELFTEST: bounded to some tens of milliseconds. */
import type { Random } from '../env/random.ts';
import { DENSE_BYTES, denseRegister, setDenseRegister } from './hyperloglog-dense.ts';
import { RANKS, REGISTERS } from './hyperloglog-estimate.ts';
import { HyperLogLog } from './hyperloglog.ts';

const ROUNDS = 20;
const ELEMENTS = 100_000;
const SPARSE_BYTES = 3000;
/** The standard error of the estimate, 1.04 / sqrt(registers). */
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);
/** An estimate further off than this many standard errors is wrong rather than unlucky. */
const TOLERATED_ERRORS = 6;

/** What is wrong, or undefined. */
export function testHyperLogLog(random: Random): string | undefined {
  return testRegisters(random) ?? testEstimates(random);
}

/** Dense registers keep what they are given and leave their neighbours alone. */
function testRegisters(random: Random): string | undefined {
  const packed = new Uint8Array(DENSE_BYTES);
  const plain = new Uint8Array(REGISTERS);
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < REGISTERS; index++) {
      const rank = random.next32() & (RANKS - 1);
      plain[index] = rank;
      setDenseRegister(packed, 0, index, rank);
    }
    for (let index = 0; index < REGISTERS; index++) {
      const found = denseRegister(packed, 0, index);
      if (found !== plain[index])
        return `Register ${index} should be ${plain[index]} but is ${found}`;
    }
  }
  return undefined;
}

/** Both forms estimate the same, and well. */
function testEstimates(random: Random): string | undefined {
  const sparse = new HyperLogLog();
  const dense = new HyperLogLog();
  sparse.create();
  dense.create();
  dense.makeDense();
  const element = new Int32Array([random.next32(), 0]);
  const bytes = new Uint8Array(element.buffer);
  for (let count = 1, checked = 1; count <= ELEMENTS; count++) {
    element[1] = count;
    sparse.add(bytes, 0, bytes.length, SPARSE_BYTES);
    dense.add(bytes, 0, bytes.length, SPARSE_BYTES);
    if (count !== checked) continue;
    checked *= 10;
    const first = sparse.estimate();
    const second = dense.estimate();
    if (first !== second) return `Sparse and dense forms disagree: ${first} and ${second}`;
    const error = Math.abs(first - count);
    if (error > Math.ceil(count * STANDARD_ERROR * TOLERATED_ERRORS))
      return `Too big error: ${count} elements were estimated as ${first}`;
  }
  return undefined;
}
