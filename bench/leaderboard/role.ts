/** Starts the bench program again as a process that plays a part of its own. */
import { spawn } from 'node:child_process';

export type Role = {
  /** Resolves when it is connected and has begun. */
  readonly ready: Promise<void>;
  /** What it measured, when it is done; rejects when it failed. */
  readonly result: Promise<unknown>;
  /** Asks a role that goes on for ever to come to its end. */
  readonly finish: () => void;
};

/** A role prints `ready`, and at its end its result as a line of JSON. */
export function startRole(name: string, args: readonly number[]): Role {
  const [, program] = process.argv as [string, string];
  const child = spawn(process.execPath, [program, name, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let begin!: () => void;
  const ready = new Promise<void>((resolve) => (begin = resolve));
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.startsWith('ready\n')) begin();
  });
  const result = new Promise<unknown>((resolve, reject) => {
    child.once('close', (code) => {
      begin();
      if (code === 0) resolve(JSON.parse(output.trim().split('\n').at(-1)!));
      else reject(new Error(`the process that is to ${name} failed`));
    });
  });
  return { ready, result, finish: () => child.stdin.end() };
}
