/** INFO, TIME, ROLE and LASTSAVE. */
import { command } from '../../command/spec.ts';

export const info = command({
  name: 'INFO',
  group: 'server',
  since: '1.0.0',
  summary: 'Reports on the server in sections of name:value lines.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'loading stale sentinel',
  categories: 'dangerous',
  arguments: '[section:string...]',
  history: ['7.0.0: Takes several sections.'],
  tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
  handler: ({ args, reply, server }) => {
    const sections: string[] = [];
    for (let i = 1; i < args.count; i++) sections.push(args.text(i).toLowerCase());
    reply.verbatim('txt', server.info.render(sections));
  },
});

export const time = command({
  name: 'TIME',
  group: 'server',
  since: '2.6.0',
  summary: 'Tells the time of the server in seconds and microseconds.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'loading stale fast',
  tips: 'nondeterministic_output',
  handler: ({ reply, server }) => {
    const now = server.clock.wallMicroseconds();
    reply.array(2);
    reply.bulkInteger(Math.floor(now / 1e6));
    reply.bulkInteger(now % 1e6);
  },
});

export const role = command({
  name: 'ROLE',
  group: 'server',
  since: '2.8.12',
  summary: 'Tells the role of this server in replication and whom it is linked with.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'noscript loading stale fast sentinel',
  categories: 'admin dangerous',
  handler: ({ reply }) => {
    reply.array(3);
    reply.bulkText('master');
    reply.integer(0);
    reply.array(0);
  },
});

export const lastsave = command({
  name: 'LASTSAVE',
  group: 'server',
  since: '1.0.0',
  summary: 'Tells when the last snapshot succeeded, as a Unix time.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'loading stale fast',
  categories: 'admin dangerous',
  tips: 'nondeterministic_output',
  handler: ({ reply, server }) => reply.integer(server.persistence.lastSaveAt),
});
