/** Sending messages: PUBLISH, SPUBLISH. */
import type { CommandContext } from '../../command/context.ts';
import { EFFECT_REPLICAS } from '../../command/effect-log.ts';
import { command } from '../../command/spec.ts';

/** Replicas have subscribers too; a file has none. */
function propagateToReplicas({ args, database, effects }: CommandContext): void {
  if (!effects.active) return;
  const { targets } = effects;
  effects.targets = targets & EFFECT_REPLICAS;
  effects.verbatim(database.index, args);
  effects.targets = targets;
}

function publishMessage(context: CommandContext, isSharded: boolean): void {
  const { args, reply, server } = context;
  const { pubsub } = server;
  const { bytes } = args;
  const start = args.start(2);
  const end = args.end(2);
  const receivers = isSharded
    ? pubsub.publishSharded(bytes, args.start(1), args.end(1), bytes, start, end)
    : pubsub.publish(bytes, args.start(1), args.end(1), bytes, start, end);
  propagateToReplicas(context);
  reply.integer(receivers);
}

export const publish = command({
  name: 'PUBLISH',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Sends a message to the subscribers of a channel.',
  complexity: 'O(N+M), N: subscribers of the channel, M: patterns subscribed by anyone',
  arity: 3,
  flags: 'pubsub loading stale fast may_replicate sentinel',
  arguments: 'channel:string message:string',
  handler: (context) => publishMessage(context, false),
});

export const spublish = command({
  name: 'SPUBLISH',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Sends a message to the subscribers of a shard channel.',
  complexity: 'O(N), N: subscribers of the channel',
  arity: 3,
  flags: 'pubsub loading stale fast may_replicate',
  keys: 'not_key 1',
  arguments: 'shardchannel:string message:string',
  handler: (context) => publishMessage(context, true),
});
