import { UnderstudyError } from '../../env/error.ts';
import { type Observations, phrasesOf, requireWidth } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import type { Scenario } from '../../env/scenario.ts';
import { hashOf } from '../../workspace/canonical.ts';
import type { LabelRecord, LabelStore } from '../labels/store.ts';
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
import { type Asking, askingOf } from './asking.ts';
import { replyGrammar, replyHead } from './gguf/grammar.ts';
import { elicitationVersion, type ModelIdentity, teacherId } from './gguf/teacher.ts';
import { readReply } from './reply.ts';

export interface RememberedOptions {
  readonly scenario: Scenario;
  readonly name: string;
  readonly caveat?: string;
  readonly identity: ModelIdentity;
  /** Addresses, of a model that servers run. */
  readonly endpoints?: readonly string[];
  readonly decidesBy: Elicitation;
  readonly store: LabelStore;
  /** The model, where it had to be loaded already. */
  readonly loaded?: Teacher;
  /** Loads the model; called when there is a question that the store cannot answer. */
  readonly open: () => Promise<Teacher>;
}

/**
 * A model that is never asked twice: what the label store knows is read there, the rest is asked and kept as it arrives.
 * While the store knows everything, the model is not even loaded.
 */
export class RememberedTeacher implements Teacher {
  readonly id: string;
  readonly scenario: string;
  readonly caveat?: string;
  readonly provenance: TeacherProvenance;
  readonly decidesBy: Elicitation;
  /** Answers of the model itself so far. */
  modelAnswers = 0;
  private readonly options: RememberedOptions;
  private model: Promise<Teacher> | undefined;
  private disposed = false;

  constructor(options: RememberedOptions) {
    const { scenario, name, caveat, identity, endpoints, decidesBy } = options;
    this.options = options;
    this.scenario = scenario.id;
    this.provenance = { ...identity, ...(endpoints && { endpoints }) };
    if (caveat !== undefined) this.caveat = caveat;
    this.decidesBy = decidesBy;
    if (options.loaded) this.model = Promise.resolve(options.loaded);
    this.id = teacherId(name, identity, scenario, decidesBy);
  }

  async decide(observations: Observations, options: DecideOptions = {}): Promise<Decisions> {
    const answers = await this.ask(observations, { ...options, elicit: this.decidesBy });
    return decisionsOf(answers, this.options.scenario.actions.length);
  }

  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    const { scenario, store } = this.options;
    if (this.disposed) throw new UnderstudyError('POLICY_DISPOSED', `${this.options.name} is disposed; open it again`);
    requireWidth(scenario, observations);
    const { signal, onAnswer, onProgress } = options;
    signal?.throwIfAborted();
    const asking = askingOf(scenario, options);
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

    /** Rows of each question; two rows that show the same prompt are one question. */
    const questions = new Map<string, number[]>();
    for (let row = 0; row < n; row++) {
      const prompt = promptOf(scenario, observations, row, options.paraphrase);
      const key = labelKey(this.options.identity, scenario.actions, prompt, asking);
      const rows = questions.get(key);
      if (rows) rows.push(row);
      else questions.set(key, [row]);
    }
    const unknown: { key: string; rows: readonly number[] }[] = [];
    for (const [key, rows] of questions) {
      const label = store.get(key);
      if (label) give(rows, answerOf(label, scenario.actions));
      else unknown.push({ key, rows });
    }
    if (unknown.length === 0) return answers;

    store.prepare();
    const model = await this.loaded(signal);
    const keeping: Promise<void>[] = [];
    try {
      await model.ask(rowsOf(observations, unknown), {
        ...options,
        onProgress: undefined,
        onAnswer: (i, answer) => {
          const { key, rows } = unknown[i]!;
          this.modelAnswers++;
          // A question that ran out of time may be answered the next time.
          if (answer.outcome === 'timeout' || answer.transient) return give(rows, answer);
          const label = labelOf(this.id, scenario, observations, rows[0]!, options, asking, answer);
          const kept = store.append(key, label).then(() => give(rows, answer));
          // Whoever waits for it is told below, also when the asking ends early.
          kept.catch(() => {});
          keeping.push(kept);
        },
      });
    } finally {
      await Promise.allSettled(keeping);
    }
    await Promise.all(keeping);
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    const model = await this.model?.catch(() => undefined);
    await model?.[Symbol.asyncDispose]();
    await this.options.store.close();
  }

  /** The model; whoever stops waiting for it does not stop it for the others. */
  private async loaded(signal: AbortSignal | undefined): Promise<Teacher> {
    const model = (this.model ??= this.options.open());
    model.catch(() => {
      if (this.model === model) this.model = undefined;
    });
    if (!signal) return model;
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([model, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

/** Under this key the store keeps what a model said of itself when it was first loaded. */
export function modelKey(model: string, library: string): string {
  return hashOf({ record: 'model', model, library });
}

/** Everything that an answer depends on, hashed. */
export function labelKey(
  { model, template, library }: ModelIdentity,
  actions: readonly string[],
  prompt: string,
  { elicit, explain, temperature, seed, repeat, batch }: Asking,
): string {
  return hashOf({
    model,
    template,
    prompt,
    elicitation: elicitationVersion(elicit),
    sampler: elicit === 'sample' ? { temperature, topK: 0, topP: 1, minP: 0 } : null,
    seed,
    grammar: { head: replyHead(actions), rest: replyGrammar(actions, explain) },
    library,
    repeat,
    ...(batch !== undefined && { batch }),
  });
}

/** A label: the question in words, how it was asked and what was answered. */
function labelOf(
  teacher: string,
  scenario: Scenario,
  observations: Observations,
  row: number,
  { paraphrase = 0 }: AskOptions,
  { elicit, temperature, seed, repeat, batch }: Asking,
  answer: Answer,
): LabelRecord {
  const { probabilities, ...rest } = answer;
  return {
    teacher,
    scenario: scenario.id,
    ...phrasesOf(scenario, observations, row),
    paraphrase,
    elicit,
    ...(elicit === 'sample' && { temperature, seed }),
    repeat,
    ...(batch !== undefined && { batch }),
    ...(probabilities && {
      probabilities,
      ...(probabilities.length === 2 && { probability_LLM: probabilities[1] }),
    }),
    ...rest,
  };
}

/** What of an answer a label keeps as it is. */
const ANSWERED = [
  'probabilities',
  'explanation',
  'reply',
  'rung',
  'distribution',
  'usage',
  'device',
  'reason',
] as const satisfies readonly (keyof Answer)[];

/** The answer that a label keeps. Its reply is read again: an earlier version may have read a number that it does not say. */
function answerOf(label: LabelRecord, actions: readonly string[]): Answer {
  const { outcome, ...given } = label as unknown as Answer;
  const kept: Answer = {
    outcome,
    ...Object.fromEntries(ANSWERED.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))),
  };
  if (outcome !== 'ok' || kept.reply === undefined) return kept;
  const again = readReply(kept.reply, actions);
  const { usage, device } = kept;
  if (again.outcome !== 'ok') return { ...again, ...(usage && { usage }), ...(device && { device }) };
  return { ...kept, probabilities: again.probabilities!, rung: again.rung! };
}

/** The first row of each question, as a batch of its own. */
function rowsOf(batch: Observations, questions: readonly { rows: readonly number[] }[]): Observations {
  return {
    width: batch.width,
    masks: Uint32Array.from(questions, ({ rows }) => batch.masks[rows[0]!]!),
    ...(batch.orders && { orders: questions.map(({ rows }) => batch.orders![rows[0]!]) }),
  };
}
