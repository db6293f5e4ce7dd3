/**
 * Lua 5.1's table: an array part and a hash part.
 *
 * Which part a key lives in, where a key sits in the hash part, and when either part is resized
 * follow Lua 5.1's published algorithm exactly, because programs can see it: `pairs` walks the
 * array part, then the hash slots in order, and `#t` of a table with holes depends on the size
 * of the array part. The scheme (chained scatter with Brent's variation):
 *
 *   - a power of two of hash slots; a key's main slot comes from its hash;
 *   - a new key whose main slot is taken goes to the highest free slot, unless the occupant is
 *     not in its own main slot: then the occupant moves to the free slot instead;
 *   - with no free slot left, both parts are resized: the array part gets the largest size n
 *     (a power of two) such that more than n/2 of the slots 1..n are in use;
 *   - a removed key keeps its slot until then, so removal during a traversal is allowed.
 *
 * Hash slots are four consecutive elements of one array (key, value, next slot or -1, hash):
 * one allocation a table, and none for tables without a hash part.
 *
 *   get/set      O(1) expected        length   O(log n)
 *   next         O(1) expected        resize   O(n), amortised over the insertions
 */
import { nextIdentity, type LuaFunction, type LuaValue } from './value.ts';
import { Coroutine } from './coroutine.ts';
import { LuaError, SwitchToSuspendable } from './errors.ts';
import { hashNumber, hashString } from './hash.ts';
import { countBytes, reserveBytes, TABLE_BYTES } from './memory.ts';

type Slot = LuaValue | number;

const NO_SLOTS: Slot[] = [undefined, undefined, -1, 0];
const MAX_ARRAY_BITS = 26;
const MAX_ARRAY_SIZE = 2 ** MAX_ARRAY_BITS;
/** V8 ends the process when an array becomes too long: a hash part has four elements a slot. */
const MAX_HASH_SLOTS = 2 ** 24;
const counts = new Int32Array(MAX_ARRAY_BITS + 1);

/**
 * Tables made while a library of functions is loaded last from call to call. `isLoading` while they
 * are made; `isGuarded` while they must not be changed: code in plain form that may have to start anew
 * (runtime.ts).
 */
export const lasting = { isLoading: false, isGuarded: false };

/** Ends plain form before something that lasts is changed. */
export function guardLasting(): void {
  if (lasting.isGuarded) throw new SwitchToSuspendable('state');
}

export class LuaTable {
  /** Values of keys 1..array.length; nil as undefined. */
  array: LuaValue[] = [];
  #slots: Slot[] = NO_SLOTS;
  /** Number of hash slots, a power of two, or 0. */
  #size = 0;
  #lastFree = 0;
  #metatable: LuaTable | null = null;
  #readonly = false;
  #identity = 0;
  /** True while assignments need neither a metatable's word nor a permission. */
  plain = true;

  /** Whether it was made while a library was loaded. */
  isLasting = false;

  constructor() {
    countBytes(TABLE_BYTES);
    if (!lasting.isLoading) return;
    this.isLasting = true;
    this.plain = false;
  }

  get metatable(): LuaTable | null {
    return this.#metatable;
  }

  set metatable(table: LuaTable | null) {
    this.#metatable = table;
    this.plain = table === null && !this.#readonly && !this.isLasting;
  }

  get readonly(): boolean {
    return this.#readonly;
  }

  set readonly(value: boolean) {
    this.#readonly = value;
    this.plain = this.#metatable === null && !value && !this.isLasting;
  }

