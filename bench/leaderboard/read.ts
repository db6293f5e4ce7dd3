/** Asks a leaderboard's questions one at a time, as a process of its own: `read PORT PLAYERS`. */
import { RawClient } from '../../test/support/raw-client.ts';
import type { RespValue } from '../../test/support/resp-value.ts';
import { runFirst } from '../wire/contenders.ts';
import { BOARD, randomPlayer } from './board.ts';

/** Milliseconds from asking to the whole answer. */
export type Waits = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

export type ReadResult = {
  readonly rank: Waits;
  readonly top: Waits;
  readonly neighbours: Waits;
};

const TOP = 100;
const NEIGHBOURS = 10;
const PAUSE_MS = 1;
/** Before these, code is being compiled here. */
const WARM_UP_ROUNDS = 50;

export async function runReader(args: readonly string[]): Promise<void> {
  const [port, players] = args.map(Number) as [number, number];
  runFirst(process.pid);
  const asked = { toStop: false };
  process.stdin.on('end', () => (asked.toStop = true)).resume();
  const client = await RawClient.connect({ port });
  const questions = {
    rank: () => rankOf(client, players),
    top: () => range(client, 0, TOP - 1),
    neighbours: async () => {
      const rank = await rankOf(client, players);
      await range(client, Math.max(0, rank - NEIGHBOURS), rank + NEIGHBOURS);
    },
  };
  const waits: Record<keyof ReadResult, number[]> = { rank: [], top: [], neighbours: [] };
  process.stdout.write('ready\n');
  for (let round = 0; !asked.toStop; round++) {
    for (const kind of ['rank', 'top', 'neighbours'] as const) {
      const askedAt = performance.now();
      await questions[kind]();
      if (round >= WARM_UP_ROUNDS) waits[kind].push(performance.now() - askedAt);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  client.close();
  const result: ReadResult = {
    rank: summary(waits.rank),
    top: summary(waits.top),
    neighbours: summary(waits.neighbours),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function rankOf(client: RawClient, players: number): Promise<number> {
  const reply = await client.call('ZREVRANK', BOARD, randomPlayer(players));
  if (reply.type !== 'integer') throw unexpected(reply);
  return Number(reply.value);
}

async function range(client: RawClient, from: number, to: number): Promise<void> {
  const reply = await client.call('ZREVRANGE', BOARD, from, to, 'WITHSCORES');
  if (reply.type !== 'array' || reply.items.length === 0) throw unexpected(reply);
}

function unexpected(reply: RespValue): Error {
  return new Error(`unexpected reply: ${JSON.stringify(reply)}`);
}

function summary(waits: number[]): Waits {
  const sorted = waits.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
