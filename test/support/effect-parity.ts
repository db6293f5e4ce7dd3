/**
 * What a command does besides replying: the effects it passes on and the events it names. The real
 * server's are read from its append-only file and from a subscription, ours from a simulated engine.
 *
 * Numbers that are points in time near the present are written as seconds from now.
 */
import { openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { SimulatedServer } from '../sim/simulated-server.ts';
import type { Command } from './both.ts';
import type { RawClient } from './raw-client.ts';
import { startRealRedis } from './real-redis.ts';
import {
  decodeReply,
  itemsOf,
  ReplyFramer,
  type RespValue,
  showReply,
  textOf,
} from './resp-value.ts';
import type { ServerProcess } from './server-process.ts';

/** What one command did, line by line: its reply, its effects, its events. */
export type Trace = readonly string[];

const END = 'end-of-command';
const NEAR_MS = 10_000_000;
const ROUNDED_MS = 5_000;

function traceOf(reply: RespValue, effects: readonly string[], events: readonly string[]): Trace {
  return [
    `reply ${showReply(reply)}`,
    ...effects.map((effect) => `effect ${effect}`),
    ...events.map((event) => `event ${event}`),
  ];
}

function withoutClock(text: string, now: number): string {
  return text.replace(/\b\d{13}\b/g, (digits) => {
    const distance = Number(digits) - now;
    if (Math.abs(distance) > NEAR_MS) return digits;
    return `now+${(Math.round(distance / ROUNDED_MS) * ROUNDED_MS) / 1000}s`;
  });
}

/** The real server, with everything it passes on and every event it names. */
export class TracedRedis {
  readonly #server: ServerProcess;
  readonly #client: RawClient;
  readonly #subscriber: RawClient;
  readonly #file: number;
  #position = 0;

  private constructor(server: ServerProcess, client: RawClient, subscriber: RawClient) {
    this.#server = server;
    this.#client = client;
    this.#subscriber = subscriber;
    const directory = join(server.directory, 'appendonlydir');
    const name = readdirSync(directory).find((entry) => entry.endsWith('.incr.aof'))!;
    this.#file = openSync(join(directory, name), 'r');
  }

  static async start(): Promise<TracedRedis> {
    const server = await startRealRedis({
      directives: { appendonly: 'yes', appendfsync: 'always', 'notify-keyspace-events': 'EAmn' },
    });
    const client = await server.connect();
    const subscriber = await server.connect();
    subscriber.send('PSUBSCRIBE', '__keyevent@*', END);
    await subscriber.receive();
    await subscriber.receive();
    return new TracedRedis(server, client, subscriber);
  }

  async run(command: Command): Promise<Trace> {
    const reply = await this.#client.call(...command);
    const effects = this.#readEffects();
    const events = await this.#readEvents();
    return traceOf(reply, effects, events);
  }

  stop(): Promise<void> {
    this.#client.close();
    this.#subscriber.close();
    return this.#server.stop();
  }

  #readEffects(): string[] {
    const framer = new ReplyFramer();
    const buffer = Buffer.alloc(1 << 20);
    const size = readSync(this.#file, buffer, 0, buffer.length, this.#position);
    this.#position += size;
    framer.push(buffer.subarray(0, size));
    const effects: string[] = [];
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      const words = itemsOf(decodeReply(frame)).map(bytesAsText);
      if (words[0] !== 'SELECT') effects.push(withoutClock(words.join(' '), Date.now()));
    }
    return effects;
  }

  async #readEvents(): Promise<string[]> {
    await this.#client.call('PUBLISH', END, '');
    const events: string[] = [];
    for (;;) {
      const [, , channel, key] = itemsOf(await this.#subscriber.receive()).map(bytesAsText);
      if (channel === END) return events;
      events.push(`${channel!.slice(channel!.indexOf(':') + 1)} ${key}`);
    }
  }
}

/** Our engine, with the same. */
export class TracedEngine {
  readonly #server = new SimulatedServer();
  readonly #client = this.#server.connect();

  run(command: Command): Trace {
    const server = this.#server;
    const reply = this.#client.call(...command);
    const now = server.clock.wallMilliseconds();
    const effects = server.effects.splice(0).map((text) => withoutClock(withoutIndex(text), now));
    return traceOf(reply, effects, server.events.splice(0).map(withoutIndex));
  }
}

/** Drops the number of the database in front. */
function withoutIndex(text: string): string {
  return text.slice(text.indexOf(' ') + 1);
}

function bytesAsText(value: RespValue): string {
  return 'bytes' in value ? Buffer.from(value.bytes).toString('latin1') : (textOf(value) ?? '');
}
