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
    // By protocol: where the message stands; -1: nobody needed it yet.
    let start2 = -1;
    let end2 = -1;
    let start3 = -1;
    let end3 = -1;
    for (const session of sessions) {
      // Not looked up by id: with thousands of receivers that would be most of the work.
      const connection = session.transport as Connection | undefined;
      if (connection === undefined) continue;
      if (session.protocol === 2) {
        if (start2 < 0) {
          start2 = aside.length;
          aside.protocol = 2;
          write(aside);
          end2 = aside.length;
        }
        output.sendStretch(connection, start2, end2);
      } else {
        if (start3 < 0) {
          start3 = aside.length;
          aside.protocol = 3;
          write(aside);
          end3 = aside.length;
        }
        output.sendStretch(connection, start3, end3);
      }
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
