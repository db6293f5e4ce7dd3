/**
 * A web page can make a browser send an HTTP request here, whose lines look like inline requests. Its
 * first words are no commands of ours, and whoever sends them is shown the door.
 */
import type { CommandContext } from '../command/context.ts';

const WARN_EVERY_MS = 60_000;

export class CrossProtocolGuard {
  #lastWarning = -Infinity;

  /** Whether the request is a line of HTTP; its client is closed then, and the log told why. */
  rejects({ args, keyspace, server, session }: CommandContext): boolean {
    if (!args.is(0, 'post') && !args.is(0, 'host:')) return false;
    session.transport?.closeNow();
    if (keyspace.now - this.#lastWarning >= WARN_EVERY_MS) {
      this.#lastWarning = keyspace.now;
      server.log.warning(
        'Possible SECURITY ATTACK detected: a client sends POST or Host: as a command, as a web ' +
          `browser that is misused to reach this server would. Connection ` +
          `${session.transport?.address ?? ''} aborted.`,
      );
    }
    return true;
  }
}
