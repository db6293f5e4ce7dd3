/** PUBSUB: who is subscribed to what. */
import { matchesGlob } from '../../bytes/glob.ts';
import type { CommandContext } from '../../command/context.ts';
import { replyHelp } from '../../command/help.ts';
import type { SubscriptionNames } from '../../command/ports.ts';
import { command } from '../../command/spec.ts';
import { unknownSubcommandOrArity } from '../../resp/errors.ts';

function replyNames(context: CommandContext, subscriptions: SubscriptionNames): void {
  const { args, reply } = context;
  if (args.count > 3) {
    reply.error(unknownSubcommandOrArity('PUBSUB', args.bytes, args.start(1), args.end(1)));
    return;
  }
  const mark = reply.deferArray(subscriptions.size);
  let count = 0;
  for (const { bytes } of subscriptions.all()) {
    const isWanted =
      args.count === 2 ||
      matchesGlob(args.bytes, args.start(2), args.end(2), bytes, 0, bytes.length);
    if (!isWanted) continue;
    reply.bulk(bytes, 0, bytes.length);
    count++;
  }
  reply.resolveArray(mark, count);
}

function replyCounts({ args, reply }: CommandContext, subscriptions: SubscriptionNames): void {
  reply.array((args.count - 2) * 2);
  for (let i = 2; i < args.count; i++) {
    reply.bulk(args.bytes, args.start(i), args.end(i));
    reply.integer(subscriptions.find(args.text(i))?.sessions.size ?? 0);
  }
}

export const pubsubChannels = command({
  container: 'PUBSUB',
  name: 'CHANNELS',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Names the channels that have subscribers.',
  complexity: 'O(N), N: such channels',
  arity: -2,
  flags: 'pubsub loading stale',
  arguments: '[pattern:pattern]',
  handler: (context) => replyNames(context, context.server.pubsub.channels),
});

export const pubsubShardchannels = command({
  container: 'PUBSUB',
  name: 'SHARDCHANNELS',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Names the shard channels that have subscribers.',
  complexity: 'O(N), N: such channels',
  arity: -2,
  flags: 'pubsub loading stale',
  arguments: '[pattern:pattern]',
  handler: (context) => replyNames(context, context.server.pubsub.shardChannels),
});

export const pubsubNumsub = command({
  container: 'PUBSUB',
  name: 'NUMSUB',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Counts the subscribers of channels.',
  complexity: 'O(N), N: channels named',
  arity: -2,
  flags: 'pubsub loading stale',
  arguments: '[channel:string...]',
  handler: (context) => replyCounts(context, context.server.pubsub.channels),
});

export const pubsubShardnumsub = command({
  container: 'PUBSUB',
  name: 'SHARDNUMSUB',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Counts the subscribers of shard channels.',
  complexity: 'O(N), N: channels named',
  arity: -2,
  flags: 'pubsub loading stale',
  arguments: '[shardchannel:string...]',
  handler: (context) => replyCounts(context, context.server.pubsub.shardChannels),
});

export const pubsubNumpat = command({
  container: 'PUBSUB',
  name: 'NUMPAT',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Counts the distinct patterns subscribed to.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'pubsub loading stale',
  handler: ({ reply, server }) => reply.integer(server.pubsub.patterns.size),
});

export const pubsubHelp = command({
  container: 'PUBSUB',
  name: 'HELP',
  group: 'pubsub',
  since: '6.2.0',
  summary: 'Lists the subcommands of PUBSUB and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  handler: ({ reply }) =>
    replyHelp(reply, 'PUBSUB', [
      ['CHANNELS [<pattern>]', 'Name the channels that have subscribers (default: all).'],
      ['NUMPAT', 'Count the different patterns subscribed to.'],
      ['NUMSUB [<channel> ...]', 'Count the subscribers of these channels, patterns left out.'],
      ['SHARDCHANNELS [<pattern>]', 'Name the shard channels that have subscribers.'],
      ['SHARDNUMSUB [<shardchannel> ...]', 'Count the subscribers of these shard channels.'],
    ]),
});

export const pubsub = command({
  name: 'PUBSUB',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Groups the commands that inspect publish/subscribe.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [
    pubsubChannels,
    pubsubHelp,
    pubsubNumpat,
    pubsubNumsub,
    pubsubShardchannels,
    pubsubShardnumsub,
  ],
});
