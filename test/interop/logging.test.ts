/** Where the log goes and what it looks like. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RawClient } from '../support/raw-client.ts';
import { textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import type { Directives, TestServer } from '../support/server-process.ts';

let directory: string;
let logfile: string;
let server: TestServer | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-logging-'));
  logfile = join(directory, 'log');
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(directory, { recursive: true });
});

async function start(directives: Directives): Promise<RawClient> {
  server = await startRespd({ logfile, loglevel: 'notice', ...directives });
  return server.connect();
}

async function say(client: RawClient, text: string): Promise<void> {
  expect(textOf(await client.call('DEBUG', 'LOG', text))).toBe('OK');
}

const lines = (path: string): string[] => readFileSync(path, 'latin1').trimEnd().split('\n');

describe('the log', () => {
  it("has Redis's lines", async () => {
    const client = await start({});
    await say(client, 'one');
    const stamp = String.raw`\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}`;
    expect(lines(logfile).at(-1)).toMatch(
      new RegExp(`^${process.pid}:M ${stamp} # DEBUG LOG: one$`),
    );
    client.close();
  });

  it('can have objects', async () => {
    const client = await start({ 'log-format': 'json' });
    await say(client, 'a "quoted" one');
    const entry = JSON.parse(lines(logfile).at(-1)!) as Record<string, unknown>;
    expect(entry).toMatchObject({
      level: 40,
      pid: process.pid,
      msg: 'DEBUG LOG: a "quoted" one',
    });
    expect(Math.abs(Number(entry['time']) - Date.now())).toBeLessThan(60_000);
    client.close();
  });

  it('has what its level lets through, from CONFIG SET on', async () => {
    const client = await start({ loglevel: 'warning' });
    const provoke = async (): Promise<void> => {
      // Told at the level verbose.
      const bad = await server!.connect();
      bad.sendBytes('*x\r\n');
      await bad.closed;
    };
    await say(client, 'first');
    await provoke();
    expect(readFileSync(logfile, 'latin1')).not.toContain('Protocol error');
    expect(textOf(await client.call('CONFIG', 'SET', 'loglevel', 'verbose'))).toBe('OK');
    await provoke();
    expect(readFileSync(logfile, 'latin1')).toMatch(/ - Protocol error .* id=\d+ /);
    client.close();
  });
});

describe('syslog', () => {
  const path = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = path;
  });

  /** A program in logger's place, which writes down what it is told. */
  function standIn(script: string): void {
    writeFileSync(join(directory, 'logger'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, 'logger'), 0o755);
    process.env['PATH'] = `${directory}:${path}`;
  }

  it('gets the same lines, with facility and severity, through logger', async () => {
    const told = join(directory, 'told');
    standIn(`echo "$@" > ${told}; exec cat >> ${told}`);
    const client = await start({
      'syslog-enabled': 'yes',
      'syslog-ident': 'mine',
      'syslog-facility': 'local3',
    });
    await say(client, 'one\nand more');
    client.close();
    await server!.stop();
    await expect
      .poll(() => lines(told))
      .toEqual([
        `--prio-prefix --id=${process.pid} --tag mine`,
        // (16 + 3) * 8 + 4
        '<156>DEBUG LOG: one',
        '<156>and more',
      ]);
    expect(readFileSync(logfile, 'latin1')).toContain('DEBUG LOG: one');
  });

  it('is given up with a word in the log when logger fails', async () => {
    standIn('exit 3');
    const client = await start({ 'syslog-enabled': 'yes' });
    await expect
      .poll(() => readFileSync(logfile, { flag: 'a+', encoding: 'latin1' }))
      .toMatch(/Nothing goes to syslog any more: (logger ended with 3|write EPIPE)/);
    await say(client, 'one');
    expect(lines(logfile).at(-1)).toMatch(/DEBUG LOG: one$/);
    client.close();
  });
});
