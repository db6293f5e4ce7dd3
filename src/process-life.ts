/**
 * The process around a server: signals, the pid file, and what is told when it dies of an error of
 * its own.
 *
 * An error while a command runs is that command's (see `Executor`): its client is told, and the
 * server goes on. One that comes up anywhere else may have left anything half done: going on could
 * spoil data, so the process tells what it knows and ends.
 */
import { unlinkSync, writeFileSync } from 'node:fs';
import type { Config } from './config/config.ts';
import { crashReport } from './observe/crash-report.ts';
import type { Respd } from './server.ts';

/** What the process ends with after an error of its own. */
const EXIT_CRASHED = 1;

type StopSignal = 'SIGTERM' | 'SIGINT';

export class ProcessLife {
  readonly #config: Config;
  #server: Respd | undefined;
  #isStopping = false;
  #isCrashing = false;

  constructor(config: Config) {
    this.#config = config;
  }

  /** To be called before the server starts. */
  begin(): void {
    // A terminal that goes away is no reason to stop.
    process.on('SIGHUP', () => {});
    process.on('uncaughtException', (error) => this.#crash('an exception', error));
    process.on('unhandledRejection', (reason) => this.#crash('a rejected promise', reason));
  }

  /** The server listens, and is about to load its data. */
  attach(server: Respd): void {
    this.#server = server;
    const { pidfile } = this.#config;
    if (pidfile !== '') this.#writePidFile(pidfile, server);
    process.on('SIGTERM', () => this.#stop(server, 'SIGTERM'));
    process.on('SIGINT', () => this.#stop(server, 'SIGINT'));
    server.onShutdown = () => this.#end(server);
  }

  /** Ends the process at once. */
  leave(code: number): never {
    this.#removePidFile();
    process.exit(code);
  }

  #stop(server: Respd, signal: StopSignal): void {
    if (this.#isStopping) {
      if (signal !== 'SIGINT') return;
      server.log.warning('You insist... exiting now.');
      this.leave(1);
    }
    if (server.isLoading) {
      server.log.warning('Received shutdown signal during loading, exiting now.');
      this.leave(0);
    }
    server.log.warning(`Received ${signal} scheduling shutdown...`);
    this.#isStopping = server.stopBySignal(signal);
  }

  #end(server: Respd): void {
    if (this.#config.pidfile !== '') server.log.notice('Removing the pid file.');
    server.log.warning('Redis is now ready to exit, bye bye...');
    this.leave(0);
  }

  #crash(what: string, reason: unknown): void {
    // What goes wrong while this is told must not begin it again.
    if (this.#isCrashing) process.exit(EXIT_CRASHED);
    this.#isCrashing = true;
    const server = this.#server;
    if (server === undefined) process.stderr.write(crashReport(what, reason));
    else server.log.warning(server.crashReport(what, reason));
    this.leave(EXIT_CRASHED);
  }

  #writePidFile(path: string, server: Respd): void {
    try {
      writeFileSync(path, `${process.pid}\n`);
    } catch (error) {
      server.log.warning(`Can't write the pid file: ${(error as Error).message}`);
    }
  }

  #removePidFile(): void {
    if (this.#server === undefined || this.#config.pidfile === '') return;
    try {
      unlinkSync(this.#config.pidfile);
    } catch {
      // Somebody removed it already.
    }
  }
}
