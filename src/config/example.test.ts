import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from './conf-file.ts';
import { Config } from './config.ts';
import { DIRECTIVES, FILE_ONLY_DIRECTIVES } from './directives.ts';

const example = readFileSync(new URL('../../redis.conf.example', import.meta.url), 'utf8');

/** Each directive with the comment above it; examples of lines without a default are comments. */
const blocks = example
  .trim()
  .split('\n\n')
  .map((block) => {
    const lines = block.split('\n');
    const name = /^(?:# )?([a-z_-]+)/.exec(lines.at(-1)!)?.[1] ?? '';
    const comment = lines.filter((line) => line.startsWith('# ')).map((line) => line.slice(2));
    return { name, comment: comment.join(' ') };
  });

describe('redis.conf.example', () => {
  it('loads, and states the defaults', () => {
    const config = new Config();
    loadConfigText(config, example, {
      readFile: () => {
        throw new Error('nothing to include');
      },
      listFiles: () => [],
    });
    expect(config.get(['*'])).toEqual(new Config().get(['*']));
  });

  it('explains every directive', () => {
    const settable = DIRECTIVES.filter(({ name }) => name !== 'directives-without-effect');
    const known = [...settable.map(({ name }) => name), ...FILE_ONLY_DIRECTIVES];
    const shown = new Set(blocks.map(({ name }) => name));
    expect(known.filter((name) => !shown.has(name))).toEqual([]);
    for (const { name, comment } of blocks) {
      if (known.includes(name)) expect(comment.length, name).toBeGreaterThan(10);
    }
  });

  it('says of every directive whether it has an effect, and its older name', () => {
    for (const { name, effect, alias } of DIRECTIVES) {
      if (name === 'directives-without-effect') continue;
      const comment = blocks.find((block) => block.name === name)!.comment;
      if (effect === 'applied') expect(comment, name).not.toContain('No effect here');
      else expect(comment, name).toContain(`N${effect.slice(1)}.`);
      if (alias) expect(comment, name).toContain(`Formerly ${alias}.`);
    }
  });
});
