/** All connections of a server, and ways to reach one of them from a command of another. */
import type { ClientDirectory } from '../command/ports.ts';
import type { Session } from '../command/session.ts';
import type { ReplyWriter } from '../resp/reply-writer.ts';
import type { Connection } from './connection.ts';
import type { Output } from './output.ts';

export class Clients implements ClientDirectory {
  readonly #connections = new Map<number, Connection>();
  /** Clients whose unsent output is beyond their soft limit, to be looked at from time to time. */
  readonly overSoftLimit = new Set<Connection>();
  readonly #output: Output;
  #nextId = 1;

  constructor(output: Output) {
    this.#output = output;
  }

  get count(): number {
    return this.#connections.size;
  }

  /** The next client's id; ids are never used twice. */
  takeId(): number {
    return this.#nextId++;
  }

  add(connection: Connection): void {
    this.#connections.set(connection.session.id, connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection.session.id);
    this.overSoftLimit.delete(connection);
  }

  byId(id: number): Session | undefined {
    return this.#connections.get(id)?.session;
  }

  connectionOf(session: Session): Connection | undefined {
    return this.#connections.get(session.id);
  }

  *all(): Iterable<Session> {
    for (const connection of this.#connections.values()) yield connection.session;
  }

  connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  sendTo(session: Session, write: (aside: ReplyWriter) => void): void {
    const connection = this.#connections.get(session.id);
    if (connection !== undefined) this.#output.sendAside(connection, write);
  }

  sendToAll(sessions: Iterable<Session>, write: (aside: ReplyWriter) => void): void {
    const output = this.#output;
    const { aside } = output;
    // By protocol, 2 and 3: where the message stands; -1: nobody needed it yet.
    const starts = [-1, -1];
    const ends = [-1, -1];
    for (const session of sessions) {
      const connection = this.#connections.get(session.id);
      if (connection === undefined) continue;
      const form = session.protocol - 2;
      if (starts[form]! < 0) {
        starts[form] = aside.length;
        aside.protocol = session.protocol;
        write(aside);
        ends[form] = aside.length;
      }
      output.sendStretch(connection, starts[form]!, ends[form]!);
    }
  }

  /** Runs `write`, which writes to the reply writer, with the writer turned to this client. */
  replyTo(session: Session, write: () => void): void {
    const connection = this.#connections.get(session.id);
    if (connection === undefined) return;
    const previous = this.#output.turnTo(connection);
    write();
    this.#output.turnTo(previous);
  }
}
