/**
 * How much memory a script may take. V8 ends the whole process when its heap is full, so a script
 * must be stopped well before.
 *
 * Everything a script makes is counted as it is made (tables, long strings, results), garbage
 * included: that costs an addition. Whenever as much as the interval was asked for, and between
 * the steps of a script, the heap in use is measured: that costs a quarter of a microsecond. Only when it has
 * grown beyond the budget is garbage collected, to tell it from what the script holds.
 *
 * A single large block is refused before it is made, with an error that Lua code can catch. A script that has
 * used up its budget bit by bit is ended by an error that it cannot catch, as it would go on otherwise.
 */
import { LuaError, ScriptKilled } from './errors.ts';

const MIB = 1024 * 1024;
export const NOT_ENOUGH_MEMORY = 'not enough memory';
/** Blocks of fewer bytes than this are counted, larger ones reserved. */
export const LARGE_BLOCK = MIB;
/** A script is ended when this part of the budget is in use behind a collection. */
const TOO_MUCH = 0.75;
/** Part of the heap beyond which there is garbage to collect before a script is judged. */
const MUCH_AT_START = 0.25;
/** Part of the free heap a script may take: what it makes until it is measured again comes on top. */
const MOST_OF_HEAP = 0.4;
/** How often it is measured at least on the way there. */
const MEASUREMENTS = 16;
/** Bytes a table is counted with, beside its elements. */
export const TABLE_BYTES = 192;

export type HostMemory = {
  /** Bytes in use on the process's heap, garbage included. */
  used(): number;
  /** Bytes it can hold at most. */
  readonly limit: number;
  /** Collects all garbage; takes about a millisecond a megabyte in use. */
  collect(): void;
};

export type Limits = {
  /** Longest string a script may make, bytes. */
  maxString: number;
  /** Bytes a script may ask for between two measurements. */
  memoryInterval: number;
  /** Bytes a script may hold; less where the process's heap is small. */
  maxMemory: number;
  /** The heap it is measured by; null counts what the script asks for. */
  memory: HostMemory | null;
};

export const DEFAULT_LIMITS: Limits = {
  maxString: 512 * MIB - 1024,
  memoryInterval: 16 * MIB,
  maxMemory: 4096 * MIB,
  memory: null,
};

/**
 * ASKED: bytes that scripts of this process have asked for so far. LOOK_AT: the number from which
 * on the running script's budget wants to look; Infinity while none runs.
 */
export const counted = new Float64Array([0, Infinity]);
export const ASKED = 0;
export const LOOK_AT = 1;
/** The budget of the script that runs. */
let running: MemoryBudget | undefined;

/** Counts bytes that are made. Throws what ends the script when its budget is used up. */
export function countBytes(bytes: number): void {
  if ((counted[ASKED]! += bytes) > counted[LOOK_AT]!) running!.check();
}

/** Asks for a block of bytes before it is made; throws when there is no room for it. */
export function reserveBytes(bytes: number): void {
  if (bytes >= LARGE_BLOCK && counted[LOOK_AT] !== Infinity) running!.reserve(bytes);
  countBytes(bytes);
}

export class MemoryBudget {
  readonly #limits: Limits;
  #askedAtStart = 0;
  /** Bytes in use when first measured, and up to which the script may go. */
  #usedAtStart = -1;
  #most = Infinity;
  #interval: number;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#interval = limits.memoryInterval;
  }

  /** A script begins. */
  start(): void {
    this.#askedAtStart = counted[ASKED]!;
    this.#usedAtStart = -1;
  }

  /** A step of it begins. */
  enter(): void {
    // oxlint-disable-next-line typescript/no-this-alias -- one budget at a time is the running one
    running = this;
    counted[LOOK_AT] = counted[ASKED]! + this.#interval;
  }

  leave(): void {
    counted[LOOK_AT] = Infinity;
  }

  /** Bytes the script has asked for so far, garbage included. */
  get asked(): number {
    return counted[ASKED]! - this.#askedAtStart;
  }

  /** Ends the script when it holds too much. */
  check(): void {
    counted[LOOK_AT] = counted[ASKED]! + this.#interval;
    if (this.#used() <= this.#most) return;
    this.#limits.memory?.collect();
    const kept = this.#used() - this.#usedAtStart;
    if (kept > (this.#most - this.#usedAtStart) * TOO_MUCH)
      throw new ScriptKilled(NOT_ENOUGH_MEMORY, null);
  }

  /** Refuses a large block that would be too much. */
  reserve(bytes: number): void {
    if (this.#used() + bytes <= this.#most) return;
    this.#limits.memory?.collect();
    if (this.#used() + bytes > this.#most) throw new LuaError(NOT_ENOUGH_MEMORY);
  }

  #used(): number {
    if (this.#usedAtStart < 0) this.#measureStart();
    return this.#limits.memory?.used() ?? this.asked;
  }

  /** Measures what there is before the script, and with it how far it may go. */
  #measureStart(): void {
    const { maxMemory, memory, memoryInterval } = this.#limits;
    let room = maxMemory;
    this.#usedAtStart = 0;
    if (memory !== null) {
      // What earlier scripts left would let this one go on for too long.
      if (memory.used() > memory.limit * MUCH_AT_START) memory.collect();
      this.#usedAtStart = memory.used();
      room = Math.min(room, (memory.limit - this.#usedAtStart) * MOST_OF_HEAP);
    }
    this.#most = this.#usedAtStart + room;
    this.#interval = Math.min(memoryInterval, room / MEASUREMENTS);
  }
}
