/**
 * Several clients on both servers, whose whole streams are compared: replies and messages, in the
 * order in which they came.
 *
 *     const stage = await Stage.open(both, { reader: 3, writer: 2 });
 *     await stage.step('reader', 'CLIENT TRACKING ON', 'GET k');
 *     await stage.step('writer', 'SET k v');
 *     await stage.compare();
 *
 * The commands of a step leave in one write; the next step begins when they are answered. A word
 * `@name` stands for the id of that client.
 */
import { expect } from 'vitest';

import type { Both, Command } from './both.ts';
import { commandsOf } from './lines.ts';
import type { Protocol, RawClient } from './raw-client.ts';
import { decodeReply, showReply, textOf, type RespValue } from './resp-value.ts';

type Side = 'real' | 'ours';
const SIDES: readonly Side[] = ['real', 'ours'];

/** What clients got, by their names. */
type Streams = Record<string, string[]>;

/** One client on one server. */
type Actor = {
  readonly client: RawClient;
  /** What it got since the last comparison. */
  readonly stream: string[];
};

export class Stage {
  readonly #both: Both;
  readonly #actors: Record<Side, Map<string, Actor>> = { real: new Map(), ours: new Map() };
  /** Ids by name, also of those who left. */
  readonly #ids: Record<Side, Map<string, string>> = { real: new Map(), ours: new Map() };
  #steps = 0;

  private constructor(both: Both) {
    this.#both = both;
  }

  static async open(both: Both, clients: Readonly<Record<string, Protocol>>): Promise<Stage> {
    const stage = new Stage(both);
    for (const [name, protocol] of Object.entries(clients)) await stage.enter(name, protocol);
    return stage;
  }

  /** Another client. */
  async enter(name: string, protocol: Protocol): Promise<void> {
    const pair = await this.#both.connect({ protocol });
    for (const side of SIDES) {
      const client = pair[side];
      const id = textOf(await client.call('CLIENT', 'ID'))!;
      this.#actors[side].set(name, { client, stream: [] });
      this.#ids[side].set(name, id);
    }
  }

  /** Closes a client, and waits until the servers have noticed. What it got is not compared. */
  async leave(name: string): Promise<void> {
    await Promise.all(
      SIDES.map(async (side) => {
        const id = this.#ids[side].get(name)!;
        this.#actors[side].get(name)!.client.close();
        this.#actors[side].delete(name);
        const isThere = async (): Promise<boolean> =>
          (textOf(await this.#both[side].call('CLIENT', 'LIST', 'ID', id)) ?? '').includes(id);
        while (await isThere());
      }),
    );
  }

  /** One client's commands, written as lines of words, or given one by one. */
  async step(name: string, ...commands: readonly (string | Command)[]): Promise<void> {
    const all = commands.flatMap((one) => (typeof one === 'string' ? commandsOf(one) : [one]));
    const marker = `end of step ${this.#steps++}`;
    await Promise.all(SIDES.map((side) => this.#stepOn(side, name, all, marker)));
  }

  /**
   * Demands that every client got the same on both servers, and returns what that was; `inAnyOrder`
   * where the servers choose the order.
   */
  async compare(inAnyOrder = false): Promise<Streams> {
    // What is sent at the end of a turn follows the replies: it has come when another is answered.
    for (const name of this.#actors.ours.keys()) await this.step(name);
    const [real, ours] = SIDES.map((side) => this.#take(side));
    if (inAnyOrder)
      for (const stream of [real!, ours!].flatMap((streams) => Object.values(streams)))
        stream.sort();
    expect(ours).toEqual(real);
    return real!;
  }

  /** What the clients got from our server only, since the last comparison. */
  async ours(): Promise<Streams> {
    for (const name of this.#actors.ours.keys()) await this.step(name);
    this.#take('real');
    return this.#take('ours');
  }

  async #stepOn(
    side: Side,
    name: string,
    commands: readonly Command[],
    marker: string,
  ): Promise<void> {
    const { client, stream } = this.#actors[side].get(name)!;
    for (const command of commands) {
      const words = command.map((word) =>
        typeof word === 'string' && word.startsWith('@')
          ? this.#ids[side].get(word.slice(1))!
          : word,
      );
      client.send(...words);
    }
    client.send('PING', marker);
    for (;;) {
      const value = decodeReply(await client.receiveFrame());
      if (isMarker(value, marker)) return;
      stream.push(this.#show(side, value));
    }
  }

  /** A frame as text, with clients by name wherever an id stands. */
  #show(side: Side, value: RespValue): string {
    let text = showReply(value);
    for (const [name, id] of this.#ids[side])
      text = text.replaceAll(
        new RegExp(`"(id|[a-z-]*redir[a-z-]*)"([:,]) :${id}\\b`, 'g'),
        `"$1"$2 @${name}`,
      );
    return text;
  }

  #take(side: Side): Streams {
    const streams: Streams = {};
    for (const [name, { stream }] of this.#actors[side]) streams[name] = stream.splice(0);
    return streams;
  }
}

/** The answer to `PING marker`, also in the form that RESP2 subscribers get. */
function isMarker(value: RespValue, marker: string): boolean {
  if (value.type === 'array') return value.items.length === 2 && textOf(value.items[1]!) === marker;
  return value.type === 'bulk' && textOf(value) === marker;
}
