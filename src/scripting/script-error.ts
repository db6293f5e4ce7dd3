/** The error reply of a script that failed, in Redis's words. */
import type { ReplyWriter } from '../resp/reply-writer.ts';
import { LuaError, type ScriptKilled } from './lua/errors.ts';
import type { Site } from './lua/site.ts';
import { LuaTable } from './lua/table.ts';
import { rawToString } from './lua/types.ts';
import type { LuaValue } from './lua/value.ts';

/**
 * Replies why the script ended. `name` is its SHA1 or the function's name. Returns whether the error
 * was counted already, when the command that caused it was refused or failed.
 */
export function replyScriptError(
  reply: ReplyWriter,
  error: LuaError | ScriptKilled,
  name: string,
): boolean {
  if (!(error instanceof LuaError)) {
    const where = error.site === null ? '' : `, on ${placeOf(error.site)}`;
    reply.error(`ERR ${error.reason} script: ${name}${where}.`);
    return false;
  }
  const text = errorText(error.value);
  const place = error.site === null ? '=[C]:-1' : placeOf(error.site);
  reply.error(`${text} script: ${name}, on ${place}.`);
  const { value } = error;
  return value instanceof LuaTable && value.get('ignore_error_stats_update') === true;
}

/** What an error value says, its code first. */
export function errorText(value: LuaValue): string {
  if (!(value instanceof LuaTable)) return `ERR ${rawToString(value)}`;
  const text = value.get('err');
  // The real server dies of a table without a text.
  return typeof text === 'string' || typeof text === 'number'
    ? rawToString(text)
    : 'ERR unknown error';
}

/** As `@user_script:1`. */
function placeOf({ chunk, line }: Site): string {
  return `${chunk}:${line}`;
}
