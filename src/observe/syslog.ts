/**
 * The way to syslog. Node has no Unix datagram sockets, so lines go through `logger` of util-linux,
 * which is where syslog is: one process for the life of the server gets them on its standard input,
 * each with its priority in front.
 */
import { type ChildProcess, spawn } from 'node:child_process';

const PROGRAM = 'logger';

/** By level of the log: severities of RFC 5424. */
const SEVERITIES = { debug: 7, verbose: 6, notice: 5, warning: 4 };

export type SyslogLevel = keyof typeof SEVERITIES;

/** The numbers of the facilities that `syslog-facility` takes. */
function facilityNumber(name: string): number {
  return name === 'user' ? 1 : 16 + Number(name.slice('local'.length));
}

export class Syslog {
  readonly #facility: number;
  #child: ChildProcess | undefined;

  /** `failed` is told, once, why no more goes to syslog. */
  constructor(identity: string, facility: string, failed: (reason: string) => void) {
    this.#facility = facilityNumber(facility);
    const args = ['--prio-prefix', `--id=${process.pid}`, '--tag', identity];
    // In a process group of its own: a signal to the server's is not for it, and last words pass.
    const child = spawn(PROGRAM, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const fail = (reason: string): void => {
      if (this.#child === undefined) return;
      this.#child = undefined;
      failed(reason);
    };
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`logger ended with ${code}`));
    child.stdin.on('error', (error) => fail(error.message));
    // It must not keep the process alive, and ends when its input does.
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    this.#child = child;
  }

  write(level: SyslogLevel, text: string): void {
    const priority = `<${this.#facility * 8 + SEVERITIES[level]}>`;
    for (const line of text.split('\n'))
      if (line !== '') this.#child?.stdin!.write(`${priority}${line}\n`);
  }

  close(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.stdin!.end();
  }
}
