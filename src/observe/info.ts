/**
 * INFO: a registry of sections. Each part of the server adds its own, and a section may be added to
 * by several parts; the text is made when somebody asks.
 */
import type { InfoSource } from '../command/ports.ts';

/** One line: a name, and a number (printed as it is) or a text. */
export type InfoField = readonly [name: string, value: string | number | bigint];

/** Makes the fields of a section, at the moment of the question. */
export type InfoFields = () => readonly InfoField[];

/** The sections, in the order in which they are told. */
const ORDER = [
  'server',
  'clients',
  'memory',
  'persistence',
  'stats',
  'replication',
  'cpu',
  'modules',
  'commandstats',
  'errorstats',
  'latencystats',
  'cluster',
  'keyspace',
  'hotkeys',
] as const;

export type InfoSection = (typeof ORDER)[number];

/** Long sections that are told only when asked for by name, or with `all`. */
const NOT_DEFAULT: ReadonlySet<string> = new Set(['commandstats', 'latencystats', 'hotkeys']);
/** A section that the real server does not have: nobody expects it where all are asked for. */
const NOT_IN_ALL = 'hotkeys';

export class InfoSections implements InfoSource {
  readonly #parts = new Map<string, InfoFields[]>();

  /** Adds fields to a section; one that it has already gets the new value, in its old place. */
  add(section: InfoSection, fields: InfoFields): void {
    const parts = this.#parts.get(section);
    if (parts === undefined) this.#parts.set(section, [fields]);
    else parts.push(fields);
  }

  /** The fields of all sections, by name. */
  fields(): ReadonlyMap<string, InfoField[1]> {
    const all = new Map<string, InfoField[1]>();
    for (const parts of this.#parts.values())
      for (const part of parts) for (const [name, value] of part()) all.set(name, value);
    return all;
  }

  render(sections: readonly string[]): string {
    const asked = new Set(sections.length === 0 ? ['default'] : sections);
    const texts: string[] = [];
    for (const section of ORDER) {
      const parts = this.#parts.get(section);
      if (parts === undefined || !isAsked(section, asked)) continue;
      let text = `# ${section[0].toUpperCase()}${section.slice(1)}\r\n`;
      const fields = new Map(parts.flatMap((part) => part()));
      for (const [name, value] of fields) text += `${name}:${value}\r\n`;
      texts.push(text.replace('# Cpu', '# CPU'));
    }
    return texts.join('\r\n');
  }
}

function isAsked(section: InfoSection, asked: ReadonlySet<string>): boolean {
  if (asked.has(section) || asked.has('everything')) return true;
  if (asked.has('all')) return section !== NOT_IN_ALL;
  return asked.has('default') && !NOT_DEFAULT.has(section);
}
