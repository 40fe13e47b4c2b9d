import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import type { Observations } from '../../../env/observation.ts';
import { choicePromptOf, OPTION_LETTERS, optionOf, promptOf } from '../../../env/prompt.ts';
import type { Vocabulary } from '../../../env/scenario.ts';
import type { Answer } from '../../policy.ts';
import type { Asking, Backend, LanguageModel, Question } from '../backend.ts';
import { answerOfChoice, byAction, type LetterChance } from '../choice.ts';
import { MOST_MISSING } from '../number-distribution.ts';
import { openLanguageModel } from '../open-model.ts';
import { readReply } from '../reply.ts';
import type { LanguageModelTeacher } from '../teacher.ts';
import { isSmall, placementOf } from './exchange.ts';
import { replyGrammar, replyHead, replyTokens } from './grammar.ts';
import { keepPool, type LoadedPool, takeKept } from './kept-pool.ts';
import { LETTER_REQUEST } from './letters.ts';
import { type ModelFile, readModelFile } from './model-file.ts';
import { ModelPool } from './model-pool.ts';
import { NAME_REQUEST } from './names.ts';
import type { OpenMessage, RawAnswer } from './protocol.ts';
import { tokenCounts } from './token-counts.ts';

export interface GgufOptions {
  /** The file, or the first of several. */
  readonly path: string;
  readonly scenario: Vocabulary;
  /** Begins the teacher's id; default: the file's name. */
  readonly name?: string;
  readonly caveat?: string;
  /** SHA-256 that the model must have. */
  readonly sha256?: string;
  /** What to do about a file that is missing or damaged. */
  readonly remedy?: string;
  /** Default: the CPU for a model under 64 MB, which a GPU does not speed up; CUDA or Metal, if present, for others. */
  readonly gpu?: OpenMessage['gpu'];
  /** Questions answered at the same time; default 16 for a model under 64 MB, otherwise 8. */
  readonly sequences?: number;
  /** Default: 1 for a model under 64 MB, otherwise the machine's cores. */
  readonly threads?: number;
  /** Maximum number of processes; default: the machine's cores, at most 4, for a model under 64 MB, otherwise 1. */
  readonly processes?: number;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Any instruct GGUF as a language model that is loaded when it is opened, in a process of its own. A file that is
 * missing is forgiven until then where its hash is known: a label store may remember what it answered.
 * @throws {UnderstudyError} POLICY_FILE for a file that is missing, damaged or not a GGUF model
 */
export async function ggufModel(options: GgufOptions): Promise<LanguageModel<GgufBackend>> {
  const { path, sha256, remedy = 'get the file again', signal } = options;
  const read = (signal?: AbortSignal) =>
    readModelFile(path, { remedy, ...(sha256 !== undefined && { expected: sha256 }), ...(signal && { signal }) });
  const file = sha256 !== undefined && !existsSync(path) ? undefined : await read(signal);
  const name = options.name ?? modelName(path);
  return {
    name,
    ...(options.caveat !== undefined && { caveat: options.caveat }),
    model: file?.sha256 ?? sha256!,
    library: libraryBuild(),
    missing: file === undefined,
    request: LETTER_REQUEST,
    nameRequest: NAME_REQUEST,
    ...(file && { countTokens: (prompts, signal) => tokenCounts(path, prompts, signal) }),
    open: async (signal) => GgufBackend.open({ ...options, name, signal }, file ?? (await read(signal))),
  };
}

/**
 * Opens any instruct GGUF as a teacher without a label store.
 * @throws {UnderstudyError} as ggufModel does; TEACHER_UNSUPPORTED
 */
export async function openGguf(options: GgufOptions): Promise<LanguageModelTeacher<GgufBackend>> {
  return openLanguageModel(await ggufModel(options), options);
}

/** What a model without a name of its own is called: its file's name, without the number of a shard. */
export function modelName(path: string): string {
  return basename(path).replace(/(-\d{5}-of-\d{5})?\.gguf$/i, '');
}

/** A GGUF model, run by node-llama-cpp in processes of their own. */
export class GgufBackend implements Backend {
  readonly template: string;
  readonly unreadable?: string;
  readonly caveat?: string;
  readonly device: string;
  readonly #loaded: LoadedPool;
  readonly #key: string;
  readonly #name: string;
  readonly #scenario: Vocabulary;
  readonly #sequences: number;

  private constructor(loaded: LoadedPool, key: string, name: string, scenario: Vocabulary, sequences: number) {
    const { opened } = loaded;
    this.#loaded = loaded;
    this.#key = key;
    this.#name = name;
    this.#scenario = scenario;
    this.#sequences = sequences;
    this.template = opened.template;
    this.device = opened.device;
    if (opened.unreadable !== undefined) this.unreadable = opened.unreadable;
    if (opened.caveat !== undefined) this.caveat = opened.caveat;
  }

