/**
 * What a handler works with: the request, the reply, the client, the data, and the rest of the
 * server behind the interfaces of ports.ts. One instance per server; the executor points it at each
 * request in turn.
 *
 * The pattern of a handler: read arguments, look up a value of one type, change it, tell that it was
 * modified, reply.
 *
 *     const entry = context.writable(1, TYPE_HASH);   // 0: absent, -1: refused, reply written
 *     if (entry < 0) return;
 */
import type { Config } from '../config/config.ts';
import type { Database } from '../keyspace/database.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { WRONG_TYPE } from '../resp/errors.ts';
import type { ReplyWriter } from '../resp/reply-writer.ts';
import { type Entry, typeOf, type ValueType } from '../values/entry.ts';
import type { Values } from '../values/values.ts';
import { Arguments } from './arguments.ts';
import { EffectLog, type EffectPart } from './effect-log.ts';
import type { ServerPorts } from './ports.ts';
import type { Session } from './session.ts';
import type { Command } from './spec.ts';

export class CommandContext {
  readonly args = new Arguments();
  readonly effects = new EffectLog();
  readonly reply: ReplyWriter;
  readonly keyspace: Keyspace;
  readonly values: Values;
  readonly config: Config;
  /** The rest of the server. */
  readonly server: ServerPorts;

  /** The command, the client and its database; set by the executor before each request. */
  command!: Command;
  session!: Session;
  database!: Database;
  /**
   * The client whose request is executed, whatever runs on its behalf (a script has a session of its
   * own); undefined between requests.
   */
  client: Session | undefined = undefined;

  /** Whether the handler stated its effect itself; reset by the executor. */
  effectStated = false;

  constructor(reply: ReplyWriter, keyspace: Keyspace, config: Config, server: ServerPorts) {
    this.reply = reply;
    this.keyspace = keyspace;
    this.values = keyspace.values;
    this.config = config;
    this.server = server;
  }

  /** Replies the first error the argument reader met; false when it met none. */
  refused(): boolean {
    const { failure } = this.args;
    if (failure === undefined) return false;
    this.reply.error(failure);
    return true;
  }

  /** The entry of a key argument for reading, whatever its type; 0 when absent. */
  lookup(index: number): Entry {
    const { args } = this;
    return this.database.lookupRead(
      args.bytes,
      args.start(index),
      args.end(index),
      args.hash(index),
    );
  }

  /** The entry of a key argument for changing, whatever its type; 0 when absent. */
  lookupWrite(index: number): Entry {
    const { args } = this;
    return this.database.lookupWrite(
      args.bytes,
      args.start(index),
      args.end(index),
      args.hash(index),
    );
  }

  /** The entry of a key argument for reading; 0: absent; -1: of another type, error replied. */
  readable(index: number, type: ValueType): Entry {
    return this.#typed(this.lookup(index), type);
  }

  /** The entry of a key argument for changing; 0: absent; -1: of another type, error replied. */
  writable(index: number, type: ValueType): Entry {
    return this.#typed(this.lookupWrite(index), type);
  }

  /** Tells that the value of a key argument was changed, made or removed: one change. */
  modified(index: number, kind: number, event: string): void {
    const { args } = this;
    const start = args.start(index);
    this.database.modified(args.bytes, start, args.end(index), args.hash(index), kind, event);
  }

  /** Names another event of the same change. */
  notify(index: number, kind: number, event: string): void {
    const { args } = this;
    this.database.notify(args.bytes, args.start(index), args.end(index), kind, event);
  }

  /**
   * Removes the entry of a key argument; the caller tells `modified`. O(1): large values are freed
   * in slices later.
   */
  remove(index: number, entry: Entry): void {
    this.database.remove(entry, this.args.hash(index));
  }

  /**
   * States the effect to repeat elsewhere instead of the request itself; several calls are several
   * effects. Guard expensive preparations with `context.effects.active`.
   */
  propagate(...parts: EffectPart[]): void {
    this.effectStated = true;
    if (this.effects.active) this.effects.record(this.database.index, parts);
  }

  /**
   * States that only the first `count` arguments of the request had an effect: memory ran out in the
   * middle of it, and what was done before stays.
   */
  propagatePrefix(count: number): void {
    this.effectStated = true;
    if (this.effects.active) this.effects.prefix(this.database.index, this.args, count);
  }

  /** States that nothing is to be repeated elsewhere, though keys may have changed. */
  propagateNothing(): void {
    this.effectStated = true;
  }

  #typed(entry: Entry, type: ValueType): Entry {
    if (entry === 0 || typeOf(this.keyspace.heap, entry) === type) return entry;
    this.reply.error(WRONG_TYPE);
    return -1;
  }
}
