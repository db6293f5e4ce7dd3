/**
 * A process of its own that subscribes to a channel on many connections and drops what comes.
 *
 * `subscribers.js PORT CHANNEL COUNT` prints `ready` when all are subscribed, and goes on until its
 * standard input ends. All connections read into one buffer: the receivers should cost little.
 */
import { connect } from 'node:net';

/** Connections opened at a time, within any server's backlog. */
const OPENED_TOGETHER = 200;

const [port, channel, count] = process.argv.slice(2) as [string, string, string];
const buffer = Buffer.allocUnsafe(64 * 1024);
const request = Buffer.from(`SUBSCRIBE ${channel}\r\n`);

/** Resolves when the server has confirmed the subscription. */
function subscribe(): Promise<void> {
  return new Promise((resolve, reject) => {
    const callback = (): boolean => {
      resolve();
      return true;
    };
    const socket = connect({ port: Number(port), host: '127.0.0.1', onread: { buffer, callback } });
    socket.on('error', reject);
    socket.write(request);
  });
}

for (let open = 0; open < Number(count); open += OPENED_TOGETHER) {
  const together = Math.min(OPENED_TOGETHER, Number(count) - open);
  await Promise.all(Array.from({ length: together }, subscribe));
}
process.stdout.write('ready\n');
process.stdin.on('end', () => process.exit()).resume();
