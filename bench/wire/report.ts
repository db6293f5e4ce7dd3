/** Prints tables and keeps bench/RESULTS.md, in which every suite owns one part. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

import { runTool } from '../../test/support/interop.ts';
import { RESULTS } from '../paths.ts';
import type { Section, Suite } from './suite.ts';

const HEADER = `# Benchmark results

respd beside redis-server, started in turn on the same machine with nothing saved. Every figure is the
median of interleaved rounds. Ratios are respd divided by redis: more is better for requests per second,
less is better for everything else. Reproduce a part with \`npm run bench -- <suite>\`.
`;

/** A section as a Markdown table with aligned columns. */
export function renderSection(section: Section): string {
  const table = [section.columns, ...section.rows];
  const widths = section.columns.map((_, at) =>
    Math.max(3, ...table.map((row) => row[at]!.length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |`;
  const rule = widths.map((width, at) =>
    at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const lines = [line(section.columns), `| ${rule.join(' | ')} |`, ...section.rows.map(line)];
  return `### ${section.title}\n\n${section.note}\n\n${lines.join('\n')}\n`;
}

/** What the figures were measured on, without anything that changes from day to day. */
export async function describeMachine(): Promise<string> {
  const { stdout } = await runTool('redis-server', ['--version']);
  const redis = /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown';
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? '';
  const isNamed = model !== '' && model !== 'unknown';
  return `${processors.length} cores${isNamed ? ` (${model})` : ''}, Node ${process.version}, Redis ${redis}`;
}

/**
 * Replaces one suite's part of the results file; the others stay as they are. Parts that `order` does
 * not name follow those it does.
 */
export function writeResults(
  suite: Pick<Suite, 'name' | 'about'>,
  order: readonly string[],
  machine: string,
  sections: readonly Section[],
): void {
  const parts = existsSync(RESULTS) ? readParts(readFileSync(RESULTS, 'utf8')) : new Map();
  const tables = sections.map(renderSection).join('\n');
  parts.set(suite.name, `## ${suite.name}\n\n${suite.about} Machine: ${machine}.\n\n${tables}`);
  const place = (name: string): number =>
    order.includes(name) ? order.indexOf(name) : order.length;
  const names = [...parts.keys()].toSorted((a, b) => place(a) - place(b));
  const body = names.map((name) => `<!-- ${name} -->\n${parts.get(name)}<!-- end ${name} -->\n`);
  writeFileSync(RESULTS, `${HEADER}\n${body.join('\n')}`);
}

function readParts(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const match of text.matchAll(/<!-- ([\w-]+) -->\n([\s\S]*?)<!-- end \1 -->/g)) {
    parts.set(match[1]!, match[2]!);
  }
  return parts;
}
