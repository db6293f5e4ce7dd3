/** Loads keys of every type, of the sizes that applications have, the same ones every time. */
import { connect } from 'node:net';

const COMMANDS_PER_WRITE = 256;
/** Commands on their way at most. */
const IN_FLIGHT = 16_384;
const WORDS = 'the quick brown fox jumps over a lazy dog and runs away from all the others';
const TTL_SECONDS = 1_000_000;
/** One collection in so many has this many elements, and so a large encoding. */
const LARGE_EVERY = 2_000;
const LARGE_SIZE = 600;
const STREAM_EVERY = 200;

/**
 * Writes `count` keys: five in ten are strings (numbers, words, JSON-like text; one of the five
 * expires), and one in ten each is a hash, a list, a set, a sorted set, a set of integers; one key in
 * two hundred is a stream. Resolves when every command was answered without error.
 */
export function fillMixed(port: number, count: number): Promise<void> {
  let sent = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const write = (): void => {
      while (sent < count && sent - answered < IN_FLIGHT) {
        const end = Math.min(count, sent + COMMANDS_PER_WRITE);
        let text = '';
        for (; sent < end; sent++) text += request(commandOf(sent));
        socket.write(text, 'latin1');
      }
    };
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', write);
    socket.on('data', (chunk: Buffer) => {
      answered += repliesIn(chunk, (line) => {
        socket.destroy();
        reject(new Error(`filling failed: ${line}`));
      });
      if (answered < count) write();
      else {
        socket.destroy();
        resolve();
      }
    });
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
}

/** Replies that end in this chunk: a status or a number ends with its line, an ID with its second. */
function repliesIn(chunk: Buffer, fail: (line: string) => void): number {
  const text = chunk.toString('latin1');
  if (text.includes('-ERR') || text.includes('-MISCONF')) fail(text);
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  // Each ID (`$3`, `1-1`) has a line more than a reply.
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at + 1)) count--;
  return count;
}

function request(words: readonly string[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}

function commandOf(index: number): string[] {
  const key = `key:${index}`;
  const size = index % LARGE_EVERY < 10 && index > LARGE_EVERY ? LARGE_SIZE : 3 + (index % 7);
  switch (index % 10) {
    case 0:
      return ['SET', key, String((index * 7919) % 1_000_003)];
    case 1:
      return ['SET', key, WORDS.slice(0, 5 + (index % 30))];
    case 2:
      return ['SET', key, `{"id":${index},"name":"user ${index}","about":"${WORDS}"}`];
    case 3:
      return ['SET', key, `session-${index * 31}`, 'EX', String(TTL_SECONDS)];
    case 4:
      return ['SET', key, `${index}`.padEnd(20 + (index % 50), 'abcdefgh')];
    case 5:
      return ['HSET', key, ...elements(size, (i) => [`field${i}`, `value ${index + i}`])];
    case 6:
      return ['RPUSH', key, ...elements(size, (i) => [`element ${index * i}`])];
    case 7:
      return ['SADD', key, ...elements(size, (i) => [`member:${index + i}`])];
    case 8:
      return ['ZADD', key, ...elements(size, (i) => [`${(index * i) % 10_007}.5`, `player${i}`])];
    default:
      if (index % STREAM_EVERY === 9)
        return ['XADD', key, '1-1', 'sensor', `${index % 100}`, 'temperature', `${index % 40}.5`];
      return ['SADD', key, ...elements(size, (i) => [`${index + i * 17}`])];
  }
}

function elements(count: number, of: (index: number) => string[]): string[] {
  const words: string[] = [];
  for (let i = 0; i < count; i++) words.push(...of(i));
  return words;
}
