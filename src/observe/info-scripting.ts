/** What INFO memory tells of scripts and functions. */
import type { ScriptingPort } from '../command/scripting.ts';
import { humanBytes } from './human-bytes.ts';
import type { InfoSections } from './info.ts';

/**
 * Code that is compiled lies on the JavaScript heap and is not measured by itself, so what is told
 * are the sources.
 */
export function addScriptingFields(info: InfoSections, scripting: ScriptingPort): void {
  info.add('memory', () => {
    const { functions, scripts } = scripting;
    const total = scripts.bytes + functions.bytes;
    return [
      ['used_memory_scripts_eval', scripts.bytes],
      ['number_of_cached_scripts', scripts.count],
      ['number_of_functions', functions.functionCount],
      ['number_of_libraries', functions.libraries.size],
      ['used_memory_functions', functions.bytes],
      ['used_memory_scripts', total],
      ['used_memory_scripts_human', humanBytes(total)],
    ];
  });
}
