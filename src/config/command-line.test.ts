import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

describe('the command line', () => {
  it.each([
    [['a.conf', '--port', '7', '-'], { file: 'a.conf', readStdin: true, overrides: 'port "7"' }],
    [['-'], { file: undefined, readStdin: true, overrides: '' }],
    [['-', '--hz', '20'], { file: undefined, readStdin: true, overrides: 'hz "20"' }],
    [[], { file: undefined, readStdin: false, overrides: '' }],
    [['--save', ''], { overrides: 'save ""' }],
    [['--save', '3600', '1', '60', '1000'], { overrides: 'save "3600" "1" "60" "1000"' }],
    [['--save'], { overrides: 'save ""' }],
    [['--port 7', '--dir /x'], { overrides: 'port 7\ndir /x' }],
    [['a.conf', 'timeout', '5'], { overrides: '"timeout" "5"' }],
    [['--user', 'a', 'on', '--user', 'b'], { overrides: 'user "a" "on"\nuser "b"' }],
    [['--dir', '/é'], { overrides: String.raw`dir "/\xc3\xa9"` }],
    [['s.conf', '--sentinel'], { file: 's.conf', sentinel: true, overrides: 'sentinel' }],
    [['-v'], { showVersion: true, showHelp: false }],
    [['--help', 'x'], { showVersion: false, showHelp: true }],
    [['a.conf', '--version'], { showVersion: false, overrides: 'version' }],
  ])('%j', (argv, expected) => {
    expect(parseCommandLine(argv)).toMatchObject(expected);
  });

  it('knows a sentinel by the name of the program', () => {
    expect(parseCommandLine(['s.conf'], '/usr/bin/redis-sentinel').sentinel).toBe(true);
    expect(parseCommandLine(['s.conf'], '/usr/bin/redis-server').sentinel).toBe(false);
  });

  it('refuses the checks that only the original has', () => {
    expect(parseCommandLine(['--check-system']).refusal).toContain('--check-system');
    expect(parseCommandLine(['--test-memory', '5']).refusal).toContain('--test-memory');
    expect(parseCommandLine(['--port', '5']).refusal).toBeUndefined();
  });
});
