/** The image without a container engine: its entrypoint under sh with stubs, and its build's inputs. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRYPOINT = join(ROOT, '.docker/entrypoint.sh');

/** Shows what the server would see. */
const SHOW = `#!/bin/sh
echo "run: $(basename "$0")"
echo "umask: $(umask)"
echo "pid: $$"
for argument; do echo "argument: [$argument]"; done
`;
const STUBS: Record<string, string> = {
  'redis-server': SHOW,
  respd: SHOW,
  'redis-cli': SHOW,
  id: '#!/bin/sh\necho "$FAKE_UID"\n',
  chown: '#!/bin/sh\necho "chown: $*"\n',
  setpriv: `#!/bin/sh
printf 'setpriv:'
while [ "$1" != -- ]; do printf ' %s' "$1"; shift; done
shift
echo
exec "$@"
`,
};

let stubs: string;
let data: string;

beforeEach(() => {
  stubs = mkdtempSync(join(tmpdir(), 'respd-stubs-'));
  data = mkdtempSync(join(tmpdir(), 'respd-data-'));
  for (const [name, script] of Object.entries(STUBS)) {
    writeFileSync(join(stubs, name), script);
    chmodSync(join(stubs, name), 0o755);
  }
});

afterEach(() => {
  rmSync(stubs, { recursive: true });
  rmSync(data, { recursive: true });
});

type Run = { readonly lines: string[]; readonly errors: string; readonly pid: number };

/** Runs the entrypoint with a shell's mask in front of it. */
function enter(
  args: readonly string[],
  options: { uid?: number; mask?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const { uid = 999, mask = '0022', env = {} } = options;
  const child = spawn('sh', ['-c', `umask ${mask}; exec sh "$0" "$@"`, ENTRYPOINT, ...args], {
    cwd: data,
    env: { PATH: `${stubs}:/usr/bin:/bin`, FAKE_UID: String(uid), ...env },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      if (status !== 0) return reject(new Error(`status ${status}: ${errors}`));
      return resolve({ lines: output.trim().split('\n'), errors, pid: child.pid! });
    });
  });
}

const argumentsOf = (run: Run): string[] =>
  run.lines.filter((line) => line.startsWith('argument: ')).map((line) => line.slice(10));

const untouched = (run: Run): boolean => run.lines.every((line) => !line.startsWith('chown'));

describe('the entrypoint', () => {
  it('passes flags and configuration files to the server, unchanged', async () => {
    const flags = await enter(['--save', '60 1', '--requirepass', "a 'b' $c"]);
    expect(flags.lines[0]).toBe('run: redis-server');
    expect(argumentsOf(flags)).toEqual(['[--save]', '[60 1]', '[--requirepass]', "[a 'b' $c]"]);
    const file = await enter(['/usr/local/etc/redis/redis.conf', '--save', '']);
    expect(file.lines[0]).toBe('run: redis-server');
    expect(argumentsOf(file)).toEqual(['[/usr/local/etc/redis/redis.conf]', '[--save]', '[]']);
  });

  it('runs anything else as it stands, also as root', async () => {
    const cli = await enter(['redis-cli', '-h', 'cache'], { uid: 0 });
    expect(cli.lines[0]).toBe('run: redis-cli');
    expect(argumentsOf(cli)).toEqual(['[-h]', '[cache]']);
    expect((await enter([])).lines[0]).toBe('run: redis-server');
    await expect(enter(['no-such-program'])).rejects.toThrow('no-such-program');
  });

  it('hands its process over, so that signals reach the server', async () => {
    for (const uid of [0, 999]) {
      const run = await enter(['redis-server'], { uid });
      expect(run.lines).toContain(`pid: ${run.pid}`);
    }
  });

  it('gives up root, and only root', async () => {
    const asRoot = await enter(['redis-server'], { uid: 0, env: { SKIP_FIX_PERMS: '1' } });
    expect(asRoot.lines[0]).toBe('setpriv: --reuid=999 --regid=999 --init-groups');
    expect(asRoot.lines[1]).toBe('run: redis-server');
    const asUser = await enter(['--port', '7000'], { uid: 1234 });
    expect(asUser.lines[0]).toBe('run: redis-server');
    const staying = await enter(['respd'], { uid: 0, env: { SKIP_DROP_PRIVS: '1' } });
    expect(staying.lines[0]).toBe('run: respd');
  });

  it('narrows the default mask and leaves a chosen one', async () => {
    expect((await enter(['redis-server'])).lines).toContain('umask: 0077');
    expect((await enter(['redis-server'], { mask: '0027' })).lines).toContain('umask: 0027');
  });

  it('makes the data its own when it is nothing but data', async () => {
    writeFileSync(join(data, 'dump.rdb'), '');
    mkdirSync(join(data, 'appendonlydir'));
    const run = await enter(['redis-server'], { uid: 0 });
    const changed = run.lines.find((line) => line.startsWith('chown: '))!;
    expect(changed.split(' ').slice(1, 3)).toEqual(['-h', '999:999']);
    expect(changed.split(' ').slice(3).toSorted()).toEqual(['.', './appendonlydir', './dump.rdb']);
  });

  it('leaves a directory alone that holds anything else, or when told to', async () => {
    writeFileSync(join(data, 'dump.rdb'), '');
    const told = await enter(['redis-server'], { uid: 0, env: { SKIP_FIX_PERMS: '1' } });
    expect(untouched(told)).toBe(true);
    writeFileSync(join(data, 'letters.txt'), '');
    const mixed = await enter(['redis-server'], { uid: 0 });
    expect(untouched(mixed)).toBe(true);
    expect(mixed.errors).toContain('letters.txt');
    expect(mixed.lines).toContain('run: redis-server');
  });
});

describe('the image', () => {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');

  it('copies only files that exist and are not ignored', () => {
    const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .filter((word) => !word.startsWith('--'));
    expect(copied).toContain('src');
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(ignore, path).toContain(`!${path.split('/')[0]}`);
    }
  });

  it('has an entrypoint that any sh can read', () => {
    execFileSync('sh', ['-n', ENTRYPOINT]);
    expect(readFileSync(ENTRYPOINT, 'utf8').startsWith('#!/bin/sh\n')).toBe(true);
  });
});
