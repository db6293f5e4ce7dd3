/**
 * List values: one listpack while it is within list-max-listpack-size, a Quicklist beyond. Clients
 * cannot tell them apart: the real server calls both "quicklist", and a quicklist of one node is
 * what a single listpack is here, without the objects around it. A list that shrank to one node of
 * a fraction of the limit becomes a listpack again.
 *
 *                  listpack (n small)   quicklist
 *   push, pop      O(bytes)             O(node)
 *   index          O(n)                 O(nodes / 64 + node)
 *
 * Elements are found with `seek` and taken out with `removeRange`; a list that became empty is the
 * caller's to delete. Unless said otherwise, the bytes given must not lie in the same list.
 */
import { equalsBytes } from '../bytes/text.ts';
import type { Heap, Ref } from '../memory/heap.ts';
import { type ElementVisitor, Listpacks } from '../memory/listpack.ts';
import { isLarge, type NodeVisitor, Quicklist } from '../memory/quicklist.ts';
import { nodeTakes } from '../memory/quicklist-node-store.ts';
import {
  copyEntry,
  createEntryWith,
  encodingOf,
  type Entry,
  LIST_LISTPACK,
  LIST_QUICKLIST,
  payloadOf,
  setEncoding,
  setPayload,
  TYPE_LIST,
} from './entry.ts';
import type { ValueLimits } from './limits.ts';
import type { ObjectTable } from './object-table.ts';

/** A quicklist whose only node has at most so many bytes is turned into a listpack. */
const SMALL_AGAIN_BYTES = 1024;

export class Lists {
  /** The element found last; valid until the heap changes or the next call. */
  foundBytes: Uint8Array = new Uint8Array(0);
  foundStart = 0;
  foundEnd = 0;

