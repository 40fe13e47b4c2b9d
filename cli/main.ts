import { statSync } from 'node:fs';
import type { Scenario } from '../env/scenario.ts';
import type { Progress } from '../env/work.ts';
import type { OpenStudy } from '../scenarios/study.ts';
import { ownPackage } from '../workspace/package.ts';
import { helpOf, overview } from './help.ts';
import { limitsOf } from './limits.ts';
import { allVerbs, loaders } from './loaders.ts';
import { readArguments, UsageError, unknownName } from './options.ts';
import { shardedRun } from './shard.ts';
import { type Screen, Terminal } from './terminal.ts';
import { commonOptions, scenarioOptions, type Verb } from './verb.ts';

/** Exit codes: done, failed, used wrongly, and 128 + the number of the signal that ended it. */
export const exitCodes = { done: 0, failed: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const;

class Stopped extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM';
  /** How it goes on, where that depends on the flags. */
  readonly next: string | undefined;
  constructor(signal: 'SIGINT' | 'SIGTERM', next?: string) {
    super('stopped');
    this.signal = signal;
    this.next = next;
  }
}

/** Where a command prints: the result to stdout, all else to stderr. */
export interface Streams {
  readonly stdout: Pick<Screen, 'write'>;
  readonly stderr: Screen;
  /** Where progress goes; default: to stderr, in words. */
  readonly progress?: Progress;
}

/** Runs one command line. @returns the exit code; never throws */
export async function main(args: readonly string[], streams: Streams = process): Promise<number> {
  const { stdout, stderr } = streams;
  const terminal = new Terminal(stderr);
  const print = (text: string) => void stdout.write(`${text}\n`);
  const verbose = args.includes('--verbose');
  // A parameter outside its range is a wrong use if it was given, otherwise a fault of the scenario.
  const set = args.some((argument) => /^--set(?:=|$)/.test(argument));
  const [first, ...rest] = args;
  try {
    if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
      const wanted = first === 'help' ? rest[0] : undefined;
      print(wanted === undefined ? overview(await allVerbs()) : helpOf(await verbNamed(wanted)));
      return first === undefined ? exitCodes.usage : exitCodes.done;
    }
    if (first === '--version' || first === '-v') {
      print(ownPackage().version);
      return exitCodes.done;
    }
    const verb = await verbNamed(first);
    if (rest.includes('--help') || rest.includes('-h')) {
      print(helpOf(verb));
      return exitCodes.done;
    }
    const { values, given, positionals } = readArguments(
      verb.name,
      { ...verb.options, ...(verb.world !== 'none' && scenarioOptions), ...commonOptions, ...verb.options },
      rest,
      verb.positionals,
    );
    const workspace = String(values.workspace);
    if (statSync(workspace, { throwIfNoEntry: false })?.isDirectory() === false)
      throw new UsageError(`--workspace ${workspace} is a file; name a folder`, verb.name);
    return await perform(verb, { values, given, positionals, args: rest }, terminal, print, streams.progress);
  } catch (error) {
    terminal.end();
    return await explain(error, first, terminal, { verbose, set });
  }
}

