/** `respd --help` and `respd --version`; loaded only for them, as a server starts faster without. */
import { Command } from 'commander';
import { VERSION } from './version.ts';

const HELP = `
Directives are those of redis.conf (see redis.conf.example):
  respd                                    with the defaults
  respd /etc/respd.conf                    with a configuration file
  respd --port 7777 --save 3600 1 60 1000  with directives
  respd /etc/respd.conf --maxmemory 1gb    with both; directives win
  cat respd.conf | respd -                 with a configuration from standard input
`;

/** Prints what the program's arguments ask for, and ends the process. */
export function showHelp(): void {
  new Command('respd')
    .description('A Redis-compatible in-memory server.')
    .usage('[/path/to/redis.conf] [--directive value ...] [-]')
    .version(`Redis server v=${VERSION} respd`, '-v, --version')
    .addHelpText('after', HELP)
    .argument('[arguments...]')
    .parse();
}
