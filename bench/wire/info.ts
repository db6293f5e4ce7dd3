/** Single figures that a server tells of itself. */
import type { Argument } from '../../test/support/raw-client.ts';
import type { ServerProcess } from '../../test/support/server-process.ts';
import type { RespValue } from '../../test/support/resp-value.ts';

/** Longest time that a command may take: some of these walk through millions of elements. */
const TIMEOUT_MS = 120_000;

/** The reply to one command on a connection of its own; an error reply is an exception. */
export async function ask(server: ServerProcess, ...args: readonly Argument[]): Promise<RespValue> {
  const client = await server.connect({ timeoutMs: TIMEOUT_MS });
  try {
    const reply = await client.call(...args);
    if (reply.type === 'error')
      throw new Error(`${server.name}, ${String(args[0])}: ${reply.text}`);
    return reply;
  } finally {
    client.close();
  }
}

export async function askNumber(
  server: ServerProcess,
  ...args: readonly Argument[]
): Promise<number> {
  const reply = await ask(server, ...args);
  if (reply.type !== 'integer') throw new Error(`${String(args[0])} gave no number`);
  return Number(reply.value);
}

/** A number in a section of INFO. */
export async function infoNumber(
  server: ServerProcess,
  section: string,
  field: string,
): Promise<number> {
  const reply = await ask(server, 'INFO', section);
  const text = 'bytes' in reply ? reply.bytes.toString() : '';
  const found = new RegExp(`^${field}:(\\d+)\r$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`INFO ${section} has no ${field}`);
  return Number(found);
}
