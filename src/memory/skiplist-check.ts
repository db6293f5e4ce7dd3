/** Verifies the invariants that skiplist.ts states. For tests and DEBUG; O(n). */
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import { memberLength, memberScore, memberStart } from './member-block.ts';
import type { Skiplist } from './skiplist.ts';
import {
  FIRST,
  FORWARD,
  KEY_HIGH,
  KEY_LOW,
  LEAF,
  LEAF_LIMIT,
  PREVIOUS,
  SHAPE,
  SPAN,
  orderHigh,
  orderLow,
  scoreHigh,
  scoreLow,
} from './skiplist-nodes.ts';

function fail(what: string): never {
  throw new Error(`skiplist invariant broken: ${what}`);
}

/** Score order, then byte order, as the real server sorts: written without order keys. */
function compareMembers(heap: Heap, left: Ref, right: Ref): number {
  const difference = memberScore(heap, left) - memberScore(heap, right);
  if (memberScore(heap, left) !== memberScore(heap, right)) return difference;
  const leftStart = memberStart(heap, left);
  const rightStart = memberStart(heap, right);
  const shared = Math.min(memberLength(heap, left), memberLength(heap, right));
  for (let i = 0; i < shared; i++) {
    const byte = heap.bytes[left >>> SEGMENT_SHIFT]![leftStart + i]!;
    const other = heap.bytes[right >>> SEGMENT_SHIFT]![rightStart + i]!;
    if (byte !== other) return byte - other;
  }
  return memberLength(heap, left) - memberLength(heap, right);
}

/** Throws when anything is out of order. Returns the members in order. */
export function checkSkiplist(heap: Heap, list: Skiplist): Ref[] {
  const { nodes, head, tail, height } = list.structure();
  const members: Ref[] = [];
  const starts = new Map<Ref, number>();
  let bytes = 0;
  let last = 0;
  for (let node = head; node !== 0; node = nodes.get(node, FORWARD)) {
    const count = nodes.get(node, SPAN);
    const leaf = nodes.get(node, LEAF);
    starts.set(node, members.length);
    if (nodes.get(node, PREVIOUS) !== last) fail('link back');
    if (count === 0 && list.size > 0) fail('empty leaf');
    if (count > LEAF_LIMIT || count > nodes.get(node, SHAPE) >>> 8) fail('leaf overflows');
    bytes += heap.usableSize(node) + (leaf === 0 ? 0 : heap.usableSize(leaf));
    for (let i = 0; i < count; i++) {
      members.push(heap.words[leaf >>> SEGMENT_SHIFT]![((leaf & GRANULE_MASK) << 1) + i]!);
    }
    if (node !== head) {
      const first = nodes.memberAt(node, 0);
      const high = scoreHigh(heap, first);
      const low = scoreLow(heap, first);
      if (nodes.get(node, FIRST) !== first) fail('first member');
      if (nodes.get(node, KEY_HIGH) !== orderHigh(high, low)) fail('key');
      if (nodes.get(node, KEY_LOW) !== orderLow(high, low)) fail('key');
    }
    last = node;
  }
  if (last !== tail) fail('tail');
  if (bytes !== list.bytesUsed) fail('bytes used');
  if (members.length !== list.size) fail('size');
  for (let i = 1; i < members.length; i++) {
    if (compareMembers(heap, members[i - 1]!, members[i]!) >= 0) fail(`order at rank ${i}`);
  }
  for (let level = 0; level < height; level++) {
    for (let node = head; node !== 0;) {
      const next = nodes.get(node, FORWARD + level * 2);
      const end = next === 0 ? members.length : starts.get(next)!;
      if (starts.get(node)! + nodes.get(node, SPAN + level * 2) !== end)
        fail(`span, level ${level}`);
      if (next !== 0 && nodes.heightOf(next) <= level) fail('height');
      node = next;
    }
  }
  return members;
}
