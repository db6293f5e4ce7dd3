/** Changes scores at a steady rate, as a process of its own: `load PORT PLAYERS UPDATES SECONDS`. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { commandText, writeDigits } from '../wire/fill.ts';
import { BOARD, DIGITS, playerName, randomScore } from './board.ts';

export type LoadResult = {
  /** Answered updates, by the time from the first to the last. */
  readonly updatesPerSecond: number;
  /** Most updates that were due and not yet answered. */
  readonly longestBacklog: number;
};

const TICK_MS = 1;
const LINE_FEED = 0x0a;
const ERROR = 0x2d;

export async function runLoad(args: readonly string[]): Promise<void> {
  const [port, players, rate, seconds] = args.map(Number) as [number, number, number, number];
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.setNoDelay(true);
  let sent = 0;
  const answered = { count: 0 };
  socket.on('data', (chunk: Buffer) => {
    if (chunk.includes(ERROR)) throw new Error(chunk.toString('latin1').slice(0, 200));
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
      answered.count++;
    }
  });
  socket.on('error', (cause) => {
    throw cause;
  });
  process.stdout.write('ready\n');
  const wanted = rate * seconds;
  const startedAt = performance.now();
  let longestBacklog = 0;
  while (answered.count < wanted) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startedAt) * rate) / 1000));
    longestBacklog = Math.max(longestBacklog, due - answered.count);
    if (due > sent) socket.write(updates(due - sent, players));
    sent = Math.max(sent, due);
    await delay(TICK_MS);
  }
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  socket.destroy();
  const result: LoadResult = { updatesPerSecond: answered.count / elapsedSeconds, longestBacklog };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const UPDATE = Buffer.from(commandText(['ZADD', BOARD, '#'.repeat(DIGITS), playerName(0)]));
const SCORE_AT = UPDATE.indexOf('#');
const PLAYER_AT = UPDATE.lastIndexOf('\r\n') - DIGITS;

/** New scores of random players. Cheap, so that the load does not take the server's processor. */
function updates(count: number, players: number): Buffer {
  const bytes = Buffer.allocUnsafe(UPDATE.length * count);
  for (let i = 0; i < count; i++) {
    const at = i * UPDATE.length;
    UPDATE.copy(bytes, at);
    writeDigits(bytes, at + SCORE_AT, DIGITS, randomScore());
    writeDigits(bytes, at + PLAYER_AT, DIGITS, Math.floor(Math.random() * players));
  }
  return bytes;
}
