import type { Command } from '../../command/spec.ts';
import { evalCommand, evalRo, evalsha, evalshaRo, fcall, fcallRo } from './eval.ts';
import { functionCommand } from './function.ts';
import { script } from './script.ts';

export const scriptingCommands: readonly Command[] = [
  evalCommand,
  evalRo,
  evalsha,
  evalshaRo,
  fcall,
  fcallRo,
  functionCommand,
  script,
];
