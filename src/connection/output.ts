/**
 * Replies on their way to sockets. Within one turn of the event loop everything is written to one
 * slab, client after client; at the turn's end each client's stretches go out in one write.
 * Replies to the client that is served come through `writer`; what it and others are sent meanwhile
 * (messages, invalidations) comes through `aside`, and never lands inside a reply: a client that is
 * in the middle of one gets it when that has ended.
 *
 * A slab is used again at once when the system took all of it, as it nearly always does; otherwise
 * the sockets keep the slab and a new one is begun.
 */
import { ReplyWriter } from '../resp/reply-writer.ts';

const SLAB_BYTES = 64 * 1024;
/** A turn's output beyond this goes out before the turn ends. */
const FLUSH_EARLY_BYTES = 1024 * 1024;
/**
 * A slab that grew to more than this is let go. One that a turn of long replies fills has twice
 * what is flushed early, and a reply more.
 */
const KEPT_SLAB_BYTES = 4 * FLUSH_EARLY_BYTES;

/** Who output is written to. */
export interface OutputTarget {
  readonly protocol: 2 | 3;
  /** Where its latest stretch stands; kept for the output, which alone writes it. */
  lastStretch: number;
  /** Sends the bytes; false when some are still in use after the call. */
  send(bytes: Uint8Array, start: number, end: number): boolean;
  /** All stretches of the turn were sent. */
  sent(): void;
  /** Closes the connection; what was not sent is lost. */
  closeNow?(): void;
}

/** Stretches of a turn, in columns that are used again: a turn allocates nothing. */
class Stretches {
  count = 0;
  readonly targets: (OutputTarget | undefined)[] = [];
  readonly writers: ReplyWriter[] = [];
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);

  start(index: number): number {
    return this.#starts[index];
  }

  end(index: number): number {
    return this.#ends[index];
  }

  /**
   * Adds a stretch, to the target's latest one when it goes on from there: a client is sent the
   * messages of a turn in one write, however many others got the same ones in between.
   */
  add(target: OutputTarget, writer: ReplyWriter, start: number, end: number): void {
    const last = target.lastStretch;
    const goesOn =
      last < this.count &&
      this.#ends[last] === start &&
      this.targets[last] === target &&
      this.writers[last] === writer;
    if (goesOn) this.#ends[last] = end;
    else this.#append(target, writer, start, end);
  }

  /** Forgets all stretches, and their targets, which may be gone. */
  clear(): void {
    for (let i = 0; i < this.count; i++) this.targets[i] = undefined;
    this.count = 0;
  }

  #append(target: OutputTarget, writer: ReplyWriter, start: number, end: number): void {
    const index = this.count++;
    target.lastStretch = index;
    if (index === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
    this.targets[index] = target;
    this.writers[index] = writer;
    this.#starts[index] = start;
    this.#ends[index] = end;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(column.length * 2);
  wide.set(column);
  return wide;
}

/** Sends every stretch to its target; whether some bytes are still in use after that. */
function sendAll(stretches: Stretches): boolean {
  const { count, targets, writers } = stretches;
  let isBusy = false;
  for (let i = 0; i < count; i++)
    if (!targets[i]!.send(writers[i].bytes, stretches.start(i), stretches.end(i))) isBusy = true;
  for (let i = 0; i < count; i++) targets[i]!.sent();
  return isBusy;
}

/** Disconnects the targets of replies that must not be sent; no bytes are in use after that. */
function closeAll(stretches: Stretches): false {
  for (let i = 0; i < stretches.count; i++) stretches.targets[i]!.closeNow?.();
  return false;
}

export class Output {
  readonly writer = new ReplyWriter(SLAB_BYTES);
  readonly aside = new ReplyWriter(SLAB_BYTES);
  /**
   * Called before anything is sent: what must be on disk first is written there. When it returns
   * false, the replies must not be sent, and their clients are disconnected.
   */
  beforeFlush: (() => boolean) | undefined;
  /** Called when a message has to wait for the end of a reply: `replyEnded` is to be called then. */
  onHeld: (() => void) | undefined;

