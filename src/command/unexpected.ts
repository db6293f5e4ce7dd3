/** What becomes of an error that should never be, when it comes up while a command is served. */
import { HeapFull } from '../memory/heap.ts';
import { OUT_OF_MEMORY } from '../resp/errors.ts';
import type { CommandContext } from './context.ts';
import type { Command } from './spec.ts';

/**
 * The client gets an error instead of the reply that began at `mark`, the log the stack, and the
 * server goes on.
 */
export function replyUnexpected(
  { reply, server }: CommandContext,
  command: Command,
  error: unknown,
  mark: number,
): void {
  reply.discardFrom(mark);
  if (error instanceof HeapFull) {
    reply.error(OUT_OF_MEMORY);
    return;
  }
  server.statistics.unexpectedErrors++;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  server.log.warning(`Unexpected error in '${command.fullName}': ${stack}`);
  reply.error(`ERR internal error in '${command.fullName}' command`);
}

/** Lets the client wait for `work`, and then replies with `write`; other clients are served meanwhile. */
export function replyWhenDone<T>(
  context: CommandContext,
  work: Promise<T>,
  write: (result: T) => void,
): void {
  const { command, reply, server } = context;
  const resume = server.suspend();
  const end = (tell: () => void): void => {
    resume(() => {
      const mark = reply.length;
      try {
        tell();
      } catch (error) {
        replyUnexpected(context, command, error, mark);
      }
    });
  };
  void work.then(
    (result) => end(() => write(result)),
    (error: unknown) => end(() => replyUnexpected(context, command, error, reply.length)),
  );
}
