/**
 * Walking over the members of a Skiplist. Their blocks lie scattered, so a chunk of them is read ahead
 * in a loop that does nothing else: the processor overlaps the cache misses, and the scores, which
 * have to go through memory to become doubles, have arrived when they are needed.
 */
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import { memberLength } from './member-block.ts';
import { FORWARD, LEAF, PREVIOUS, SPAN, type SkiplistNodes } from './skiplist-nodes.ts';

/** Members read ahead. */
const CHUNK = 32;
const LONG_MEMBER = 255;

/**
 * Gets a member and its score; false stops the walk. The set must not change meanwhile. `Memory` is
 * the form in which the member's segment is wanted.
 */
export type MemberVisitor<Memory = Uint8Array> = (
  memory: Memory,
  start: number,
  end: number,
  score: number,
) => boolean;

/** What was read ahead, by position in the chunk. */
class Chunk {
  readonly scores = new Float64Array(CHUNK);
  readonly #scoreWords = new Int32Array(this.scores.buffer);
  readonly starts = new Int32Array(CHUNK);
  readonly ends = new Int32Array(CHUNK);

  /** Reads where the members of `count` refs are, from `from` on, or (`step` -1) at it and before. */
  readBounds(heap: Heap, refs: Int32Array, from: number, count: number, step: number): void {
    const segments = heap.words;
    const { starts, ends } = this;
    for (let i = 0, at = from; i < count; i++, at += step) {
      const ref = refs[at]!;
      const word = (ref & GRANULE_MASK) << 1;
      // The layout is that of member-block.ts.
      const head = segments[ref >>> SEGMENT_SHIFT]![word]!;
      const start = (word << 2) + (head & 0xff);
      const length = (head >>> 8) & 0xff;
      starts[i] = start;
      ends[i] = start + (length < LONG_MEMBER ? length : memberLength(heap, ref));
    }
  }

  /** Reads their scores. */
  readScores(heap: Heap, refs: Int32Array, from: number, count: number, step: number): void {
    const segments = heap.words;
    const scoreWords = this.#scoreWords;
    for (let i = 0, at = from; i < count; i++, at += step) {
      const ref = refs[at]!;
      const words = segments[ref >>> SEGMENT_SHIFT]!;
      const word = (ref & GRANULE_MASK) << 1;
      const middle = words[word + 1]!;
      scoreWords[i * 2] = (words[word]! >>> 16) | (middle << 16);
      scoreWords[i * 2 + 1] = (middle >>> 16) | (words[word + 2]! << 16);
    }
  }
}

const shared = new Chunk();
/** Whether a walk is using `shared`: one within another needs its own. */
let isShared = false;

/**
 * Visits `count` members, or all there are, from the `index`-th of a node on, upwards or (`reverse`)
 * downwards. `segments` is what visitors get of a heap: its bytes or its views; scores mean something
 * only when they are wanted (`scored`). Allocates nothing, unless called by the visitor of another walk.
 */
export function walkMembers<Memory>(
  heap: Heap,
  segments: readonly Memory[],
  nodes: SkiplistNodes,
  first: Ref,
  index: number,
  count: number,
  reverse: boolean,
  scored: boolean,
  visit: MemberVisitor<Memory>,
): void {
  if (isShared) {
    walkNodes(new Chunk(), heap, segments, nodes, first, index, count, reverse, scored, visit);
    return;
  }
  isShared = true;
  try {
    walkNodes(shared, heap, segments, nodes, first, index, count, reverse, scored, visit);
  } finally {
    isShared = false;
  }
}

function walkNodes<Memory>(
  chunk: Chunk,
  heap: Heap,
  segments: readonly Memory[],
  nodes: SkiplistNodes,
  first: Ref,
  index: number,
  count: number,
  reverse: boolean,
  scored: boolean,
  visit: MemberVisitor<Memory>,
): void {
  const { scores, starts, ends } = chunk;
  const step = reverse ? -1 : 1;
  let node = first;
  let place = index;
  for (let left = count; left > 0 && node !== 0;) {
    const held = nodes.get(node, SPAN);
    if (place < 0) place = held - 1;
    const leaf = nodes.get(node, LEAF);
    const refs = heap.words[leaf >>> SEGMENT_SHIFT]!;
    let at = ((leaf & GRANULE_MASK) << 1) + place;
    let here = Math.min(left, reverse ? place + 1 : held - place);
    left -= here;
    for (; here > 0; here -= CHUNK) {
      const read = Math.min(here, CHUNK);
      chunk.readBounds(heap, refs, at, read, step);
      if (scored) chunk.readScores(heap, refs, at, read, step);
      for (let i = 0; i < read; i++, at += step) {
        const memory = segments[refs[at]! >>> SEGMENT_SHIFT]!;
        if (!visit(memory, starts[i]!, ends[i]!, scores[i]!)) return;
      }
    }
    node = nodes.get(node, reverse ? PREVIOUS : FORWARD);
    place = reverse ? -1 : 0;
  }
}