async function perform(
  verb: Verb,
  {
    values,
    given,
    positionals,
    args,
  }: Pick<Parameters<Verb['run']>[0], 'values' | 'given' | 'positionals'> & { readonly args: readonly string[] },
  terminal: Terminal,
  print: (text: string) => void,
  progress: Progress = terminal.progress,
): Promise<number> {
  const stop = new AbortController();
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
    if (stop.signal.aborted) process.exit(exitCodes[signal]);
    if (terminal.interactive) terminal.log('stopping; press Ctrl-C again to end at once');
    stop.abort(new Stopped(signal, nextOf(verb, values)));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let study: OpenStudy | undefined;
  try {
    const worldless = verb.world === 'none' || (verb.elsewhere !== undefined && given.has(verb.elsewhere));
    study = worldless ? undefined : await studyOf(values, verb);
    const whole = await limited(verb, values, terminal.log);
    const shared = 'shard' in verb.options && values.queue !== undefined;
    const run = shared
      ? (await import('./queued.ts')).queued(verb, values, args, study!)
      : 'shard' in verb.options
        ? shardedRun(verb, values, args, study!, whole)
        : whole;
    const outcome = await run({
      values,
      given,
      positionals,
      // A verb that has nothing to do with a scenario does not read it.
      scenario: study?.scenario as Scenario,
      reopen: study?.reopen as OpenStudy['reopen'],
      source: study?.source as OpenStudy['source'],
      signal: stop.signal,
      progress,
      log: terminal.log,
      report: (result, lines) => {
        terminal.end();
        if (!values.json) return print(lines.join('\n'));
        for (const line of lines) terminal.log(line);
        print(JSON.stringify(result));
      },
    });
    terminal.end();
    await remember(verb, values, study);
    return outcome === 'failed' ? exitCodes.failed : exitCodes.done;
  } catch (error) {
    // What was made before it was stopped belongs to this scenario too.
    if (stop.signal.aborted) await remember(verb, values, study);
    // Whatever an aborted piece of work throws, the reason is that it was stopped.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** How work that is shared out goes on when it is stopped; undefined for a command that does all of it. */
function nextOf({ options }: Verb, { queue, shard }: Readonly<Record<string, unknown>>): string | undefined {
  if (!('shard' in options)) return undefined;
  if (queue !== undefined) return 'the jobs stay in the queue, and the same command joins them';
  return shard === undefined ? undefined : 'the same command goes on with what is left of the shard';
}

/** A verb that asks teachers within the limits of its flags; at its end it says what it spent. */
async function limited(
  verb: Verb,
  values: Readonly<Record<string, unknown>>,
  log: (line: string) => void,
): Promise<Verb['run']> {
  if (!('max-questions' in verb.options)) return (work) => verb.run(work);
  const { Budget, withBudget } = await import('../policies/spending/budget.ts');
  const budget = new Budget(limitsOf(values));
  return async (work) => {
    const outcome = await withBudget(budget, () => verb.run(work));
    if (budget.spent.questions > 0) log(`spent on teachers: ${budget.words()}`);
    return outcome;
  };
}

type FlagValues = Parameters<Verb['run']>[0]['values'] & Readonly<Record<string, unknown>>;

/** The scenario of `--scenario` and `--set`, or of the workspace. */
async function studyOf(values: FlagValues, { options }: Verb): Promise<OpenStudy> {
  const { openStudy } = await import('../scenarios/study.ts');
  // A verb with a --set of its own says itself what it does to the parameters.
  const set = (options.set ? [] : values.set) as readonly { readonly name: string; readonly value: number }[];
  const parameters = Object.fromEntries(set.map(({ name, value }) => [name, value]));
  return openStudy({ workspace: values.workspace, scenario: values.scenario as string | undefined, parameters });
}

/** Leaves the scenario in the workspace where results of it are, and where it was named. */
async function remember(verb: Verb, values: FlagValues, study: OpenStudy | undefined): Promise<void> {
  if (study && (verb.world === undefined || values.scenario !== undefined)) await study.remember();
}

async function verbNamed(name: string): Promise<Verb> {
  if (Object.hasOwn(loaders, name)) return (await loaders[name]!()).default;
  if (name.startsWith('-')) throw new UsageError(`the verb comes first: understudy VERB ${name} …`);
  throw new UsageError(unknownName('verb', name, Object.keys(loaders)));
}

/** Prints why a command did not succeed, in a line or two. */
async function explain(
  error: unknown,
  verb: string | undefined,
  terminal: Terminal,
  { verbose, set }: { readonly verbose: boolean; readonly set: boolean },
): Promise<number> {
  const known = verb !== undefined && Object.hasOwn(loaders, verb);
  if (error instanceof Stopped) {
    const { stopped = 'the same command resumes where it stopped' } = known ? await verbNamed(verb) : {};
    terminal.log(`stopped; ${error.next ?? stopped}`);
    return exitCodes[error.signal];
  }
  const { message, code, stack } = error as Error & { code?: unknown };
  const usage = error instanceof UsageError;
  const who = known ? `understudy ${verb}` : 'understudy';
  terminal.log(
    `${terminal.error(`${who}:`)} ${typeof code === 'string' ? message : `failed unexpectedly: ${message}`}`,
  );
  if (verbose) terminal.log(stack ?? '');
  else if (code === 'SIMULATION_UNANSWERED' && verb === 'simulate')
    terminal.log('See --on-failure skip and --on-failure POLICY in understudy simulate --help.');
  else if (typeof code !== 'string') terminal.log('Run it again with --verbose for the stack, and please report it.');
  if (usage) terminal.log(`See ${error.verb ? `understudy ${error.verb}` : 'understudy'} --help.`);
  return usage || wrongUse.has(String(code)) || (code === 'SCENARIO_PARAMETER' && set)
    ? exitCodes.usage
    : exitCodes.failed;
}

/** Codes of errors of other layers that mean that the command was used wrongly. */
const wrongUse = new Set([
  'POLICY_UNKNOWN',
  'POLICY_ARGUMENT',
  'DISTILL_ARGUMENT',
  'DISTILL_SIZE',
  'STUDY_SCENARIO',
  'PULL_MODEL',
  'SIMULATION_ARGUMENT',
  'SIMULATION_NETWORK',
  'SCENARIO_FILE',
  'SIMULATION_SIZE',
  'SHARD_ARGUMENT',
]);