  readonly #heap: Heap;
  readonly #objects: ObjectTable;
  readonly #limits: ValueLimits;
  readonly #listpacks: Listpacks;
  /** Reads what visitors get, so that their own calls do not overwrite it. */
  readonly #visited: Listpacks;
  #moved = new Uint8Array(64);

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits) {
    this.#heap = heap;
    this.#objects = objects;
    this.#limits = limits;
    this.#listpacks = new Listpacks(heap);
    this.#visited = new Listpacks(heap);
  }

  /** An entry with an empty list for the key. */
  create(key: Uint8Array, start: number, end: number): Entry {
    const payload = this.#listpacks.create();
    return createEntryWith(this.#heap, TYPE_LIST, LIST_LISTPACK, key, start, end, payload);
  }

  length(entry: Entry): number {
    const payload = payloadOf(this.#heap, entry);
    return isSmall(this.#heap, entry)
      ? this.#listpacks.length(payload)
      : this.#large(payload).length;
  }

  pushHead(entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    this.#push(entry, bytes, start, end, true);
  }

  pushTail(entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    this.#push(entry, bytes, start, end, false);
  }

  #push(entry: Entry, bytes: Uint8Array, start: number, end: number, head: boolean): void {
    const payload = payloadOf(this.#heap, entry);
    const listpacks = this.#listpacks;
    if (!isSmall(this.#heap, entry) || !this.#takes(payload, end - start)) {
      const list = this.#makeLarge(entry);
      if (head) list.pushHead(bytes, start, end);
      else list.pushTail(bytes, start, end);
    } else if (listpacks.pushInPlace(payload, bytes, start, end, head) === 0) {
      const moved = head
        ? listpacks.prepend(payload, bytes, start, end)
        : listpacks.append(payload, bytes, start, end);
      setPayload(this.#heap, entry, moved);
    }
  }

  /** Finds the first (or last) element of a list that is not empty. */
  seekEnd(entry: Entry, head: boolean): void {
    const payload = payloadOf(this.#heap, entry);
    if (!isSmall(this.#heap, entry)) {
      const list = this.#large(payload);
      list.seekEnd(head);
      this.foundBytes = list.foundBytes;
      this.foundStart = list.foundStart;
      this.foundEnd = list.foundEnd;
      return;
    }
    const listpacks = this.#listpacks;
    listpacks.read(payload, head ? listpacks.first(payload) : listpacks.last(payload));
    this.foundBytes = listpacks.foundBytes;
    this.foundStart = listpacks.foundStart;
    this.foundEnd = listpacks.foundEnd;
  }

  /** Finds the element of this index (negative: from the tail); false when there is none. */
  seek(entry: Entry, index: number): boolean {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      const listpacks = this.#listpacks;
      const position = listpacks.seek(payload, index);
      if (position === 0) return false;
      listpacks.read(payload, position);
      this.foundBytes = listpacks.foundBytes;
      this.foundStart = listpacks.foundStart;
      this.foundEnd = listpacks.foundEnd;
      return true;
    }
    const list = this.#large(payload);
    const place = index < 0 ? index + list.length : index;
    if (place < 0 || place >= list.length) return false;
    list.seek(place);
    this.foundBytes = list.foundBytes;
    this.foundStart = list.foundStart;
    this.foundEnd = list.foundEnd;
    return true;
  }

  /** Takes `count` elements from `index` on out, 0 <= index. */
  removeRange(entry: Entry, index: number, count: number): void {
    if (count <= 0) return;
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      setPayload(this.#heap, entry, this.#listpacks.deleteRange(payload, index, count));
      return;
    }
    this.#large(payload).deleteRange(index, count);
    this.#shrink(entry);
  }

  /** Takes the first (or last) element out of a list that is not empty. */
  removeEnd(entry: Entry, head: boolean): void {
    const payload = payloadOf(this.#heap, entry);
    if (!isSmall(this.#heap, entry)) {
      const list = this.#large(payload);
      list.removeEnd(head);
      if (list.nodeCount === 1) this.#shrink(entry);
      return;
    }
    const listpacks = this.#listpacks;
    if (listpacks.popInPlace(payload, head) !== 0) return;
    const position = head ? listpacks.first(payload) : listpacks.last(payload);
    setPayload(this.#heap, entry, listpacks.delete(payload, position));
  }

  /** Keeps `count` elements from `index` on; both must lie within the list. */
  keepRange(entry: Entry, index: number, count: number): void {
    const behind = index + count;
    this.removeRange(entry, behind, this.length(entry) - behind);
    this.removeRange(entry, 0, index);
  }

  /**
   * Takes an end element of one list and adds it to an end of another, or of the same. It is left
   * in `found…` in memory of its own, valid until the next move.
   */
  move(source: Entry, target: Entry, fromHead: boolean, toHead: boolean): void {
    this.seekEnd(source, fromHead);
    const length = this.foundEnd - this.foundStart;
    if (length > this.#moved.length) this.#moved = new Uint8Array(length * 2);
    else if (this.#moved.length > 65_536 && length < 1024) this.#moved = new Uint8Array(1024);
    const moved = this.#moved;
    for (let i = 0; i < length; i++) moved[i] = this.foundBytes[this.foundStart + i]!;
    // Between two lists the push comes first: when the heap is full, nothing may get lost.
    if (source === target) this.removeEnd(source, fromHead);
    if (toHead) this.pushHead(target, moved, 0, length);
    else this.pushTail(target, moved, 0, length);
    if (source !== target) this.removeEnd(source, fromHead);
    this.foundBytes = moved;
    this.foundStart = 0;
    this.foundEnd = length;
  }

  /** Replaces the element at `index` (negative: from the tail); false when there is none. */
  set(entry: Entry, index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.length(entry);
    const place = index < 0 ? index + length : index;
    if (place < 0 || place >= length) return false;
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry) && !isLarge(end - start)) {
      const listpacks = this.#listpacks;
      const position = listpacks.seek(payload, place);
      setPayload(this.#heap, entry, listpacks.replace(payload, position, bytes, start, end));
      return true;
    }
    this.#makeLarge(entry).set(place, bytes, start, end);
    this.#shrink(entry);
    return true;
  }

  /** Inserts behind (or before) the element at `index`, which must be there. */
  insert(
    entry: Entry,
    index: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    after: boolean,
  ): void {
    const payload = payloadOf(this.#heap, entry);
    if (!isSmall(this.#heap, entry) || !this.#takes(payload, end - start)) {
      this.#makeLarge(entry).insert(index, bytes, start, end, after);
      return;
    }
    const listpacks = this.#listpacks;
    const found = listpacks.seek(payload, after ? index + 1 : index);
    const position = found === 0 ? listpacks.end(payload) : found;
    setPayload(this.#heap, entry, listpacks.insert(payload, position, bytes, start, end));
  }

  /**
   * Deletes elements equal to these bytes: the first `count` from the head, the last `-count` when it
   * is negative, all when it is 0. Returns how many.
   */
  removeEqual(entry: Entry, bytes: Uint8Array, start: number, end: number, count: number): number {
    const limit = count === 0 ? Infinity : Math.abs(count);
    const small = isSmall(this.#heap, entry);
    if (!small) {
      const list = this.#large(payloadOf(this.#heap, entry));
      const removed = list.removeEqual(bytes, start, end, limit, count < 0);
      if (removed > 0) this.#shrink(entry);
      return removed;
    }
    const listpacks = this.#listpacks;
    let ref = payloadOf(this.#heap, entry);
    let removed = 0;
    if (count < 0) {
      let at = listpacks.last(ref);
      while (at !== 0 && removed < limit) {
        if (listpacks.equals(ref, at, bytes, start, end)) {
          ref = listpacks.delete(ref, at);
          removed++;
        }
        at = listpacks.previous(ref, at);
      }
    } else {
      let at = listpacks.first(ref);
      while (at !== 0 && removed < limit) {
        at = listpacks.find(ref, at, bytes, start, end, 0);
        if (at === 0) break;
        ref = listpacks.delete(ref, at);
        removed++;
        if (at === listpacks.end(ref)) break;
      }
    }
    setPayload(this.#heap, entry, ref);
    return removed;
  }

  /**
   * Visits `count` elements from `index` on, towards the tail or (`reverse`) the head, until `visit`
   * returns false. The list must not change meanwhile.
   */
  forEach(
    entry: Entry,
    index: number,
    count: number,
    reverse: boolean,
    visit: ElementVisitor,
  ): void {
    const ref = payloadOf(this.#heap, entry);
    if (!isSmall(this.#heap, entry)) {
      this.#large(ref).forEach(index, count, reverse, visit);
      return;
    }
    const visited = this.#visited;
    if (index >= 0) visited.walk(ref, visited.seek(ref, index), count, reverse, visit);
  }

  /**
   * The index of an element equal to these bytes, or -1: looks at `limit` elements from `from` on,
   * towards the tail or (`reverse`) the head. To find the next one, start behind the last.
   */
  indexOf(
    entry: Entry,
    bytes: Uint8Array,
    start: number,
    end: number,
    from: number,
    limit: number,
    reverse: boolean,
  ): number {
    let index = from;
    let found = -1;
    this.forEach(entry, from, limit, reverse, (other, otherStart, otherEnd) => {
      if (equalsBytes(other, otherStart, otherEnd, bytes, start, end)) {
        found = index;
        return false;
      }
      index += reverse ? -1 : 1;
      return true;
    });
    return found;
  }

  /** Visits the nodes in order, as DUMP and snapshots save them. */
  forEachNode(entry: Entry, visit: NodeVisitor): void {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) visit(payload, this.#listpacks.totalBytes(payload), false);
    else this.#large(payload).forEachNode(visit);
  }

  /**
   * Appends a node read from a file: a validated listpack that is not empty, or the bytes of one
   * large element. The first one may be added to the empty list that `create` made.
   */
  appendNode(entry: Entry, bytes: Uint8Array, start: number, end: number, plain: boolean): void {
    const heap = this.#heap;
    const payload = payloadOf(heap, entry);
    const small = isSmall(heap, entry);
    if (small && this.#listpacks.length(payload) === 0) {
      heap.free(payload);
      if (!plain) {
        setPayload(heap, entry, this.#listpacks.fromBytes(bytes, start, end));
        return;
      }
      const list = this.#newLarge();
      list.appendPlain(bytes, start, end);
      setEncoding(heap, entry, LIST_QUICKLIST);
      setPayload(heap, entry, this.#objects.add(list));
      return;
    }
    const list = this.#makeLarge(entry);
    if (plain) list.appendPlain(bytes, start, end);
    else list.appendListpack(this.#listpacks.fromBytes(bytes, start, end));
  }

  /** A copy of the entry and its list under another key. O(bytes). */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const target = copyEntry(this.#heap, entry, key, start, end);
    try {
      this.copyValue(entry, target);
    } catch (error) {
      this.#heap.free(target);
      throw error;
    }
    return target;
  }

  /** Gives `target`, a copy of this entry's head, its own copy of the value. O(bytes). */
  copyValue(entry: Entry, target: Entry): void {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      setPayload(this.#heap, target, this.#listpacks.copy(payload));
      return;
    }
    const list = this.#newLarge();
    this.#large(payload).copyTo(list);
    setPayload(this.#heap, target, this.#objects.add(list));
  }

  #takes(ref: Ref, added: number): boolean {
    if (isLarge(added)) return false;
    const listpacks = this.#listpacks;
    const bytes = listpacks.totalBytes(ref);
    return nodeTakes(this.#limits.listMaxListpackSize, listpacks.length(ref), bytes, added);
  }

  #newLarge(): Quicklist {
    const { listMaxListpackSize, listCompressDepth } = this.#limits;
    return new Quicklist(this.#heap, this.#visited, listMaxListpackSize, listCompressDepth);
  }

  #large(handle: number): Quicklist {
    return this.#objects.get(handle) as Quicklist;
  }

  /** The list as a quicklist, which it becomes if it is none. */
  #makeLarge(entry: Entry): Quicklist {
    const heap = this.#heap;
    const payload = payloadOf(heap, entry);
    if (!isSmall(heap, entry)) return this.#large(payload);
    const list = this.#newLarge();
    if (this.#listpacks.length(payload) > 0) list.appendListpack(payload);
    else heap.free(payload);
    setEncoding(heap, entry, LIST_QUICKLIST);
    setPayload(heap, entry, this.#objects.add(list));
    return list;
  }

  /** Makes a quicklist with one short node a listpack, and one without nodes an empty one. */
  #shrink(entry: Entry): void {
    const heap = this.#heap;
    const handle = payloadOf(heap, entry);
    const list = this.#large(handle);
    if (list.length > 0 && list.onlyListpackBytes > SMALL_AGAIN_BYTES) return;
    const ref = list.length === 0 ? this.#listpacks.create() : list.takeOnlyListpack();
    this.#objects.remove(handle).freeSome(Infinity);
    setEncoding(heap, entry, LIST_LISTPACK);
    setPayload(heap, entry, ref);
  }
}

function isSmall(heap: Heap, entry: Entry): boolean {
  return encodingOf(heap, entry) === LIST_LISTPACK;
}
