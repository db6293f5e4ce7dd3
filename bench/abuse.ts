/**
 * The full attacks of test/support/attacks.ts, one after the other: each against a server of its own,
 * beside a client that behaves. Its waits are measured before and during the attack; an error that it
 * gets ends the trial with 1. The attackers share the machine with the server, so what they do to the
 * client's latency is more than the server's doing: `--redis` tells what it is with redis-server.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Attack, ATTACKS, Crowd } from '../test/support/attacks.ts';
import { type CertificateFiles, writeCertificates } from '../test/support/certificates.ts';
import { freePort, type Directives } from '../test/support/server-process.ts';
import { CONTENDERS, residentBytes } from './wire/contenders.ts';
import { type Latency, latencyDuring } from './wire/latency.ts';

const MEASURED_MS = 5000;
const MB = 1024 * 1024;

export type AbuseOptions = {
  /** The attacks whose names match. */
  readonly only: RegExp | undefined;
  readonly redis: boolean;
};

/** Runs the trial; the exit code of the process. */
export async function abuse({ only, redis }: AbuseOptions): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'respd-abuse-'));
  const files = writeCertificates(directory);
  let failures = 0;
  process.stdout.write(
    '| attack | p99 idle, ms | p99 attacked | ratio | longest | MB before | MB attacked |\n' +
      '|---|---:|---:|---:|---:|---:|---:|\n',
  );
  try {
    for (const attack of ATTACKS.filter(({ name }) => only?.test(name) ?? true))
      try {
        process.stdout.write(`${await trial(attack, files, redis)}\n`);
      } catch (error) {
        failures++;
        process.stdout.write(`| ${attack.name} | failed: ${String(error)} |\n`);
      }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return failures === 0 ? 0 : 1;
}

/** One attack; a line of the table. */
async function trial(attack: Attack, files: CertificateFiles, redis: boolean): Promise<string> {
  const tlsPort = await freePort();
  const { start } = CONTENDERS[redis ? 0 : 1]!;
  const server = await start(directivesFor(attack, files, tlsPort));
  const crowd = new Crowd({ port: server.port, tlsPort });
  const measured = (work: () => Promise<unknown>): Promise<Latency> =>
    latencyDuring(server.port, work, attack.password);
  try {
    const idle = await measured(() => delay(MEASURED_MS));
    const before = residentBytes(server.pid);
    let during = 0;
    const attacked = await measured(async () => {
      await attack.begin(crowd, 'full');
      await delay(MEASURED_MS);
      during = residentBytes(server.pid);
    });
    const cells = [
      `${attack.name}: ${attack.about}`,
      idle.p99Ms.toFixed(2),
      attacked.p99Ms.toFixed(2),
      `${(attacked.p99Ms / idle.p99Ms).toFixed(1)}x`,
      attacked.maxMs.toFixed(1),
      (before / MB).toFixed(0),
      (during / MB).toFixed(0),
    ];
    return `| ${cells.join(' | ')} |`;
  } finally {
    await crowd.stop();
    await server.stop();
  }
}

function directivesFor(attack: Attack, files: CertificateFiles, tlsPort: number): Directives {
  return {
    'tls-port': String(tlsPort),
    'tls-cert-file': files.certificate,
    'tls-key-file': files.key,
    'tls-auth-clients': 'no',
    maxclients: '20000',
    // Not to this process, which is busy.
    logfile: join(files.directory, 'log'),
    ...attack.directives,
    ...(attack.password === undefined ? {} : { requirepass: attack.password }),
  };
}
