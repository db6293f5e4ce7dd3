/**
 * A process of its own that measures how long single commands wait while others load the server.
 *
 * `latency-prober.js PORT [PASSWORD]` writes a key and reads it in turn, one command at a time, about a thousand a
 * second: light enough not to load the server, dense enough that no stall of a millisecond is missed.
 * It prints `ready`, goes on until its standard input ends, then prints the result as JSON.
 */
import { connect } from 'node:net';
import { constants, setPriority } from 'node:os';

import RedisParser from 'redis-parser';

const PAUSE_MS = 1;
const WARM_UP_COMMANDS = 200;
const COMMANDS = [
  Buffer.from('*3\r\n$3\r\nSET\r\n$14\r\nlatency-prober\r\n$1\r\nx\r\n'),
  Buffer.from('*2\r\n$3\r\nGET\r\n$14\r\nlatency-prober\r\n'),
];

const waitsMs: number[] = [];
let sent = 0;
let sentAt = 0;
let isStopping = false;

try {
  // So that waiting for a processor here is not mistaken for waiting for the server.
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  // Only root may; the figures are then somewhat pessimistic.
}

const [port, password] = process.argv.slice(2);
let isLoggedIn = password === undefined;
const socket = connect(Number(port), '127.0.0.1', begin);
socket.setNoDelay(true);
const parser = new RedisParser({
  returnReply: replied,
  returnError: fail,
  returnFatalError: fail,
});
socket.on('data', (chunk) => parser.execute(chunk));
socket.on('error', fail);
process.stdin.on('end', () => (isStopping = true)).resume();

function begin(): void {
  if (isLoggedIn) send();
  else socket.write(`AUTH ${password}\r\n`);
}

/** A whole reply has come. */
function replied(): void {
  if (!isLoggedIn) {
    isLoggedIn = true;
    send();
    return;
  }
  const waitMs = performance.now() - sentAt;
  if (sent > WARM_UP_COMMANDS) waitsMs.push(waitMs);
  else if (sent === WARM_UP_COMMANDS) process.stdout.write('ready\n');
  if (isStopping) finish();
  else setTimeout(send, PAUSE_MS);
}

/** An error is no measurement: a server that refuses quickly is not a fast one. */
function fail(cause: Error): void {
  process.stderr.write(`${String(cause)}\n`);
  process.exit(1);
}

function send(): void {
  sentAt = performance.now();
  socket.write(COMMANDS[sent++ % COMMANDS.length]!);
}

function finish(): void {
  socket.destroy();
  waitsMs.sort((left, right) => left - right);
  const quantile = (share: number): number =>
    waitsMs[Math.min(waitsMs.length - 1, Math.floor(share * waitsMs.length))] ?? 0;
  const result = {
    count: waitsMs.length,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    p999Ms: quantile(0.999),
    maxMs: quantile(1),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
