import { StreamId } from '../bytes/stream-id.ts';
import type { Stream } from './stream.ts';
import { ENTRY_DELETED, NodeReader } from './stream-node.ts';

/**
 * Walks over the living entries of a stream between two IDs, both included, in either direction.
 * The stream must not change meanwhile; its groups may. O(log nodes) to begin, O(1) an entry.
 */
export class StreamRange {
  /** Stands at the present entry. */
  readonly reader = new NodeReader();
  readonly #from = new StreamId();
  readonly #to = new StreamId();
  #stream: Stream | undefined;
  #isReverse = false;
  #isOpen = false;

  /** Begins before the first entry. `from` is the lower end, whatever the direction. */
  begin(stream: Stream, from: StreamId, to: StreamId, isReverse: boolean): void {
    this.#stream = stream;
    this.#from.set(from);
    this.#to.set(to);
    this.#isReverse = isReverse;
    this.#isOpen = false;
  }

  /** Goes to the next entry; false when there is none. */
  next(): boolean {
    const { reader } = this;
    do {
      const isThere = this.#isReverse ? this.#back() : this.#forth();
      if (!isThere) return false;
    } while ((reader.flags & ENTRY_DELETED) !== 0);
    return this.#isReverse ? reader.id.compare(this.#from) >= 0 : reader.id.compare(this.#to) <= 0;
  }

  /** One entry on, deleted or not. */
  #forth(): boolean {
    const { reader } = this;
    const { nodes } = this.#stream!;
    if (!this.#isOpen) {
      this.#isOpen = true;
      if (!nodes.seekBack(this.#from) && !nodes.first()) return false;
      this.#stream!.openNode(reader);
      if (reader.seek(this.#from)) return true;
    } else if (reader.next()) return true;
    if (!nodes.next()) return false;
    this.#stream!.openNode(reader);
    reader.toFirst();
    return true;
  }

  #back(): boolean {
    const { reader } = this;
    const { nodes } = this.#stream!;
    if (!this.#isOpen) {
      this.#isOpen = true;
      if (!nodes.seekBack(this.#to)) return false;
      this.#stream!.openListpack(reader);
      reader.toLast();
      // A node begins with its master ID, so some entry of it is within.
      while (reader.id.compare(this.#to) > 0) reader.previous();
      return true;
    }
    if (reader.previous()) return true;
    if (!nodes.previous()) return false;
    this.#stream!.openListpack(reader);
    reader.toLast();
    return true;
  }
}
