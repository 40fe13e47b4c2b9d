import type { Vocabulary } from '../../env/scenario.ts';
import { hashOf } from '../../workspace/hash.ts';
import { spendingBeside } from '../../workspace/spending.ts';
import { type LabelRecord, LabelStore } from '../labels/store.ts';
import type { Elicitation } from '../policy.ts';
import { currentShard } from '../shards/current.ts';
import { Meter } from '../spending/meter.ts';
import type { Backend, LanguageModel } from './backend.ts';
import { type ModelRecord, modelKey } from './label.ts';
import { LanguageModelTeacher } from './teacher.ts';
import { isLettered, tryChoices } from './trial.ts';

export interface OpenModelOptions {
  readonly scenario: Vocabulary;
  /** Path of a label store: what it knows is read there, everything else is kept there. */
  readonly labels?: string;
  /**
   * How it decides as a policy; default: `expected` if its numbers can be read so, with more than two actions `choice` if
   * it writes the letters of options, otherwise `greedy`.
   */
  readonly elicit?: Elicitation;
  /** Whether it is only looked at: it is not opened, and what is not known of it is left open. Default false. */
  readonly unopened?: boolean;
  /** What is known of the model, so that it need not be tried; not kept. */
  readonly record?: ModelRecord;
  /** Called with what was repaired in the store. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens a language model as a teacher. With a label store, a model that has been opened before is opened again only
 * when there is a question that the store cannot answer.
 * @throws whatever opening the model throws; {UnderstudyError} as LabelStore.open does
 */
export async function openLanguageModel<B extends Backend>(
  model: LanguageModel<B>,
  options: OpenModelOptions,
): Promise<LanguageModelTeacher<B>> {
  const { scenario, labels, elicit, log, signal } = options;
  const meter = new Meter(model.openedBy ?? model.name, {
    path: labels === undefined ? undefined : spendingBeside(labels),
    hosted: model.endpoints !== undefined,
  });
  if (labels === undefined) {
    return meter.run(async () => {
      const backend = await model.open(signal);
      const record = await closingOnError(backend, () => recordOf(model, backend, options));
      return new LanguageModelTeacher(model, scenario, record, { backend, elicit, meter });
    });
  }
  const store = LabelStore.open(labels, log);
  try {
    if (options.record) return new LanguageModelTeacher(model, scenario, options.record, { store, elicit, meter });
    const key = recordKey(model, options);
    const shard = currentShard();
    const known = knownOf(model, (at) => (shard ? shard.label(at) : store.get(at)), key, options);
    if (known) {
      const record = { template: model.template, ...known } as ModelRecord;
      return new LanguageModelTeacher(model, scenario, record, { store, elicit, meter });
    }
    if (options.unopened)
      return new LanguageModelTeacher(model, scenario, { template: model.template ?? '' }, { store, elicit, meter });
    if (!shard) store.prepare();
    meter.requirePrice();
    return await meter.run(async () => {
      const backend = await model.open(signal);
      return closingOnError(backend, async () => {
        const record = await recordOf(model, backend, options);
        await (shard ? shard.keep(key, record) : store.append(key, record));
        return new LanguageModelTeacher(model, scenario, record, { store, backend, elicit, meter });
      });
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function closingOnError<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Moves when the same file's questions are framed in another way, or other numbers of it can be read: 2 since chat
 * templates are applied as they are, 3 since tokens of several digits are read.
 */
const FRAMING = 3;

/** Whether it has to be tried out if the model writes letters: numbers in words are always there. */
const isTried = ({ scenario, elicit }: OpenModelOptions) =>
  elicit === undefined && scenario.actions.length > 2 && isLettered(scenario);

/** Letters are tried with the questions of one scenario, everything else about a model is so for all of them. */
const recordKey = (model: LanguageModel, options: OpenModelOptions): string =>
  modelKey(model, {
    ...(model.template === undefined && { framing: FRAMING }),
    ...(isTried(options) && {
      choices: hashOf({ actions: options.scenario.actions, prompt: options.scenario.prompt }),
    }),
  });

/** What is known of a model without opening it. */
function knownOf(
  model: LanguageModel,
  recordAt: (key: string) => LabelRecord | undefined,
  key: string,
  options: OpenModelOptions,
) {
  const tried = isTried(options);
  // With more than two actions there is no single number to read, so it does not matter whether it can be read.
  if (model.template !== undefined && options.scenario.actions.length !== 2 && !tried) return {};
  // What was asked in a former way can still be replayed.
  const former = model.missing
    ? [...(tried ? [modelKey(model, { framing: FRAMING })] : []), modelKey(model, { framing: 2 }), modelKey(model)]
    : [];
  const known = [key, ...former].map(recordAt).find((record) => record !== undefined);
  return known && tried && recordAt(key) === undefined ? { ...known, unreadable: UNTRIED } : known;
}

const UNTRIED = 'its letters have not been tried, and its file is not here';

/** What is to be remembered of an open model; with more than two actions it is tried whether it writes letters. */
async function recordOf(model: LanguageModel, backend: Backend, options: OpenModelOptions) {
  const { template, caveat, device } = backend;
  const { name, model: identity, library, endpoints } = model;
  const { scenario, signal, log } = options;
  const trial = isTried(options) ? await tryChoices(backend, scenario, model.request, signal) : undefined;
  const { unreadable } = trial ?? backend;
  if (trial)
    log?.(
      unreadable === undefined
        ? `${name} decides by the letters of the options, which have ${short(trial.mass ?? 0)} of the probability in trial questions`
        : `${name}: decisions are greedy replies, as ${unreadable}`,
    );
  return {
    ...(endpoints ? { model: identity } : { model: name, sha256: identity }),
    library,
    ...(device !== undefined && { device }),
    template,
    ...(unreadable !== undefined && { unreadable }),
    ...(caveat !== undefined && { caveat }),
  };
}

const short = (value: number) => Number(value.toPrecision(2));