  get identity(): number {
    return (this.#identity ||= nextIdentity());
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === 'string') return this.getString(key, hashString(key));
    if (typeof key === 'number') return this.getNumber(key);
    if (key === undefined || this.#size === 0) return undefined;
    const slot = this.#find(key, hashOther(key));
    return slot < 0 ? undefined : (this.#slots[slot + 1] as LuaValue);
  }

  /** `hash` must be hashString(key): compiled code has it at hand for its constants. */
  getString(key: string, hash: number): LuaValue {
    const slots = this.#slots;
    let slot = (hash & (this.#size - 1)) << 2;
    if (this.#size === 0) return undefined;
    while (slot >= 0) {
      if (slots[slot] === key) return slots[slot + 1] as LuaValue;
      slot = slots[slot + 2] as number;
    }
    return undefined;
  }

  getNumber(key: number): LuaValue {
    const array = this.array;
    const index = key - 1;
    if (index >= 0 && index < array.length && (index | 0) === index) return array[index];
    if (this.#size === 0) return undefined;
    const slot = this.#find(key, hashNumber(key));
    return slot < 0 ? undefined : (this.#slots[slot + 1] as LuaValue);
  }

  /** Raw assignment. The key must not be nil or NaN; checkKey() tells. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'string') this.setString(key, hashString(key), value);
    else if (typeof key === 'number') this.setNumber(key, value);
    else this.#store(key, hashOther(key), value);
  }

  setString(key: string, hash: number, value: LuaValue): void {
    const slots = this.#slots;
    if (this.#size !== 0) {
      let slot = (hash & (this.#size - 1)) << 2;
      while (slot >= 0) {
        if (slots[slot] === key) {
          slots[slot + 1] = value;
          return;
        }
        slot = slots[slot + 2] as number;
      }
    }
    this.#insert(key, hash, value);
  }

  setNumber(key: number, value: LuaValue): void {
    const array = this.array;
    const index = key - 1;
    if (index >= 0 && index < array.length && (index | 0) === index) array[index] = value;
    else this.#store(key, hashNumber(key), value);
  }

  #store(key: LuaValue, hash: number, value: LuaValue): void {
    const slot = this.#size === 0 ? -1 : this.#find(key, hash);
    if (slot >= 0) this.#slots[slot + 1] = value;
    else this.#insert(key, hash, value);
  }

  /** A border: an n with t[n] set and t[n + 1] nil, the one Lua 5.1 would find. */
  length(): number {
    const array = this.array;
    let high = array.length;
    if (high > 0 && array[high - 1] === undefined) {
      let low = 0;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (array[middle - 1] === undefined) high = middle;
        else low = middle;
      }
      return low;
    }
    return this.#size === 0 ? high : this.#unboundBorder(high);
  }

  #unboundBorder(start: number): number {
    let low = start;
    let high = start + 1;
    while (this.getNumber(high) !== undefined) {
      low = high;
      high *= 2;
      if (high > 0x7ffffffd) {
        let index = 1;
        while (this.getNumber(index) !== undefined) index++;
        return index - 1;
      }
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.getNumber(middle) === undefined) high = middle;
      else low = middle;
    }
    return low;
  }

  /**
   * Traversal by position: 0 starts, positions below array.length are array elements, those
   * from there on hash slots. Gives the position after the next present entry, or -1 at the end;
   * keyAt and valueAt of that position minus one are the entry.
   */
  advance(position: number): number {
    const array = this.array;
    let at = position;
    for (; at < array.length; at++) if (array[at] !== undefined) return at + 1;
    const slots = this.#slots;
    const size = this.#size;
    for (let slot = at - array.length; slot < size; slot++) {
      if (slots[(slot << 2) + 1] !== undefined) return slot + array.length + 1;
    }
    return -1;
  }

  keyAt(position: number): LuaValue {
    const length = this.array.length;
    return position < length ? position + 1 : (this.#slots[(position - length) << 2] as LuaValue);
  }

  valueAt(position: number): LuaValue {
    const length = this.array.length;
    return position < length
      ? this.array[position]
      : (this.#slots[((position - length) << 2) + 1] as LuaValue);
  }

  /** How many places there are: what walking over the whole table takes. */
  get capacity(): number {
    return this.array.length + this.#size;
  }

  /** The position right after a key, 0 for nil, -1 when the table does not know the key. */
  positionAfter(key: LuaValue): number {
    if (key === undefined) return 0;
    let hash: number;
    if (typeof key === 'number') {
      const length = this.array.length;
      if (key >= 1 && key <= length && Math.floor(key) === key) return key;
      hash = hashNumber(key);
    } else hash = typeof key === 'string' ? hashString(key) : hashOther(key);
    const slot = this.#size === 0 ? -1 : this.#find(key, hash);
    return slot < 0 ? -1 : this.array.length + (slot >> 2) + 1;
  }

  /** Makes room beforehand, as a table constructor or lua_createtable does. */
  reserve(arraySize: number, hashSize: number): this {
    if (arraySize > this.array.length || hashSize > 0) this.#resize(arraySize, hashSize);
    return this;
  }

  /** Gives the array part at least this many slots and leaves the hash part as it is. */
  growArray(size: number): void {
    const { array } = this;
    const from = array.length;
    while (array.length < size) array.push(undefined);
    if (this.#size === 0) return;
    for (let i = from + 1; i <= size; i++) {
      const slot = this.#find(i, hashNumber(i));
      if (slot < 0) continue;
      array[i - 1] = this.#slots[slot + 1] as LuaValue;
      this.#slots[slot + 1] = undefined;
    }
  }

  /** A table whose array part holds exactly these values; the array becomes the table's own. */
  static fromArray(values: LuaValue[]): LuaTable {
    const table = new LuaTable();
    table.array = values;
    countBytes(values.length * 8);
    return table;
  }

  /** Main slot of a hash kept in a slot: strings and booleans by mask, the others modulo. */
  #mainSlot(key: LuaValue, hash: number): number {
    const size = this.#size;
    if (typeof key === 'string' || typeof key === 'boolean') return (hash & (size - 1)) << 2;
    return ((hash >>> 0) % ((size - 1) | 1)) << 2;
  }

  #find(key: LuaValue, hash: number): number {
    const slots = this.#slots;
    let slot = this.#mainSlot(key, hash);
    while (slot >= 0) {
      if (slots[slot] === key) return slot;
      slot = slots[slot + 2] as number;
    }
    return -1;
  }

  #insert(key: LuaValue, hash: number, value: LuaValue): void {
    if (this.#size === 0) {
      this.#grow(key);
      this.set(key, value);
      return;
    }
    const slots = this.#slots;
    let slot = this.#mainSlot(key, hash);
    if (slots[slot + 1] !== undefined) {
      const free = this.#freeSlot();
      if (free < 0) {
        this.#grow(key);
        this.set(key, value);
        return;
      }
      slot = this.#makeRoom(slot, free);
    }
    slots[slot] = key;
    slots[slot + 1] = value;
    slots[slot + 3] = hash;
  }

  /** Resolves a collision at `slot`, given a free slot: where the new key goes. */
  #makeRoom(slot: number, free: number): number {
    const slots = this.#slots;
    const main = this.#mainSlot(slots[slot] as LuaValue, slots[slot + 3] as number);
    if (main === slot) {
      slots[free + 2] = slots[slot + 2] as number;
      slots[slot + 2] = free;
      return free;
    }
    let before = main;
    while (slots[before + 2] !== slot) before = slots[before + 2] as number;
    slots[before + 2] = free;
    for (let i = 0; i < 4; i++) slots[free + i] = slots[slot + i];
    slots[slot + 1] = undefined;
    slots[slot + 2] = -1;
    return slot;
  }

  #freeSlot(): number {
    const slots = this.#slots;
    while (this.#lastFree-- > 0) {
      const slot = this.#lastFree << 2;
      if (slots[slot] === undefined) return slot;
    }
    this.#lastFree = 0;
    return -1;
  }

  /** Counts the integer keys and gives both parts the sizes that suit them and one key more. */
  #grow(extra: LuaValue): void {
    counts.fill(0);
    let integers = 0;
    const array = this.array;
    for (let i = 0; i < array.length; i++) {
      if (array[i] === undefined) continue;
      counts[ceilLog2(i + 1)]!++;
      integers++;
    }
    let total = integers;
    const slots = this.#slots;
    for (let i = 0; i < this.#size; i++) {
      if (slots[(i << 2) + 1] === undefined) continue;
      total++;
      integers += countInteger(slots[i << 2] as LuaValue);
    }
    total++;
    integers += countInteger(extra);
    let arraySize = 0;
    let inArray = 0;
    let seen = 0;
    for (let bits = 0, power = 1; bits <= MAX_ARRAY_BITS && power / 2 < integers; bits++) {
      seen += counts[bits]!;
      if (counts[bits]! > 0 && seen > power / 2) {
        arraySize = power;
        inArray = seen;
      }
      power *= 2;
    }
    this.#resize(arraySize, total - inArray);
  }

  #resize(arraySize: number, hashSize: number): void {
    const array = this.array;
    const slots = this.#slots;
    const oldSize = this.#size;
    const size = hashSize === 0 ? 0 : 1 << ceilLog2(hashSize);
    if (size > MAX_HASH_SLOTS) throw new LuaError('table overflow');
    reserveBytes(Math.max(0, arraySize - array.length) * 8 + size * 32);
    this.#size = size;
    this.#lastFree = size;
    this.#slots = size === 0 ? NO_SLOTS : emptySlots(size);
    const surplus = arraySize < array.length ? array.splice(arraySize) : null;
    while (array.length < arraySize) array.push(undefined);
    if (surplus !== null) {
      for (let i = 0; i < surplus.length; i++) {
        if (surplus[i] !== undefined) this.setNumber(arraySize + i + 1, surplus[i]);
      }
    }
    for (let i = oldSize - 1; i >= 0; i--) {
      const value = slots[(i << 2) + 1] as LuaValue;
      if (value !== undefined) this.set(slots[i << 2] as LuaValue, value);
    }
  }
}

function emptySlots(size: number): Slot[] {
  const slots: Slot[] = [];
  for (let i = 0; i < size; i++) slots.push(undefined, undefined, -1, 0);
  return slots;
}

/** Counts a key that could live in the array part; 1 when it could, else 0. */
function countInteger(key: LuaValue): number {
  if (typeof key !== 'number' || key < 1 || key > MAX_ARRAY_SIZE) return 0;
  if (Math.floor(key) !== key) return 0;
  counts[ceilLog2(key)]!++;
  return 1;
}

function ceilLog2(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}

function hashOther(key: LuaValue): number {
  if (key === true) return 1;
  if (key === false || key === undefined) return 0;
  const { identity } = key as LuaTable | LuaFunction | Coroutine;
  return identity | 0;
}
