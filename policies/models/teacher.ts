import { createHash } from 'node:crypto';
import { UnderstudyError } from '../../env/error.ts';
import { type Observations, requireWidth } from '../../env/observation.ts';
import { choicePromptOf, promptOf } from '../../env/prompt.ts';
import { differentLayout } from '../../env/prompt-layout.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { hashOf } from '../../workspace/hash.ts';
import type { LabelStore } from '../labels/store.ts';
import {
  type Answer,
  type AskOptions,
  type DecideOptions,
  type Decisions,
  decisionsOf,
  type Elicitation,
  type Teacher,
  type TeacherProvenance,
} from '../policy.ts';
import { currentWork } from '../shards/current.ts';
import type { MergeWork } from '../shards/merge-work.ts';
import { type Amount, LimitReached } from '../spending/budget.ts';
import type { Meter } from '../spending/meter.ts';
import { type Asking, askingOf, type Backend, type LanguageModel, type Question } from './backend.ts';
import { shiftsOf } from './choice.ts';
import { costBound } from './cost-bound.ts';
import {
  answerOf,
  elicitationVersion,
  isServed,
  labelKey,
  labelOf,
  type ModelIdentity,
  type ModelRecord,
} from './label.ts';
import { isLettered } from './trial.ts';

/** A question with the rows that ask it. */
interface Asked {
  readonly prompt: string;
  /** For a choice: the prompts of all orders of its options. */
  readonly orders?: readonly string[];
  readonly rows: number[];
}

/** A question with its answer from the label store. */
interface Remembered {
  readonly key: string;
  readonly rows: readonly number[];
  readonly prompts: readonly string[];
  readonly answer: Answer;
}

type Keyed = Asked & { readonly key: string };

/** By prompt, so that neighbours share a beginning. */
const byPrompt = (a: { readonly prompt: string }, b: { readonly prompt: string }) =>
  a.prompt < b.prompt ? -1 : a.prompt > b.prompt ? 1 : 0;

/** What stands in a shard for answers that others get. */
const ELSEWHERE: Answer = { outcome: 'missing', reason: 'another shard asks it' };

/**
 * A language model that is never asked twice: rows that show the same prompt are one question, what the label store
 * knows is read there, and the rest is asked and kept as it arrives.
 */
export class LanguageModelTeacher<B extends Backend = Backend> implements Teacher {
  readonly id: string;
  readonly scenario: string;
  readonly caveat?: string;
  readonly identity: ModelIdentity;
  readonly provenance: TeacherProvenance;
  readonly decidesBy: Elicitation;
  /** Why the model's numbers, or with more than two actions its letters, cannot be read; undefined where they can. */
  readonly unreadable: string | undefined;
  readonly readsNames: boolean;
  /** Answers of the model itself so far, one a question. */
  modelAnswers = 0;
  /** What runs the model, while it is open. */
  backend: B | undefined;
  readonly #model: LanguageModel<B>;
  readonly #world: Vocabulary;
  readonly #store: LabelStore | undefined;
  readonly #meter: Meter;
  #opening: Promise<B> | undefined;
  #disposed = false;

  /** @param known what the model says of itself, now or when it was first opened */
  constructor(
    model: LanguageModel<B>,
    scenario: Vocabulary,
    known: ModelRecord,
    {
      store,
      backend,
      elicit,
      meter,
    }: { store?: LabelStore; backend?: B; elicit?: Elicitation | undefined; meter: Meter },
  ) {
    const { name, library, endpoints } = model;
    this.#model = model;
    this.#world = scenario;
    this.#store = store;
    this.#meter = meter;
    this.backend = backend;
    if (backend) this.#opening = Promise.resolve(backend);
    this.scenario = scenario.id;
    this.identity = { model: model.model, template: known.template, library };
    this.provenance = { ...this.identity, ...(endpoints && { endpoints }) };
    const caveats = [model.caveat, known.caveat].filter((caveat) => caveat !== undefined);
    if (caveats.length > 0) this.caveat = caveats.join('; ');
    this.unreadable = known.unreadable;
    this.readsNames = model.nameRequest !== undefined;
    this.decidesBy = elicit ?? (known.unreadable === undefined ? readingOf(scenario) : 'greedy');
    this.id = teacherId(name, this.identity, scenario, this.decidesBy);
  }

