/** Loads a known number of distinct string keys quickly; redis-benchmark's keys are random. */
import { connect } from 'node:net';

export type FillOptions = {
  readonly port: number;
  /** Keys `key:000000000000` up to this count, in a scattered order, with a value of 3 bytes. */
  readonly count: number;
  readonly ttlSeconds?: number;
  /** Commands on their way at most; this bounds how long other clients wait behind the load. */
  readonly inFlight?: number;
};

const COMMANDS_PER_WRITE = 64;
const DIGITS = 12;
const OK_BYTES = 5;
/** Prime, so that multiples of it modulo any smaller count visit every key once. */
const STRIDE = 2_654_435_761;

/** Resolves when every SET was answered with +OK. */
export function fillStrings(options: FillOptions): Promise<void> {
  const { port, count, ttlSeconds, inFlight = 16_384 } = options;
  const template = setCommand(ttlSeconds);
  const keyAt = template.indexOf('#');
  let sent = 0;
  let answeredBytes = 0;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const write = () => {
      while (sent < count && sent - answeredBytes / OK_BYTES < inFlight) {
        const commands = Math.min(COMMANDS_PER_WRITE, count - sent);
        socket.write(batch(template, keyAt, sent, commands, count));
        sent += commands;
      }
    };
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', write);
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes('-')) {
        socket.destroy();
        return reject(new Error(`filling failed: ${chunk.toString().trim()}`));
      }
      answeredBytes += chunk.length;
      if (answeredBytes === count * OK_BYTES) {
        socket.destroy();
        return resolve();
      }
      write();
    });
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
}

function setCommand(ttlSeconds: number | undefined): Buffer {
  const expiry = ttlSeconds === undefined ? [] : ['EX', String(ttlSeconds)];
  const args = ['SET', `key:${'#'.repeat(DIGITS)}`, 'xxx', ...expiry];
  const parts = args.map((arg) => `$${arg.length}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`);
}

function batch(template: Buffer, keyAt: number, from: number, size: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(template.length * size);
  for (let index = 0; index < size; index++) {
    const at = index * template.length;
    template.copy(bytes, at);
    // Exact in a double for counts up to 2^26.
    let key = ((from + index) * (STRIDE % count)) % count;
    for (let digit = keyAt + DIGITS - 1; digit >= keyAt; digit--) {
      bytes[at + digit] = 0x30 + (key % 10);
      key = Math.floor(key / 10);
    }
  }
  return bytes;
}
