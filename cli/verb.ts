import type { Vocabulary } from '../env/scenario.ts';
import type { WorkOptions } from '../env/work.ts';
import { defaultWorld, shippedNames } from '../scenarios/default-world.ts';
import type { OpenStudy } from '../scenarios/study.ts';
import { custom, flag, integer, list, type Options, text, type Values } from './options.ts';

/** What every verb understands beside its own flags. */
export const commonOptions = {
  workspace: text('Folder of the study; all files are read and written here.', {
    default: '.',
    placeholder: 'DIR',
  }),
  seed: integer('Seed of all random draws.', { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER }),
  json: flag('Result as the last line on standard output, in JSON; everything else goes to standard error.'),
  verbose: flag('Stack traces of errors; for serve, also its log.'),
  help: flag('This help.', { short: 'h' }),
} as const satisfies Options;

/** What every verb about a scenario understands. */
export const scenarioOptions = {
  scenario: text(
    `Scenario: ${shippedNames.join(', ')}, or a file of your own: .json, or a module (.js, .mjs, .cjs, .ts, .mts, .cts), which is run. Needed once: the workspace remembers it.`,
    { shown: `the workspace's, otherwise ${defaultWorld.id}`, placeholder: 'NAME|FILE[#EXPORT]' },
  ),
  set: list(
    custom(
      'Value of a parameter of the scenario.',
      'NAME=VALUE',
      (value) => {
        const [, name, number] = /^([A-Za-z_][\w-]*)=(.+)$/.exec(value) ?? [];
        const parsed = Number(number);
        return name !== undefined && number!.trim() !== '' && Number.isFinite(parsed)
          ? { name, value: parsed }
          : undefined;
      },
      'a name and a number, like price=3',
    ),
  ),
} as const satisfies Options;

/** What a verb is given to work with. */
export interface Work<O extends Options> extends Required<Pick<WorkOptions, 'progress' | 'log'>> {
  readonly signal: AbortSignal;
  readonly values: Values<O & typeof commonOptions>;
  /** Names of the flags that were written: a default value may also have been asked for. */
  readonly given: ReadonlySet<string>;
  /** The scenario of `--scenario` or of the workspace. */
  readonly scenario: Vocabulary;
  /** The same with other values of its parameters. */
  readonly reopen: OpenStudy['reopen'];
  /** Where it comes from, for whoever opens it elsewhere. */
  readonly source: OpenStudy['source'];
  readonly positionals: readonly string[];
  /** Reports the result: the object as JSON with --json, otherwise the lines for people. */
  readonly report: (result: object, lines: readonly string[]) => void;
}

/** A verb: what help says, what it takes, what it does. Its module loads nothing heavy before `run`. */
export interface Verb<O extends Options = Options> {
  readonly name: string;
  /** For the list of verbs. */
  readonly summary: string;
  /** For its own help: what it does, reads and writes. */
  readonly description: string;
  /** Names of arguments without a flag, in order; all may be left out. */
  readonly positionals?: readonly string[];
  readonly options: O;
  /** What it has to do with a scenario: nothing, or it reads one, or leaves results of one in the workspace. Default: results. */
  readonly world?: 'none' | 'reads';
  /** A flag with which it has nothing to do with a scenario after all, nor with a workspace. */
  readonly elsewhere?: string;
  /** What a stopped command says, where the same one does not go on where it stopped. */
  readonly stopped?: string;
  /** Commands with what they do. */
  readonly examples: readonly (readonly [command: string, effect: string])[];
  /** @returns 'failed' where the command did what it should and the answer is no: it exits with 1 */
  run(work: Work<O>): Promise<unknown>;
}

/** Keeps the types of a verb's options while the table of verbs forgets them. */
export const defineVerb = <const O extends Options>(verb: Verb<O>): Verb => verb as unknown as Verb;
