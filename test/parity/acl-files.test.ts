/** Users in ACL files and in the configuration: loading, saving, and starting with them. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { Respd } from '../../src/server.ts';
import { compareUsers, sameRules, sortedRules } from '../support/acl.ts';
import { Both } from '../support/both.ts';
import { requireInterop } from '../support/interop.ts';
import { runLines } from '../support/lines.ts';
import { startRealRedis, TEST_DIRECTIVES } from '../support/real-redis.ts';
import { spawnRespd } from '../support/respd.ts';
import { directiveArguments, type Directives, ServerProcess } from '../support/server-process.ts';

const directories: string[] = [];
const running: ServerProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'respd-acl-'));
  directories.push(directory);
  mkdirSync(join(directory, 'sub'));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(directory, name), text, 'latin1');
  return directory;
}

type Pair = { readonly both: Both; readonly real: ServerProcess; readonly ours: ServerProcess };

/** Both servers as processes, each in a directory of its own with these files. */
async function start(
  directives: Directives,
  files: Readonly<Record<string, string>>,
): Promise<Pair> {
  const [real, ours] = await Promise.all([
    startRealRedis({ directives, directory: directoryWith(files) }),
    spawnRespd({ directives, directory: directoryWith(files) }),
  ]);
  running.push(real, ours);
  return { real, ours, both: await Both.open([real, ours], { protocol: 2 }) };
}

/** Writes a file for each server, then has it loaded, and compares what came of it. */
async function load({ both, real, ours }: Pair, text: string): Promise<void> {
  for (const { directory } of [real, ours])
    writeFileSync(join(directory, 'sub/users.acl'), text, 'latin1');
  await both.run('ACL', 'LOAD');
  await compareUsers(both);
}

const HASH = '30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4';
const ADMIN = 'user default on nopass ~* &* +@all\n';

const GOOD: readonly string[] = [
  '',
  'user a on >pw ~* +@all\n',
  `user b on\n${ADMIN}`,
  '\n\n  user c on   ~x    ~y  \r\n\n',
  'user x on\n \t \nuser y on\t\n',
  'user b (~x +get) (+set ~y)\n',
  'user b ( ~x +get ) on\n',
  'user b on (~x))\n',
  `user b #${HASH} !${HASH}\n`,
  'user default off nopass +@all ~* &*\nuser z on',
  'user x~y on\nuser x"y on\nuser "x" on\n',
  'user a reset on\nuser e on +select|1 -@all +@read\n',
  'user  on\n',
  ADMIN,
];

const BAD: readonly string[] = [
  'user a on\nuser a on\n',
  '# comment\nuser c on\n',
  'user\n',
  'user \n',
  'usera on\n',
  'USER a on\n',
  'user a foo\n',
  'user a on foo +bar +@baz ~\nuser b +bar\nxx\n',
  'user a on +nosuch\nuser b (~x\n',
  'user b (~x +get\n',
  'user b "~a b"\n',
  'user b ~a\tb\n',
  'user\tb on\n',
  'user b #abc\n',
  `user b !${HASH}\n`,
  'user x on ~* ~a\nuser y &* &b\n user z <foo +get|set|x +select|',
  'user x on\0foo\nuser y on\n',
  'user x on\n#\nuser y on #\n',
  'user x foo bar <baz\nuser y foo ~* ~b\n',
  'user x +config|get|foo +get|foo +config|\n',
  'user default foo\nuser default bar\n',
];

describe('an ACL file', () => {
  it('is loaded as a whole, or refused with all that is wrong with it', async (context) => {
    requireInterop(context, 'redis-server');
    const pair = await start({ aclfile: 'sub/users.acl' }, { 'sub/users.acl': '' });
    for (const text of GOOD) await load(pair, text);
    await load(pair, 'user keeper on ~a +get\n');
    for (const text of BAD) await load(pair, text);
    pair.both.close();
  });

  it('is saved through another file, which takes its place', async (context) => {
    requireInterop(context, 'redis-server');
    const pair = await start({ aclfile: 'sub/users.acl' }, { 'sub/users.acl': '' });
    const { both, real, ours } = pair;
    const directives = [real, ours].map(({ directory }) => directory);
    await runLines(
      both,
      `
      ACL SETUSER q on >p ~a &x (+get ~x) +config|get
      ACL SETUSER '' on
      ACL SETUSER x\\x22y nopass ~a\\xff
      ACL SAVE
      `,
    );
    const texts = directives.map((directory) =>
      readFileSync(join(directory, 'sub/users.acl'), 'latin1').split('\n').map(sortedRules),
    );
    expect(texts[1]).toEqual(texts[0]);
    await both.run('ACL', 'LOAD');
    await compareUsers(both);
    for (const directory of directives) renameSync(join(directory, 'sub'), join(directory, 'gone'));
    await both.run('ACL', 'SAVE');
    await both.run('ACL', 'LOAD');
    await compareUsers(both);
    expect(existsSync(join(ours.directory, 'gone/users.acl.tmp'))).toBe(false);
    both.close();
  });

  it('ends the sessions of the users it replaces', async (context) => {
    requireInterop(context, 'redis-server');
    const pair = await start(
      { aclfile: 'sub/users.acl' },
      { 'sub/users.acl': 'user a on nopass +@all\nuser b on nopass +@all\n' },
    );
    const { both } = pair;
    const [a, b, plain] = await Promise.all([both.connect(), both.connect(), both.connect()]);
    await a.run('AUTH', 'a', 'x');
    await b.run('AUTH', 'b', 'x');
    await load(pair, `${ADMIN}user a on nopass +@all\n`);
    for (const session of [a, b])
      await Promise.all([session.real, session.ours].map((client) => client.untilClosed()));
    await plain.run('PING');
    const again = await both.connect();
    await again.run('AUTH', 'a', 'x');
    await again.run('ACL', 'LOAD');
    await Promise.all([again.real, again.ours].map((client) => client.untilClosed()));
    await load(pair, 'user default on nopass +ping\n');
    await plain.run('PING');
    await plain.run('GET', 'a');
    both.close();
  });
});

