/** Loads a known number of distinct elements quickly; redis-benchmark's are random. */
import { connect } from 'node:net';

/** The load as a command that is sent again and again. */
export type Filling = {
  /**
   * The words of the command. Three or more `#` in them stand for the number of the turn, with so many
   * digits, in a scattered order that has every number once; `@` for the same in ascending order.
   */
  readonly command: readonly string[];
  readonly count: number;
  /** The lowest number; 0 by default. */
  readonly from?: number;
};

export type FillOptions = Filling & {
  readonly port: number;
  /** Commands on their way at most; this bounds how long other clients wait behind the load. */
  readonly inFlight?: number;
};

const COMMANDS_PER_WRITE = 64;
const SCATTERED = /#{3,}/g;
const ASCENDING = /@{3,}/g;
/** Prime, so that multiples of it modulo any smaller count visit every key once. */
const STRIDE = 2_654_435_761;

const LINE_FEED = 0x0a;
const ERROR = 0x2d;
const BULK = 0x24;

/** Resolves when every command was answered without an error. */
export function fill(options: FillOptions): Promise<void> {
  const { port, count, inFlight = 16_384 } = options;
  const template = new Template(options);
  const replies = new ReplyCounter();
  let sent = 0;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const write = () => {
      while (sent < count && sent - replies.count < inFlight) {
        const commands = Math.min(COMMANDS_PER_WRITE, inFlight, count - sent);
        socket.write(template.batch(sent, commands));
        sent += commands;
      }
    };
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', write);
    socket.on('data', (chunk: Buffer) => {
      if (!replies.add(chunk)) {
        socket.destroy();
        return reject(new Error(`filling failed: ${chunk.toString('latin1').slice(0, 200)}`));
      }
      if (replies.count < count) return write();
      socket.destroy();
      resolve();
    });
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
}

export type StringFillOptions = Pick<FillOptions, 'port' | 'count' | 'inFlight'> & {
  readonly ttlSeconds?: number;
};

/** Keys `key:000000000000` up to this count, as redis-benchmark names them, with values of 3 bytes. */
export function fillStrings(options: StringFillOptions): Promise<void> {
  const { ttlSeconds, ...rest } = options;
  const expiry = ttlSeconds === undefined ? [] : ['EX', String(ttlSeconds)];
  return fill({ ...rest, command: ['SET', 'key:############', 'xxx', ...expiry] });
}

/** Writes a command with the numbers of its turn. */
class Template {
  readonly #bytes: Buffer;
  readonly #scattered: readonly Place[];
  readonly #ascending: readonly Place[];
  readonly #count: number;
  readonly #from: number;

  constructor({ command, count, from = 0 }: Filling) {
    const text = commandText(command);
    this.#bytes = Buffer.from(text, 'latin1');
    this.#scattered = positions(text, SCATTERED);
    this.#ascending = positions(text, ASCENDING);
    this.#count = count;
    this.#from = from;
  }

  /** The commands of `size` turns. */
  batch(turn: number, size: number): Buffer {
    const { length } = this.#bytes;
    const bytes = Buffer.allocUnsafe(length * size);
    for (let index = 0; index < size; index++) {
      const at = index * length;
      this.#bytes.copy(bytes, at);
      // Exact in a double for counts up to 2^26.
      const scattered = ((turn + index) * (STRIDE % this.#count)) % this.#count;
      for (const { start, digits } of this.#scattered) {
        writeDigits(bytes, at + start, digits, this.#from + scattered);
      }
      for (const { start, digits } of this.#ascending) {
        writeDigits(bytes, at + start, digits, this.#from + turn + index);
      }
    }
    return bytes;
  }
}

/** A command as it is sent; its words must be ASCII. */
export function commandText(words: readonly string[]): string {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}

/** Where a number stands in a command. */
type Place = { readonly start: number; readonly digits: number };

function positions(text: string, pattern: RegExp): Place[] {
  return [...text.matchAll(pattern)].map(({ index, 0: run }) => ({
    start: index,
    digits: run.length,
  }));
}

/** Writes a number with so many digits. */
export function writeDigits(bytes: Buffer, at: number, digits: number, number: number): void {
  let left = number;
  for (let digit = at + digits - 1; digit >= at; digit--) {
    bytes[digit] = 0x30 + (left % 10);
    left = Math.floor(left / 10);
  }
}

/** Counts replies of one line, and bulk strings, as they come in pieces. */
class ReplyCounter {
  count = 0;
  #isLineStart = true;
  #isBulk = false;

  /** Takes more bytes; false when an error is among the replies. */
  add(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#isLineStart) {
        if (!this.#isBulk && chunk[at] === ERROR) return false;
        // A bulk string is replied in two lines.
        this.#isBulk = !this.#isBulk && chunk[at] === BULK;
        if (!this.#isBulk) this.count++;
        this.#isLineStart = false;
      }
      const end = chunk.indexOf(LINE_FEED, at);
      if (end < 0) return true;
      this.#isLineStart = true;
      at = end + 1;
    }
    return true;
  }
}