  /** @throws {UnderstudyError} POLICY_FILE, TEACHER_UNSUPPORTED, TEACHER_CRASHED; the signal's reason when aborted */
  static async open(options: GgufOptions & { name: string }, file: ModelFile): Promise<GgufBackend> {
    const { path, scenario, name, signal, log = () => {} } = options;
    const small = isSmall(file.bytes);
    const placement = placementOf(file.bytes);
    const sequences = options.sequences ?? (small ? 16 : 8);
    const start: OpenMessage = {
      type: 'open',
      model: path,
      gpu: options.gpu ?? placement.gpu,
      sequences,
      threads: options.threads ?? placement.threads,
      longest: longestPrompts(scenario),
      longestChoices: longestChoices(scenario),
      head: replyHead(scenario.actions),
      replyTokens: replyTokens(scenario.actions, true),
    };
    const processes = options.processes ?? (small ? Math.min(4, availableParallelism()) : 1);
    const key = JSON.stringify([file.sha256, start, processes]);
    const kept = await takeKept(key, disposed(name));
    if (kept) return new GgufBackend(kept, key, name, scenario, sequences);
    const pool = new ModelPool(start, name, processes, log);
    const cancel = () => void pool.end(signal!.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const opened = await pool.open();
      log(`${name}: ${opened.description}, on ${opened.device}`);
      if (opened.caveat !== undefined) log(`${name}: ${opened.caveat}`);
      if (opened.unreadable !== undefined && scenario.actions.length === 2)
        log(`${name}: ${opened.unreadable}, so decisions are its greedy replies`);
      return new GgufBackend({ pool, opened }, key, name, scenario, sequences);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Process ids of the model; none while none runs. */
  get pids(): readonly number[] {
    return this.#loaded.pool.pids;
  }

  async ask(
    questions: readonly Question[],
    { elicit, explain, temperature, names, batch }: Asking,
    { signal, onAnswer }: { signal?: AbortSignal; onAnswer: (row: number, answer: Answer) => void },
  ): Promise<void> {
    const { actions } = this.#scenario;
    await this.#loaded.pool.ask(
      {
        elicit,
        head: replyHead(actions),
        grammar: replyGrammar(actions, explain),
        replyTokens: replyTokens(actions, explain),
        options: actions.length,
        ...(names && { names: actions.map((action) => optionOf(this.#scenario, action)) }),
        temperature,
        batch: batch ?? this.#sequences,
        questions: questions.map(({ row, key: _, ...question }) => ({ id: row, ...question })),
      },
      (raw) => onAnswer(raw.id, { ...read(raw, actions), device: this.device }),
      signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = disposed(this.#name);
    if (!(await keepPool(this.#key, this.#loaded, reason))) await this.#loaded.pool.end(reason);
  }
}

const disposed = (name: string) => new UnderstudyError('POLICY_DISPOSED', `${name} is disposed; open it again`);

/** Version of node-llama-cpp and of the llama.cpp that it was built from. */
export function libraryBuild(): string {
  const main = createRequire(import.meta.url).resolve('node-llama-cpp');
  const root = join(main, '..', '..');
  const json = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
  return `node-llama-cpp ${json('package.json').version}, llama.cpp ${json('llama', 'binariesGithubRelease.json').release}`;
}

/** Observations of everything at once and of nothing, than which no prompt of the scenario is longer. */
function longestRows(scenario: Vocabulary): Observations {
  const every = Array.from(scenario.phrases, (_, j) => j);
  return { width: scenario.phrases.length, masks: Uint32Array.of(0, 0), orders: [every, []] };
}

/** Prompts which no prompt of the scenario is longer than. */
function longestPrompts(scenario: Vocabulary): string[] {
  const rows = longestRows(scenario);
  return scenario.prompt.paraphrases.flatMap((_, i) => [
    promptOf(scenario, rows, 0, i),
    promptOf(scenario, rows, 1, i),
  ]);
}

/** The same of its choices, by letters where there are enough of them, and by names, each with its longest reply. */
function longestChoices(scenario: Vocabulary): string[] {
  const rows = longestRows(scenario);
  const { actions } = scenario;
  const names = actions.map((action) => optionOf(scenario, action));
  const longest = names.reduce((most, name) => (name.length > most.length ? name : most));
  const prompts = (paraphrase: number, row: number): string[] => {
    const of = { paraphrase, shift: 0 };
    const named = choicePromptOf(scenario, rows, row, { ...of, request: NAME_REQUEST, lettered: false });
    return [
      ...(actions.length > OPTION_LETTERS.length
        ? []
        : [choicePromptOf(scenario, rows, row, { ...of, request: LETTER_REQUEST })]),
      `${named} ${longest}`,
    ];
  };
  return scenario.prompt.paraphrases.flatMap((_, paraphrase) => [0, 1].flatMap((row) => prompts(paraphrase, row)));
}

const known = (chances: readonly number[]): LetterChance[] => chances.map((probability) => ({ probability }));

function read(raw: RawAnswer, actions: readonly string[]): Answer {
  if ('mean' in raw) {
    const { mean, distribution, usage } = raw;
    if (distribution.missing > MOST_MISSING)
      return {
        outcome: 'unparsable',
        distribution,
        reason: `${Math.round(100 * distribution.missing)} % of the probability is on something other than a number from 0 to 1, more than ${100 * MOST_MISSING} %: its mean is not taken; ask for "greedy"`,
        usage,
      };
    return { outcome: 'ok', probabilities: [1 - mean, mean], distribution, usage };
  }
  if ('letters' in raw) return { ...answerOfChoice(byAction(raw.letters.map(known))), usage: raw.usage };
  if ('names' in raw) return { ...answerOfChoice(raw.names.map(known), 'names'), usage: raw.usage };
  const { text, cut, usage } = raw;
  const answer = readReply(text, actions, cut);
  return answer.outcome !== 'ok' && cut
    ? { ...answer, usage, reason: `the reply grew too long and was cut off: ${answer.reason}` }
    : { ...answer, usage };
}
