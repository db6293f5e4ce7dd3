import { describe, expect, it } from 'vitest';
import { latin1 } from '../bytes/text.ts';
import { Output, type OutputTarget } from './output.ts';

/** A client that remembers what it was sent, and takes it at once unless it is `slow`. */
class Client implements OutputTarget {
  lastStretch = 0;
  readonly protocol = 2;
  readonly slow: boolean;
  visits = 0;
  /** Calls of `send`. */
  sends = 0;
  #held: { bytes: Uint8Array; start: number; end: number }[] = [];
  #taken = '';

  constructor(slow = false) {
    this.slow = slow;
  }

  send(bytes: Uint8Array, start: number, end: number): boolean {
    this.sends++;
    if (this.slow) this.#held.push({ bytes, start, end });
    else this.#taken += latin1(bytes, start, end);
    return !this.slow;
  }

  sent(): void {
    this.visits++;
  }

  /** Everything it was sent, a slow one reading it only now. */
  read(): string {
    for (const { bytes, start, end } of this.#held) this.#taken += latin1(bytes, start, end);
    this.#held = [];
    return this.#taken;
  }
}

/** An output whose turns end when `endTurn` is called. */
function setUp(): { output: Output; endTurn: () => void } {
  let scheduled: (() => void)[] = [];
  const output = new Output((flush) => void scheduled.push(flush));
  return {
    output,
    endTurn: () => {
      const due = scheduled;
      scheduled = [];
      for (const flush of due) flush();
    },
  };
}

describe('Output', () => {
  it('sends each client the shared messages of a turn in one piece', () => {
    const { output, endTurn } = setUp();
    const clients = [new Client(), new Client(), new Client()];
    for (const message of ['first', 'second']) {
      const start = output.aside.length;
      output.aside.simple(message);
      for (const client of clients) output.sendStretch(client, start, output.aside.length);
    }
    endTurn();
    for (const client of clients) {
      expect(client.read()).toBe('+first\r\n+second\r\n');
      expect(client.sends).toBe(1);
    }
  });

  it('gives each client its own replies, in order, at the end of the turn', () => {
    const { output, endTurn } = setUp();
    const [one, two] = [new Client(), new Client()];
    output.turnTo(one);
    output.writer.integer(1);
    output.turnTo(two);
    output.writer.integer(2);
    output.turnTo(one);
    output.writer.integer(3);
    output.turnTo(undefined);
    expect(one.read()).toBe('');
    endTurn();
    expect([one.read(), two.read()]).toEqual([':1\r\n:3\r\n', ':2\r\n']);
  });

  it('puts messages behind the replies so far, not inside the next', () => {
    const { output, endTurn } = setUp();
    const client = new Client();
    const { writer } = output;
    output.turnTo(client);
    writer.integer(1);
    writer.replyStart = writer.length;
    output.sendAside(client, (aside) => aside.simple('message'));
    writer.integer(2);
    output.turnTo(undefined);
    endTurn();
    expect(client.read()).toBe(':1\r\n+message\r\n:2\r\n');
  });

  it('holds messages that come in the middle of a reply, and tells so, until it has ended', () => {
    const { output, endTurn } = setUp();
    const [client, other] = [new Client(), new Client()];
    const { writer } = output;
    let told = 0;
    output.onHeld = () => told++;
    output.turnTo(client);
    writer.integer(1);
    writer.replyStart = writer.length;
    const mark = writer.deferArray();
    for (const text of ['first', 'second'])
      for (const target of [client, other]) output.sendAside(target, (aside) => aside.simple(text));
    for (let i = 0; i < 10; i++) writer.integer(i);
    writer.resolveArray(mark, 10);
    expect(told).toBe(2);
    writer.replyStart = writer.length;
    output.replyEnded();
    writer.integer(3);
    output.turnTo(undefined);
    endTurn();
    const array = Array.from({ length: 10 }, (_, i) => `:${i}\r\n`).join('');
    expect(client.read()).toBe(`:1\r\n*10\r\n${array}+first\r\n+second\r\n:3\r\n`);
    expect(other.read()).toBe('+first\r\n+second\r\n');
  });

  it('lets no held message wait longer than its client is served', () => {
    const { output, endTurn } = setUp();
    const client = new Client();
    output.turnTo(client);
    output.writer.integer(1);
    output.sendAside(client, (aside) => aside.simple('message'));
    output.writer.integer(2);
    output.turnTo(undefined);
    endTurn();
    expect(client.read()).toBe(':1\r\n:2\r\n+message\r\n');
  });

  it('leaves bytes alone that a slow client has not read yet', () => {
    const { output, endTurn } = setUp();
    const [slow, quick] = [new Client(true), new Client()];
    for (let turn = 0; turn < 3; turn++) {
      for (const client of [slow, quick]) {
        output.turnTo(client);
        output.writer.integer(turn);
      }
      output.turnTo(undefined);
      endTurn();
    }
    expect(slow.read()).toBe(':0\r\n:1\r\n:2\r\n');
    expect(quick.read()).toBe(':0\r\n:1\r\n:2\r\n');
  });

  it('takes no reply back that another client was given in between', () => {
    const { output, endTurn } = setUp();
    const [served, other] = [new Client(), new Client()];
    output.turnTo(served);
    const mark = output.writer.length;
    const previous = output.turnTo(other);
    output.writer.simple('for the other');
    output.turnTo(previous);
    output.writer.simple('muted');
    output.writer.discardFrom(mark);
    output.writer.simple('kept');
    output.turnTo(undefined);
    endTurn();
    expect(other.read()).toBe('+for the other\r\n');
    expect(served.read()).toBe('+kept\r\n');
  });

  it('visits a client that has nothing to be sent', () => {
    const { output, endTurn } = setUp();
    const client = new Client();
    output.visit(client);
    endTurn();
    expect(client.visits).toBe(1);
    expect(client.read()).toBe('');
  });

  it('runs deferred work before it sends, and what that writes goes along', () => {
    const { output, endTurn } = setUp();
    const client = new Client();
    output.defer(() => {
      output.turnTo(client);
      output.writer.integer(7);
      output.turnTo(undefined);
    });
    endTurn();
    expect(client.read()).toBe(':7\r\n');
  });

  it('sends early when a turn writes much', () => {
    const { output } = setUp();
    const client = new Client();
    output.turnTo(client);
    output.writer.bulkText('x'.repeat(1024 * 1024));
    expect(output.isLarge).toBe(true);
    output.flush();
    expect(output.isLarge).toBe(false);
    output.writer.integer(1);
    output.turnTo(undefined);
    output.flush();
    expect(client.read().slice(-8)).toBe('xx\r\n:1\r\n');
  });
});
