import type { Result } from '../protocol/work.ts';
import { quoted } from './work-plan.ts';

/** A result without its file. */
export type FoundResult = Pick<Result, 'what' | 'number' | 'command'>;

export type Run = ReturnType<typeof commandIn>;

/** Writes commands about a workspace. */
export const commandIn =
  (workspace: string) =>
  (verb: string, ...flags: readonly (readonly [string, string | number] | string)[]): string =>
    [
      `understudy ${verb}`,
      ...flags
        // The verbs' own seed goes without saying.
        .filter((flag) => !(flag[0] === 'seed' && flag[1] === 0))
        .map((flag) => (typeof flag === 'string' ? flag : `--${flag[0]} ${quoted(String(flag[1]))}`)),
      ...(workspace === '.' ? [] : [`--workspace ${quoted(workspace)}`]),
    ].join(' ');
