/**
 * Sends a snapshot to a client (SYNC with `REPLCONF rdb-only 1`), without fork and without a file: the
 * walk goes in slices, straight into the client's output, and waits while that is full.
 *
 *   $EOF:<mark>\r\n  the file  <mark>
 *
 * The mark, 40 random hexadecimal digits, tells where it ends: its length is not known before.
 *
 * Bounds: one transfer at a time; at most MOST_UNSENT bytes and a slice's worth wait for the client;
 * one that takes nothing for `repl-timeout` seconds, or so little that more than a replica's hard
 * output limit piles up by changes, is disconnected.
 */
import { Crc64 } from '../bytes/crc64.ts';
import { fromLatin1 } from '../bytes/text.ts';
import type { TransferContents } from '../command/file-control.ts';
import type { ClientDirectory } from '../command/ports.ts';
import { SESSION_CLOSING, SESSION_REPLICA, type Session } from '../command/session.ts';
import type { Random } from '../env/random.ts';
import type { RdbOutput } from '../rdb/output.ts';
import { type PersistenceEnvironment, SHORT_SLICES, Slices } from './environment.ts';
import { RdbFormat, type RdbHeader } from './rdb-format.ts';
import { Snapshot } from './snapshot.ts';
import { LONGEST_COMPRESSED } from './snapshot-file.ts';

/** Bytes that may wait for the client before the walk stops, and handed over at a time. */
const MOST_UNSENT = 1024 * 1024;
const CHUNK = 256 * 1024;
/** Milliseconds between two looks at a client whose output is full. */
const POLL_MS = 5;

const BUSY = 'ERR a snapshot is being sent to another client';

export class SnapshotTransfer {
  /** Snapshots that were begun to be sent. */
  begun = 0;

  readonly #environment: PersistenceEnvironment;
  readonly #clients: ClientDirectory;
  readonly #random: Random;
  readonly #header: () => RdbHeader;
  #running: Promise<void> | undefined;
  #isCancelled = false;

  constructor(
    environment: PersistenceEnvironment,
    clients: ClientDirectory,
    random: Random,
    header: () => RdbHeader,
  ) {
    this.#environment = environment;
    this.#clients = clients;
    this.#random = random;
    this.#header = header;
  }

  /**
   * Begins to send; the instant of the snapshot is now. The session must be held: nothing else may be
   * written to it. Returns why it cannot be.
   */
  start(session: Session, contents: TransferContents, hold: () => void): string | undefined {
    if (this.#running !== undefined) return BUSY;
    const { keyspace, clock, log } = this.#environment;
    keyspace.setTime(clock.wallMilliseconds());
    const header = this.#header();
    const libraries = contents === 'nothing' ? [] : header.libraries;
    const format = new RdbFormat(keyspace, { ...header, libraries });
    const snapshot = new Snapshot(keyspace, format);
    if (contents !== 'everything') {
      // What was begun holds everything but keys.
      snapshot.stop();
      format.end(snapshot.output);
      snapshot.isComplete = true;
    }
    snapshot.output.compresses = this.#environment.config.rdbcompression;
    snapshot.output.longestCompressed = LONGEST_COMPRESSED;
    hold();
    session.set(SESSION_REPLICA);
    this.begun++;
    log.notice(`Sending a snapshot to client ${session.transport?.address ?? ''}`);
    this.#running = this.#send(session, snapshot)
      .catch((error: Error) => this.#giveUp(session, snapshot, error.message))
      .finally(() => {
        this.#running = undefined;
      });
    return undefined;
  }

  /** Gives the present transfer up; resolves when nothing of it is left. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    await this.#running;
  }

  async #send(session: Session, snapshot: Snapshot): Promise<void> {
    const { latency, log, config } = this.#environment;
    const { output } = snapshot;
    const crc = new Crc64();
    const mark = fromLatin1(this.#mark());
    const slices = new Slices(this.#environment, SHORT_SLICES);
    this.#write(session, fromLatin1(`$EOF:${String.fromCharCode(...mark)}\r\n`));
    for (let isDone = false; !isDone;) {
      if (!(await this.#untilRoom(session, output))) {
        this.#giveUp(session, snapshot, 'the client did not take it');
        return;
      }
      const began = latency.begin();
      slices.begin();
      while (!isDone && output.length < CHUNK && !slices.isOver) isDone = snapshot.step();
      if (config.rdbchecksum) crc.update(output.bytes, 0, output.length);
      if (isDone) writeChecksum(output, crc);
      this.#write(session, output.bytes, output.length);
      output.clear();
      latency.end('snapshot-slice', began);
    }
    this.#write(session, mark);
    session.transport?.closeAfterReplies();
    log.notice('The snapshot was sent');
  }

  #giveUp(session: Session, snapshot: Snapshot, reason: string): void {
    snapshot.stop();
    this.#environment.log.warning(`A snapshot could not be sent to a client: ${reason}`);
    session.transport?.closeNow();
  }

  /**
   * Waits until the client's output has room; false when it is gone, takes nothing, or so little that
   * too much piles up: what changes before it was sent is written down meanwhile.
   */
  async #untilRoom(session: Session, output: RdbOutput): Promise<boolean> {
    const { clock, config } = this.#environment;
    const most = config.clientOutputBufferLimit.replica.hard;
    await this.#environment.nextTurn();
    let unsent = session.transport?.outputBytes ?? 0;
    let tookAt = clock.monotonicMicroseconds();
    for (;;) {
      const isGone = this.#clients.byId(session.id) !== session || session.has(SESSION_CLOSING);
      if (isGone || this.#isCancelled || (most !== 0 && output.length > most)) return false;
      const now = session.transport?.outputBytes ?? 0;
      if (now < MOST_UNSENT) return true;
      if (now < unsent) tookAt = clock.monotonicMicroseconds();
      unsent = now;
      if (clock.monotonicMicroseconds() - tookAt > config.replTimeout * 1e6) return false;
      await this.#environment.delay(POLL_MS);
    }
  }

  #write(session: Session, bytes: Uint8Array, length = bytes.length): void {
    this.#clients.sendTo(session, (aside) => aside.raw(bytes, 0, length));
  }

  #mark(): string {
    let mark = '';
    while (mark.length < 40) mark += (this.#random.next32() >>> 0).toString(16).padStart(8, '0');
    return mark;
  }
}

/** The checksum behind everything else; zeros where there is none. */
function writeChecksum(output: RdbOutput, crc: Crc64): void {
  output.reserve(8);
  output.length = crc.writeTo(output.bytes, output.length);
}
