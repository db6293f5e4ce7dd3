/**
 * Small sorted sets: one listpack of member, score, member, score … in order, as Redis 7.0 keeps
 * them. A score with an integral value up to 2^62 is stored as an integer (so -0 becomes 0), any
 * other as its text. Places are ranks; the listpack is walked from the nearer end.
 */
import { parseDouble } from '../bytes/double.ts';
import { writeDouble } from '../bytes/format-double.ts';
import { writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { compareBytes } from '../bytes/text.ts';
import type { Heap, Ref } from '../memory/heap.ts';
import { Listpacks, type Position } from '../memory/listpack.ts';
import type { MemberVisitor } from '../memory/skiplist-walk.ts';

/** Integral scores up to here are stored as integers. */
export const LARGEST_INTEGER_SCORE = 2 ** 62;
/** More than a member and its score take in a listpack beside the member's text. */
const MOST_BESIDE_MEMBER = 48;

export class ListpackSets {
  readonly #listpacks: Listpacks;
  /** Reads what visitors get, so that their own calls do not overwrite it. */
  readonly #visited: Listpacks;
  readonly #text = new Uint8Array(32);

  constructor(heap: Heap, listpacks: Listpacks) {
    this.#listpacks = listpacks;
    this.#visited = new Listpacks(heap);
  }

  size(ref: Ref): number {
    return this.#listpacks.length(ref) >>> 1;
  }

  /** Position of the member, or 0. */
  find(ref: Ref, bytes: Uint8Array, start: number, end: number): Position {
    return this.#listpacks.find(ref, this.#listpacks.first(ref), bytes, start, end, 1);
  }

  /** Score of the member at a position. */
  scoreAt(ref: Ref, member: Position): number {
    return this.#readScore(ref, this.#listpacks.next(ref, member));
  }

  #readScore(ref: Ref, position: Position): number {
    const listpacks = this.#listpacks;
    const value = listpacks.readInteger(ref, position);
    if (!Number.isNaN(value)) return value;
    listpacks.read(ref, position);
    return parseDouble(listpacks.foundBytes, listpacks.foundStart, listpacks.foundEnd) ?? 0;
  }

  /** Adds an absent member where it belongs; returns the listpack. */
  insert(ref: Ref, score: number, bytes: Uint8Array, start: number, end: number): Ref {
    return this.#insertAt(
      this.#place(ref, score, bytes, start, end),
      ref,
      score,
      bytes,
      start,
      end,
    );
  }

  /** Gives the member at a position, which is named by the bytes, another score; returns the listpack. */
  rescore(
    ref: Ref,
    member: Position,
    score: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Ref {
    const listpacks = this.#listpacks;
    const size = listpacks.end(ref);
    const position = this.#place(ref, score, bytes, start, end);
    // It goes in before it goes out: when memory runs out, nothing may get lost.
    const grown = this.#insertAt(position, ref, score, bytes, start, end);
    const old = position <= member ? member + listpacks.end(grown) - size : member;
    return listpacks.delete(grown, old, 2);
  }

  /** Where a member belongs. */
  #place(ref: Ref, score: number, bytes: Uint8Array, start: number, end: number): Position {
    const listpacks = this.#listpacks;
    let position = listpacks.end(ref);
    // Most members come in order or are few: look from the end, where the former belong.
    for (let at = listpacks.last(ref); at !== 0;) {
      const other = this.#readScore(ref, at);
      if (other < score) break;
      const member = listpacks.previous(ref, at);
      if (other === score && this.#compare(ref, member, bytes, start, end) < 0) break;
      position = member;
      at = listpacks.previous(ref, member);
    }
    return position;
  }

  #insertAt(
    position: Position,
    ref: Ref,
    score: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Ref {
    const listpacks = this.#listpacks;
    let block = ref;
    // Both elements or none.
    if (listpacks.spare(ref) < end - start + MOST_BESIDE_MEMBER) {
      const length = this.#writeScore(score);
      const scoreBytes = listpacks.sizeOf(this.#text, 0, length);
      block = listpacks.reserve(ref, scoreBytes + listpacks.sizeOf(bytes, start, end));
    }
    const moved = listpacks.insert(block, position, bytes, start, end);
    const behind = listpacks.next(moved, position);
    return this.#insertScore(moved, behind === 0 ? listpacks.end(moved) : behind, score);
  }

  /** Takes the member at a position out; returns the listpack. */
  removeAt(ref: Ref, member: Position): Ref {
    return this.#listpacks.delete(ref, member, 2);
  }

  removeRange(ref: Ref, rank: number, count: number): Ref {
    return this.#listpacks.deleteRange(ref, rank * 2, count * 2);
  }

  /** Number of members before a position. */
  rankAt(ref: Ref, member: Position): number {
    const listpacks = this.#listpacks;
    let rank = 0;
    for (let at = listpacks.first(ref); at !== member; rank++) {
      at = listpacks.next(ref, listpacks.next(ref, at));
    }
    return rank;
  }

  /** Position of the member of this rank, or 0. */
  atRank(ref: Ref, rank: number): Position {
    return this.#listpacks.seek(ref, rank * 2);
  }

  /** Number of members with a score below this one, or (`orEqual`) not above it. */
  countBelowScore(ref: Ref, score: number, orEqual: boolean): number {
    const listpacks = this.#listpacks;
    let rank = 0;
    for (let at = listpacks.first(ref); at !== 0; rank++) {
      const other = this.scoreAt(ref, at);
      if (other > score || (other === score && !orEqual)) break;
      at = listpacks.next(ref, listpacks.next(ref, at));
    }
    return rank;
  }

  /** Number of members in front that sort before these bytes, or (`orEqual`) not after them. */
  countBelowMember(
    ref: Ref,
    bytes: Uint8Array,
    start: number,
    end: number,
    orEqual: boolean,
  ): number {
    const listpacks = this.#listpacks;
    let rank = 0;
    for (let at = listpacks.first(ref); at !== 0; rank++) {
      if (this.#compare(ref, at, bytes, start, end) >= (orEqual ? 1 : 0)) break;
      at = listpacks.next(ref, listpacks.next(ref, at));
    }
    return rank;
  }

  /**
   * Visits `count` members from a rank on, up or down. What the visitor gets is valid until the
   * next `forEach`.
   */
  forEach(ref: Ref, rank: number, count: number, reverse: boolean, visit: MemberVisitor): void {
    const listpacks = this.#listpacks;
    const visited = this.#visited;
    let at = this.atRank(ref, rank);
    for (let left = count; left > 0 && at !== 0; left--) {
      const score = this.scoreAt(ref, at);
      visited.read(ref, at);
      if (!visit(visited.foundBytes, visited.foundStart, visited.foundEnd, score)) return;
      const step = reverse ? listpacks.previous(ref, at) : listpacks.next(ref, at);
      at = reverse ? step && listpacks.previous(ref, step) : listpacks.next(ref, step);
    }
  }

  #compare(ref: Ref, at: Position, bytes: Uint8Array, start: number, end: number): number {
    const found = this.#listpacks;
    found.read(ref, at);
    return compareBytes(found.foundBytes, found.foundStart, found.foundEnd, bytes, start, end);
  }

  #insertScore(ref: Ref, position: Position, score: number): Ref {
    const listpacks = this.#listpacks;
    if (Number.isSafeInteger(score) && position === listpacks.end(ref)) {
      return listpacks.appendInteger(ref, score === 0 ? 0 : score);
    }
    const length = this.#writeScore(score);
    return listpacks.insert(ref, position, this.#text, 0, length);
  }

  /** Writes a score as it is stored; returns the length of the text. */
  #writeScore(score: number): number {
    if (Number.isSafeInteger(score)) return writeInteger(this.#text, 0, score);
    const integral = Number.isInteger(score) && Math.abs(score) <= LARGEST_INTEGER_SCORE;
    if (integral) return writeBigInteger(this.#text, 0, BigInt(score));
    return writeDouble(this.#text, 0, score);
  }
}
