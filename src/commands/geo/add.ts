/** Adding positions: GEOADD, which is a ZADD with geohashes for scores. */
import type { CommandContext } from '../../command/context.ts';
import type { EffectPart } from '../../command/effect-log.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { scoreAt } from '../../values/geo-hash.ts';
import { zadd } from '../sorted-set/add.ts';
import { readPosition } from './arguments.ts';
import { fromLatin1 } from '../../bytes/text.ts';

/** What a condition word is; 0: none of them. */
const NX = 1;
const XX = 2;
const CH = 4;

/** Reads the request as the ZADD it stands for; what is wrong is noted in `context.args`. */
function asZadd({ args }: CommandContext): Uint8Array[] {
  const parts: Uint8Array[] = [fromLatin1('zadd'), args.copy(1)];
  let seen = 0;
  let index = 2;
  for (; index < args.count; index++) {
    const flag = args.is(index, 'nx')
      ? NX
      : args.is(index, 'xx')
        ? XX
        : args.is(index, 'ch')
          ? CH
          : 0;
    if (flag === 0) break;
    seen |= flag;
    parts.push(args.copy(index));
  }
  if ((args.count - index) % 3 !== 0 || (seen & (NX | XX)) === (NX | XX)) args.fail(SYNTAX_ERROR);
  const point = { longitude: 0, latitude: 0 };
  for (; index < args.count && args.failure === undefined; index += 3) {
    readPosition(args, index, point);
    const score = scoreAt(point.longitude, point.latitude);
    parts.push(fromLatin1(String(score)), args.copy(index + 2));
  }
  return parts;
}

/** Runs a handler on another request, then points the arguments back to the present one. */
function runOn(context: CommandContext, parts: readonly Uint8Array[]): void {
  const { args } = context;
  const { bytes, offsets, first, count, redacted } = args;
  const request = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  const ranges = new Int32Array(parts.length * 2);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    request.set(part, at);
    ranges[i * 2] = at;
    at += part.length;
    ranges[i * 2 + 1] = at;
  }
  args.set(request, ranges, 0, parts.length, 0, 0);
  try {
    zadd.handler!(context);
  } finally {
    args.set(bytes, offsets, first, count, 0, 0);
    args.redacted = redacted;
  }
}

function add(context: CommandContext): void {
  const parts = asZadd(context);
  if (context.refused()) return;
  const { keyspace, effects } = context;
  const dirty = keyspace.dirty;
  runOn(context, parts);
  if (keyspace.dirty === dirty) return;
  const effect: readonly EffectPart[] = effects.active ? parts : [];
  context.propagate(...effect);
}

export const geoadd = command({
  name: 'GEOADD',
  group: 'geo',
  since: '3.2.0',
  summary: 'Puts members at positions on the globe.',
  complexity: 'O(log(N)) a member, N: members in the set',
  arity: -5,
  flags: 'write denyoom',
  categories: 'geo',
  keys: 'RW update 1',
  arguments:
    'key@0 [condition: NX | XX] since 6.2.0 [change=CH since 6.2.0] ' +
    '(longitude_latitude_member: longitude:double latitude:double member:string)...',
  history: ['6.2.0: `CH`, `NX` and `XX` came, as ZADD has them.'],
  handler: add,
});