  readonly #schedule: (flush: () => void) => void;
  #stretches = new Stretches();
  /** The other set, for what is added while one is being sent. */
  #spare = new Stretches();
  #deferred: (() => void)[] = [];
  #target: OutputTarget | undefined;
  #from = 0;
  /** Stretches of `aside` that wait for the end of the target's reply: starts and ends. */
  readonly #held: number[] = [];
  #scheduled = false;
  readonly #flushScheduled = (): void => {
    this.#scheduled = false;
    const deferred = this.#deferred;
    if (deferred.length > 0) {
      this.#deferred = [];
      for (const work of deferred) work();
    }
    this.flush();
  };

  /** `schedule` runs its argument at the end of the present turn of the event loop. */
  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Turns the writer to a client; what was written so far belongs to the one before. */
  turnTo(target: OutputTarget | undefined): OutputTarget | undefined {
    const previous = this.#target;
    const { writer } = this;
    if (previous === undefined) writer.discardFrom(this.#from);
    writer.replyStart = writer.length;
    this.replyEnded();
    writer.floor = writer.length;
    this.#target = target;
    if (target !== undefined) writer.protocol = target.protocol;
    return previous;
  }

  /** Sends a client what `write` writes to `aside`, behind what it was sent so far. */
  sendAside(target: OutputTarget, write: (aside: ReplyWriter) => void): void {
    const { aside } = this;
    aside.protocol = target.protocol;
    const start = aside.length;
    write(aside);
    this.sendStretch(target, start, aside.length);
  }

  /** Sends a client a stretch of `aside`, which may be shared by many. */
  sendStretch(target: OutputTarget, start: number, end: number): void {
    if (target === this.#target) {
      const { writer } = this;
      if (writer.length > writer.replyStart) {
        this.#held.push(start, end);
        this.onHeld?.();
        return;
      }
      // What the client was replied before comes first.
      this.replyEnded();
    }
    this.#add(target, this.aside, start, end);
  }

  /** What stands before `writer.replyStart` may go, and then what waited for the end of that. */
  replyEnded(): void {
    const target = this.#target;
    if (target === undefined) return;
    const { writer } = this;
    const { replyStart } = writer;
    if (replyStart > this.#from) this.#add(target, writer, this.#from, replyStart);
    this.#from = replyStart;
    writer.floor = replyStart;
    const held = this.#held;
    for (let i = 0; i < held.length; i += 2) this.#add(target, this.aside, held[i], held[i + 1]);
    held.length = 0;
  }

  /** Lets `target.sent` be called at the end of the turn, even if there is nothing to send. */
  visit(target: OutputTarget): void {
    this.#stretches.add(target, this.aside, 0, 0);
    this.#wakeAtTurnEnd();
  }

  /** Runs `work` at the end of the turn, before the replies go out. */
  defer(work: () => void): void {
    this.#deferred.push(work);
    this.#wakeAtTurnEnd();
  }

  /** Sends everything written so far. */
  flush(): void {
    this.turnTo(this.#target);
    const stretches = this.#stretches;
    const isSafe = this.beforeFlush?.() ?? true;
    if (stretches.count === 0) return;
    this.#stretches = this.#spare;
    const busy = isSafe ? sendAll(stretches) : closeAll(stretches);
    stretches.clear();
    this.#spare = stretches;
    this.#recycle(this.writer, busy);
    this.#recycle(this.aside, busy);
    this.#from = 0;
  }

  #add(target: OutputTarget, writer: ReplyWriter, start: number, end: number): void {
    this.#stretches.add(target, writer, start, end);
    this.#wakeAtTurnEnd();
  }

  #wakeAtTurnEnd(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(this.#flushScheduled);
  }

  /** Whether so much was written that it should go out before the turn ends. */
  get isLarge(): boolean {
    return this.writer.length + this.aside.length > FLUSH_EARLY_BYTES;
  }

  #recycle(writer: ReplyWriter, busy: boolean): void {
    if (writer.length === 0) return;
    writer.floor = 0;
    if (busy || writer.bytes.length > KEPT_SLAB_BYTES) writer.replace(new Uint8Array(SLAB_BYTES));
    writer.discardFrom(0);
  }
}