  async decide(observations: Observations, options: DecideOptions = {}): Promise<Decisions> {
    const answers = await this.ask(observations, { ...options, elicit: this.decidesBy });
    return decisionsOf(answers, this.#world.actions.length);
  }

  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    const world = this.#world;
    if (this.#disposed) throw new UnderstudyError('POLICY_DISPOSED', `${this.#model.name} is disposed; open it again`);
    requireWidth(world, observations);
    const { signal, onAnswer, onProgress } = options;
    signal?.throwIfAborted();
    const asking = askingOf(world, options);
    if (asking.names && !this.readsNames) throw withoutNames(this.#model.name);
    const n = observations.masks.length;
    const answers = new Array<Answer>(n);
    let done = 0;
    const give = (rows: readonly number[], answer: Answer) => {
      for (const row of rows) {
        answers[row] = answer;
        onAnswer?.(row, answer);
      }
      onProgress?.((done += rows.length), n);
    };

    const work = currentWork();
    const { known, open: unknown, foreign } = this.survey(observations, options, asking);
    for (const { rows, answer } of known) give(rows, answer);
    for (const { rows } of foreign) give(rows, ELSEWHERE);
    if (work && !work.merges)
      work.needs(
        [...known.map(({ key, prompts }) => ({ key, prompt: prompts[0]! })), ...unknown]
          .sort(byPrompt)
          .map(({ key }) => key),
      );
    if (unknown.length + foreign.length === 0) return answers;
    this.#requireReadable(asking);
    if (work?.merges) {
      for (const { key, prompt, rows } of unknown.toSorted(byPrompt))
        give(rows, this.#merged(work, key, pieceOf(prompt, asking)));
      return answers;
    }
    if (unknown.length === 0) return answers;

    this.#meter.requirePrice();
    const { budget } = this.#meter;
    const admitted = budget.takeQuestions(unknown.length);
    if (admitted === 0) throw budget.reached('maxQuestions');
    let open = admitted;
    if (!work) this.#store?.prepare();
    const keeping: Promise<void>[] = [];
    const onAnswered = (i: number, answer: Answer) => {
      const { key, rows } = unknown[i]!;
      this.modelAnswers++;
      open--;
      this.#meter.answered();
      // A question that ran out of time, or at which a server broke down, may be answered the next time.
      const again = answer.outcome === 'timeout' || answer.transient;
      if (again) work?.lost(key, answer);
      if (again || !(work || this.#store)) return give(rows, answer);
      const label = labelOf(this.id, world, observations, rows[0]!, options, asking, answer);
      const kept = (work ? work.keep(key, label) : this.#store!.append(key, label)).then(() => give(rows, answer));
      // A failure reaches the caller below, also when the asking ends early.
      kept.catch(() => {});
      keeping.push(kept);
    };
    const questions = unknown.slice(0, admitted).map(({ prompt, orders, key }, row) => ({
      row,
      ...(key !== '' && { key }),
      prompt,
      ...(orders && { orders }),
      seed: seedOf(asking, prompt),
    }));
    questions.sort(byPrompt);
    let tight: LimitReached | undefined;
    try {
      await this.#meter.run(async () => {
        const backend = await this.#open(signal);
        try {
          const taking = { ...(signal && { signal }), onAnswer: onAnswered };
          await this.#meter.timed(() => this.#put(backend, questions, asking, taking));
        } finally {
          await Promise.allSettled(keeping);
        }
      });
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      tight = error;
    } finally {
      budget.returnQuestions(open);
    }
    // Its words count what was spent by now.
    if (tight) throw budget.reached(tight.limit);
    await Promise.all(keeping);
    if (admitted < unknown.length) throw budget.reached('maxQuestions');
    return answers;
  }

  /**
   * What an asking comes to: the answers that the label store has, and the questions that it cannot answer, each with the key
   * of its label; in a shard, also those that belong to others.
   */
  survey(
    observations: Observations,
    options: AskOptions,
    asking = askingOf(this.#world, options),
  ): { readonly known: Remembered[]; readonly open: Keyed[]; readonly foreign: readonly Asked[] } {
    const world = this.#world;
    const known: Remembered[] = [];
    const open: Keyed[] = [];
    const foreign: Asked[] = [];
    const work = currentWork();
    const shard = work?.merges || work?.grain !== 'questions' ? undefined : work;
    for (const asked of this.#questions(observations, options, asking)) {
      const own = shard?.takes(pieceOf(asked.prompt, asking)) ?? true;
      if (!own && !shard!.knowsOthers) {
        foreign.push(asked);
        continue;
      }
      const key = work || this.#store ? labelKey(this.identity, world.actions, asked, asking) : '';
      const label = work ? work.label(key) : this.#store?.get(key);
      if (own && label) shard?.knows(1);
      const refusal = (problem: string) => this.#store!.refusal(key, problem);
      if (label)
        known.push({
          ...{ key, rows: asked.rows, prompts: asked.orders ?? [asked.prompt] },
          answer: answerOf(label, world, refusal),
        });
      else if (own) open.push({ ...asked, key });
      else foreign.push(asked);
    }
    return { known, open, foreign };
  }

  /** What a shard brought as the answer to a question. */
  #merged(work: MergeWork, key: string, piece: string): Answer {
    const found = work.answer(key, piece);
    if (!found) return { outcome: 'missing', reason: work.whyOpen(piece) };
    if ('lost' in found) return found.lost;
    this.modelAnswers++;
    const refusal = (problem: string) => new UnderstudyError('SHARD_FILE', `an answer in a shard ${problem}`);
    return answerOf(found.label, this.#world, refusal);
  }

  /**
   * Puts questions to the model. What a server is asked is held within the budget request by request; a model on this machine is
   * given as many questions at a time as fit.
   * @throws {UnderstudyError} SPENDING_LIMIT
   */
  async #put(
    backend: B,
    questions: readonly Question[],
    asking: Asking,
    { signal, onAnswer }: { signal?: AbortSignal; onAnswer: (row: number, answer: Answer) => void },
  ): Promise<void> {
    if (this.#model.endpoints) return backend.ask(questions, asking, { ...(signal && { signal }), onAnswer });
    const { actions } = this.#world;
    for (let from = 0; from < questions.length; ) {
      const held = new Map<number, Amount>();
      for (const question of questions.slice(from)) {
        const most = costBound(question, asking, actions, this.identity.template);
        if (!this.#meter.tryLocal(most)) break;
        held.set(question.row, most);
      }
      if (held.size === 0) throw this.#meter.budget.reached('maxTokens');
      const next = questions.slice(from, from + held.size);
      from += next.length;
      try {
        await backend.ask(next, asking, {
          ...(signal && { signal }),
          onAnswer: (row, answer) => {
            this.#meter.settleLocal(held.get(row)!, answer.usage);
            held.delete(row);
            onAnswer(row, answer);
          },
        });
      } finally {
        for (const most of held.values()) this.#meter.settleLocal(most, undefined);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const backend = await this.#opening?.catch(() => undefined);
    await backend?.[Symbol.asyncDispose]();
    await this.#store?.close();
  }

  /** Keeps an answer to a question that was put to the model by other means. */
  async keep(
    key: string,
    { observations, row, options }: { observations: Observations; row: number; options: AskOptions },
    answer: Answer,
  ): Promise<void> {
    const asking = askingOf(this.#world, options);
    await this.#store!.append(key, labelOf(this.id, this.#world, observations, row, options, asking, answer));
  }

  /** The name that it was opened by, how it is asked, whether a server runs it, and how its own tokenizer counts, if that is here. */
  get model(): Pick<LanguageModel, 'openedBy' | 'name' | 'endpoints' | 'countTokens' | 'request' | 'nameRequest'> {
    return this.#model;
  }

  /** @throws {UnderstudyError} TEACHER_UNSUPPORTED for a mean if there is no single number that can be read */
  #requireReadable({ elicit }: Asking): void {
    const { length } = this.#world.actions;
    if (elicit !== 'expected' || (length === 2 && this.unreadable === undefined)) return;
    const why = length === 2 ? this.unreadable : `${this.scenario} has ${length} actions, not two`;
    throw new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `${this.#model.name} cannot be asked for "expected": ${why}; use ${length === 2 ? '' : '"choice", '}"greedy" or "sample"`,
    );
  }

  /** What is asked: two rows that show the same prompt are one question. */
  #questions(observations: Observations, { paraphrase, layout: given }: AskOptions, asking: Asking): Asked[] {
    const layout = differentLayout(given);
    const { elicit, rotations, names } = asking;
    const world = this.#world;
    const { request: letter, nameRequest = letter } = this.#model;
    const request = names ? nameRequest : letter;
    const lettered = !names;
    const shifts = shiftsOf(world.actions.length, rotations);
    const questions = new Map<string, Asked>();
    for (let row = 0; row < observations.masks.length; row++) {
      const orders = shifts.map((shift) =>
        choicePromptOf(world, observations, row, { paraphrase, shift, request, lettered, layout }),
      );
      const prompt = elicit === 'choice' ? orders[0]! : promptOf(world, observations, row, paraphrase, layout);
      const known = questions.get(prompt);
      if (known) known.rows.push(row);
      else questions.set(prompt, { prompt, ...(elicit === 'choice' && { orders }), rows: [row] });
    }
    return [...questions.values()];
  }

  /** The open model; a caller that stops waiting for it does not stop it for the others. */
  async #open(signal: AbortSignal | undefined): Promise<B> {
    const opening = (this.#opening ??= this.#openAnew());
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    if (!signal) return opening;
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([opening, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #openAnew(): Promise<B> {
    const { name, open } = this.#model;
    const backend = await open();
    const { template } = this.identity;
    if (backend.template !== template) {
      await backend[Symbol.asyncDispose]();
      throw new UnderstudyError(
        'TEACHER_UNSUPPORTED',
        `${name} frames questions as ${JSON.stringify(backend.template)} now, and its labels here were asked as ${JSON.stringify(template)}; ask it in another workspace`,
      );
    }
    this.backend = backend;
    return backend;
  }
}

/** The error of a teacher that cannot be asked for a choice by whole names. */
export const withoutNames = (name: string) =>
  new UnderstudyError(
    'TEACHER_UNSUPPORTED',
    `${name} cannot check a choice by whole names: only a model file (gguf:PATH) shows how likely each token of a name is; leave out the check`,
  );

/** How decisions of a scenario are read without letting the model write them. */
const readingOf = (scenario: Vocabulary): Elicitation =>
  scenario.actions.length === 2 ? 'expected' : isLettered(scenario) ? 'choice' : 'greedy';

/**
 * Says which piece of a command's work a question belongs to. A question that is asked again, as its answer could not be used,
 * belongs to the same one: only its shard knows about that.
 */
const pieceOf = (prompt: string, { elicit, names, seed }: Asking): string =>
  `${names ? 'choice/names' : elicit}\n${seed}\n${prompt}`;

/** The seed that a question is sent with; 0 unless it is drawn. */
export const seedOf = ({ elicit, seed, repeat }: Asking, prompt: string) =>
  elicit === 'sample' ? questionSeed(seed, repeat, prompt) : 0;

/**
 * A question's own seed for a draw, so that the draw depends neither on the batch nor on the question's place in it.
 * @returns 31 bits: the largest 32-bit seed means "any" to llama.cpp, and some servers take signed integers only
 */
export function questionSeed(seed: number, repeat: number, prompt: string): number {
  return createHash('sha256').update(`${seed}\n${repeat}\n${prompt}`).digest().readUInt32LE(0) >>> 1;
}

/** Id of a teacher: its name and twelve digits of a hash over all that its decisions depend on. */
function teacherId(name: string, identity: ModelIdentity, scenario: Vocabulary, decidesBy: Elicitation): string {
  const { prompt, phrases, actions } = scenario;
  const reading = elicitationVersion(decidesBy, isServed(identity.library));
  return `${name}-${hashOf({ ...identity, prompt, phrases, actions, decidesBy: reading }).slice(0, 12)}`;
}
