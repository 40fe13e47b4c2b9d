import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import { type Observations, requireWidth } from '../../../env/observation.ts';
import { promptOf } from '../../../env/prompt.ts';
import type { Scenario } from '../../../env/scenario.ts';
import { hashOf } from '../../../workspace/hash.ts';
import {
  type Answer,
  type AskOptions,
  type DecideOptions,
  type Decisions,
  decisionsOf,
  type Elicitation,
  type Teacher,
  type TeacherProvenance,
} from '../../policy.ts';
import { askingOf } from '../asking.ts';
import { questionSeed } from '../question-seed.ts';
import { readReply } from '../reply.ts';
import { replyGrammar, replyHead, replyTokens } from './grammar.ts';
import { type ModelFile, readModelFile } from './model-file.ts';
import { ModelPool } from './model-pool.ts';
import { isSmall, placementOf } from './placement.ts';
import type { Opened, OpenMessage, RawAnswer } from './protocol.ts';

export interface GgufOptions {
  readonly path: string;
  readonly scenario: Scenario;
  /** Begins the teacher's id; default: the file's name. */
  readonly name?: string;
  readonly caveat?: string;
  /** SHA-256 that the file must have. */
  readonly sha256?: string;
  /** What to do about a file that is missing or damaged. */
  readonly remedy?: string;
  /** The file where it has been read and checked already. */
  readonly file?: ModelFile;
  /** Default: the CPU for a model under 64 MB, which a GPU does not speed up; CUDA or Metal where it is there for others. */
  readonly gpu?: OpenMessage['gpu'];
  /** Questions answered at the same time; default 16 for a model under 64 MB, else 8. */
  readonly sequences?: number;
  /** Default: 1 for a model under 64 MB, else the machine's cores. */
  readonly threads?: number;
  /** At most so many processes share what is asked; default: the machine's cores, at most 4, for a model under 64 MB, else 1. */
  readonly processes?: number;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What a label's identity says of the model and of what runs it. */
export interface ModelIdentity {
  /** SHA-256 of the file. */
  readonly model: string;
  /** Chat template, with {prompt} in the question's place. */
  readonly template: string;
  /** Version of node-llama-cpp and of the llama.cpp in it. */
  readonly library: string;
}

/**
 * Opens any instruct GGUF as a teacher, in a process of its own.
 * @throws {UnderstudyError} POLICY_FILE for a file that is missing, damaged or no GGUF model; TEACHER_UNSUPPORTED
 */
export async function openGguf(options: GgufOptions): Promise<GgufTeacher> {
  const { path, scenario, signal, log = () => {}, remedy = 'get the file again' } = options;
  const file = options.file ?? (await readModelFile(path, { expected: options.sha256, remedy, signal }));
  const small = isSmall(file.bytes);
  const placement = placementOf(file.bytes);
  const name = options.name ?? modelName(path);
  const sequences = options.sequences ?? (small ? 16 : 8);
  const pool = new ModelPool(
    {
      type: 'open',
      model: path,
      gpu: options.gpu ?? placement.gpu,
      sequences,
      threads: options.threads ?? placement.threads,
      longest: longestPrompts(scenario),
      head: replyHead(scenario.actions),
      replyTokens: replyTokens(scenario.actions, true),
    },
    name,
    options.processes ?? (small ? Math.min(4, availableParallelism()) : 1),
    log,
  );
  const cancel = () => void pool.end(signal!.reason);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const opened = await pool.open();
    log(`${name}: ${opened.description}, on ${opened.device}`);
    const teacher = new GgufTeacher(scenario, name, options.caveat, file, pool, sequences, opened);
    if (opened.unreadable && scenario.actions.length === 2)
      log(`${name}: ${opened.unreadable}, so decisions are its greedy replies`);
    return teacher;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** What a model without a name of its own is called: its file's name. */
export function modelName(path: string): string {
  return basename(path).replace(/\.gguf$/i, '');
}

/** A language model in a GGUF file, asked through node-llama-cpp. */
export class GgufTeacher implements Teacher {
  readonly id: string;
  readonly scenario: string;
  readonly caveat?: string;
  readonly identity: ModelIdentity;
  readonly provenance: TeacherProvenance;
  /** What runs the model, for the log and a label's provenance. */
  readonly device: string;
  readonly decidesBy: Elicitation;
  /** Why this model's numbers cannot be read digit by digit; undefined where they can. */
  readonly unreadable: string | undefined;
  private readonly world: Scenario;
  private readonly name: string;
  private readonly pool: ModelPool;
  private readonly sequences: number;
  private disposed = false;

  constructor(
    scenario: Scenario,
    name: string,
    caveat: string | undefined,
    file: ModelFile,
    pool: ModelPool,
    sequences: number,
    opened: Opened,
  ) {
    this.world = scenario;
    this.scenario = scenario.id;
    this.name = name;
    if (caveat !== undefined) this.caveat = caveat;
    this.pool = pool;
    this.sequences = sequences;
    this.identity = { model: file.sha256, template: opened.template, library: libraryBuild() };
    this.provenance = this.identity;
    this.device = opened.device;
    this.unreadable = opened.unreadable;
    this.decidesBy = decidesBy(scenario, opened.unreadable);
    this.id = teacherId(name, this.identity, scenario, this.decidesBy);
  }

  /** Process ids of the model; none while none runs. */
  get pids(): readonly number[] {
    return this.pool.pids;
  }

  async decide(observations: Observations, options: DecideOptions = {}): Promise<Decisions> {
    return decisionsOf(await this.ask(observations, { ...options, elicit: this.decidesBy }), this.world.actions.length);
  }

  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    if (this.disposed) throw disposedError(this.name);
    requireWidth(this.world, observations);
    const { signal, onAnswer, onProgress } = options;
    signal?.throwIfAborted();
    const asking = askingOf(this.world, options);
    if (asking.elicit === 'expected' && this.decidesBy !== 'expected')
      throw new UnderstudyError(
        'TEACHER_UNSUPPORTED',
        `${this.name} cannot be asked for "expected": ${this.unreadable ?? `${this.scenario} has ${this.world.actions.length} actions, not two`}; use "greedy" or "sample"`,
      );
    const n = observations.masks.length;
    const answers = new Array<Answer>(n);
    if (n === 0) return answers;
    const questions = Array.from({ length: n }, (_, id) => {
      const prompt = promptOf(this.world, observations, id, options.paraphrase);
      return { id, prompt, seed: asking.elicit === 'sample' ? questionSeed(asking.seed, asking.repeat, prompt) : 0 };
    });
    questions.sort((a, b) => (a.prompt < b.prompt ? -1 : a.prompt > b.prompt ? 1 : a.id - b.id));
    let done = 0;
    await this.pool.ask(
      {
        elicit: asking.elicit,
        head: replyHead(this.world.actions),
        grammar: replyGrammar(this.world.actions, asking.explain),
        replyTokens: replyTokens(this.world.actions, asking.explain),
        temperature: asking.temperature,
        batch: asking.batch ?? this.sequences,
        questions,
      },
      (raw) => {
        const answer = { ...read(raw, this.world.actions), device: this.device };
        answers[raw.id] = answer;
        onAnswer?.(raw.id, answer);
        onProgress?.(++done, n);
      },
      signal,
    );
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    await this.pool.end(disposedError(this.name));
  }
}

/** How `decide` asks: for the mean where there is one number and its digits can be read, else greedily. */
export function decidesBy(scenario: Scenario, unreadable: string | undefined): Elicitation {
  return scenario.actions.length === 2 && unreadable === undefined ? 'expected' : 'greedy';
}

/** An elicitation with the version of its reading, which moves when the same model's numbers are read another way. */
export const elicitationVersion = (elicit: Elicitation) => (elicit === 'expected' ? 'expected/2' : elicit);

/** Id of a teacher: its name and twelve digits of a hash over all that its decisions depend on. */
export function teacherId(name: string, identity: ModelIdentity, scenario: Scenario, decidesBy: Elicitation): string {
  const { prompt, phrases, actions } = scenario;
  const reading = elicitationVersion(decidesBy);
  return `${name}-${hashOf({ ...identity, prompt, phrases, actions, decidesBy: reading }).slice(0, 12)}`;
}

/** Version of node-llama-cpp and of the llama.cpp that it was built from. */
export function libraryBuild(): string {
  const main = createRequire(import.meta.url).resolve('node-llama-cpp');
  const root = join(main, '..', '..');
  const json = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
  return `node-llama-cpp ${json('package.json').version}, llama.cpp ${json('llama', 'binariesGithubRelease.json').release}`;
}

/** Prompts of everything at once, which no prompt of the scenario is longer than. */
function longestPrompts(scenario: Scenario): string[] {
  const all = { width: scenario.phrases.length, masks: Uint32Array.of(2 ** scenario.phrases.length - 1) };
  const none = { width: scenario.phrases.length, masks: Uint32Array.of(0) };
  return scenario.prompt.paraphrases.flatMap((_, i) => [promptOf(scenario, all, 0, i), promptOf(scenario, none, 0, i)]);
}

function read(raw: RawAnswer, actions: readonly string[]): Answer {
  if ('mean' in raw) {
    const { mean, distribution, usage } = raw;
    return { outcome: 'ok', probabilities: [1 - mean, mean], distribution, usage };
  }
  const { text, cut, usage } = raw;
  const answer = readReply(text, actions);
  return answer.outcome !== 'ok' && cut
    ? { ...answer, usage, reason: `the reply was cut off, it grew too long: ${answer.reason}` }
    : { ...answer, usage };
}

const disposedError = (name: string) => new UnderstudyError('POLICY_DISPOSED', `${name} is disposed; open it again`);
