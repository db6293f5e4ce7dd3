/**
 * The size of the radix tree that the real server would keep a stream's nodes in, for XINFO STREAM.
 * Ours are kept otherwise (memory/id-index.ts), but the shape of such a tree follows from its keys
 * alone: master IDs as 16 bytes, big end first.
 *
 * A tree has a node for each key (its leaf), one for each position where keys part, and one for
 * each stretch of bytes between two of those, or before the first.
 */
import { StreamId } from '../../bytes/stream-id.ts';
import type { IdIndex } from '../../memory/id-index.ts';

const KEY_BYTES = 16;

/** O(keys). */
export function countRadixNodes(keys: IdIndex): number {
  // An empty tree has its root.
  if (!keys.first()) return 1;
  // Depths of the branches on the way to the last key; -1 stands for before the first byte.
  const branches: number[] = [-1];
  const id = new StreamId();
  const previous = new StreamId();
  keys.readId(previous);
  let nodes = 1;
  while (keys.next()) {
    keys.readId(id);
    const shared = sharedBytes(previous, id);
    // Everything below the branch where this key leaves is complete.
    let below = KEY_BYTES;
    while (branches.at(-1)! > shared) {
      const branch = branches.pop()!;
      nodes += stretch(branch, below);
      below = branch;
    }
    nodes += 1 + stretch(shared, below);
    if (branches.at(-1) !== shared) {
      nodes++;
      branches.push(shared);
    }
    previous.set(id);
  }
  let below = KEY_BYTES;
  for (const branch of branches.toReversed()) {
    nodes += stretch(branch, below);
    below = branch;
  }
  return nodes;
}

/** The node for the bytes between two branches, if there are any. */
function stretch(above: number, below: number): number {
  return below - above > 1 ? 1 : 0;
}

/** How many leading bytes two IDs share as keys. */
function sharedBytes(a: StreamId, b: StreamId): number {
  if (a.msHigh !== b.msHigh) return leading(a.msHigh, b.msHigh);
  if (a.msLow !== b.msLow) return 4 + leading(a.msLow, b.msLow);
  if (a.seqHigh !== b.seqHigh) return 8 + leading(a.seqHigh, b.seqHigh);
  return 12 + leading(a.seqLow, b.seqLow);
}

function leading(a: number, b: number): number {
  return Math.clz32(a ^ b) >> 3;
}