describe('users of the configuration', () => {
  it('are there from the start, after requirepass', async (context) => {
    requireInterop(context, 'redis-server');
    const config =
      'user a on >x (~a +get)\nuser b ~x &y\nrequirepass foo\n' +
      'user default on >bar ~* +@all\nuser c on -@all +@read -mget +select|0\n';
    const pair = await start({}, {});
    pair.both.close();
    for (const server of [pair.real, pair.ours]) {
      writeFileSync(join(server.directory, 'a.conf'), config);
      await server.stop('SIGKILL');
    }
    const [real, ours] = await Promise.all([
      ServerProcess.start({
        name: 'redis-server',
        command: 'redis-server',
        directory: pair.real.directory,
        argumentsFor: (port, dir) => [
          join(dir, 'a.conf'),
          ...directiveArguments({ ...TEST_DIRECTIVES, port, dir }),
        ],
      }),
      spawnRespd({
        directory: pair.ours.directory,
        args: (port, dir) => [
          join(dir, 'a.conf'),
          ...directiveArguments({ ...TEST_DIRECTIVES, port, dir }),
        ],
      }),
    ]);
    running.push(real, ours);
    const both = await Both.open([real, ours], { protocol: 2 });
    await runLines(both, 'PING\nAUTH foo\nAUTH a x\nACL WHOAMI\nAUTH bar\nACL WHOAMI');
    await compareUsers(both);
    await both.run('ACL', 'SETUSER', 'd', 'on', '>y', '~d*', '+@write', '-del');
    await both.run('ACL', 'DELUSER', 'b');
    await both.run('CONFIG', 'REWRITE');
    const users = [real, ours].map(({ directory }) =>
      readFileSync(join(directory, 'a.conf'), 'latin1')
        .split('\n')
        .filter((line) => /^(user|requirepass) /.test(line))
        .map(sortedRules)
        .toSorted(),
    );
    expect(users[1]).toEqual(users[0]);
    await both.runWith(sameRules, 'ACL', 'GETUSER', 'default');
    both.close();
  });

  it('may be given to an embedded server', async () => {
    const server = await Respd.start({
      port: 0,
      user: ['default off', "alice on '>pass word' ~a* +get"],
    });
    await server.close();
    await expect(Respd.start({ port: 0, user: 'alice on foo' })).rejects.toThrow(
      "Error loading ACL rule 'foo' for the user named 'alice': Syntax error",
    );
  });

  it('that make no sense stop the start', async (context) => {
    requireInterop(context, 'redis-server');
    const cases: readonly (readonly [user: readonly string[], file: string | undefined])[] = [
      [[], 'user a foo\nxx\n'],
      [[], 'user a on\nuser a on\n'],
      [[], undefined],
      [['a on'], ''],
      [['a on +nosuch', 'b off'], '-'],
      [['b on', 'a on ~x -@nosuch'], '-'],
    ];
    for (const [user, file] of cases) {
      const path = directoryWith(file === undefined ? {} : { 'users.acl': file });
      const aclfile = file === '-' ? '' : join(path, 'users.acl');
      const failure = await Respd.start({ port: 0, aclfile, user }).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      const users = user.flatMap((line) => ['--user', ...line.split(' ')]);
      const real = await ServerProcess.start({
        name: 'redis-server',
        command: 'redis-server',
        directory: path,
        waitForReply: false,
        argumentsFor: (port) => [
          ...directiveArguments({ ...TEST_DIRECTIVES, port, aclfile }),
          ...users,
        ],
      });
      const { code } = await real.exited;
      expect(code).toBe(1);
      expect(real.output).toContain(failure);
    }
  });
});

describe('renamed commands', () => {
  it('keep their names in rules', async (context) => {
    requireInterop(context, 'redis-server');
    const { both } = await start(
      {
        'rename-command': ['GET', 'fetch'],
        user: ['a', 'on', 'nopass', '~*', '+get', '+config|get'],
      },
      {},
    );
    await compareUsers(both);
    const user = await both.connect();
    await runLines(user, 'AUTH a x\nGET k\nfetch k\nFETCH k\nSET k v\nCONFIG GET maxmemory');
    await runLines(
      both,
      `
      ACL DRYRUN a get k
      ACL DRYRUN a fetch k
      ACL SETUSER a -fetch
      ACL SETUSER a -get
      ACL DRYRUN a fetch k
      `,
    );
    await user.run('fetch', 'k');
    await compareUsers(both);
    both.close();
  });
});
