import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UnderstudyError } from '../../env/error.ts';
import { fromPhrases } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { suggestion } from '../../env/suggestion.ts';
import { outcomes, parseLabel } from '../../workspace/label.ts';
import { workspace } from '../../workspace/paths.ts';
import type { Outcome, Rung } from '../policy.ts';

export const rungs = ['json', 'object', 'words', 'none'] as const;

export interface LogOptions {
  readonly workspace: string;
  readonly scenario: Vocabulary;
  /** Outcomes that are wanted; default all. */
  readonly outcomes?: readonly Outcome[];
  /** How the reply was read, `none` for what was read without a reply; default all. */
  readonly rungs?: readonly (Rung | 'none')[];
  /** Phrases that were all shown. */
  readonly phrases?: readonly string[];
  /** Teachers by their id, or by their name: its part before the hash; default all. */
  readonly teachers?: readonly string[];
  /** Entries to pass over. Default 0. */
  readonly skip?: number;
  /** Entries at most; default all. */
  readonly limit?: number;
}

/** A question and its reply. */
export interface LogEntry {
  /** Of data/labels.jsonl, from 1. */
  readonly line: number;
  readonly teacher: string;
  readonly traits: readonly string[];
  readonly context: readonly string[];
  /** The question as it was put, rebuilt from the scenario; absent where the label is of other words. */
  readonly prompt?: string;
  readonly elicit: string;
  readonly paraphrase: number;
  readonly seed?: number;
  readonly repeat?: number;
  readonly outcome: Outcome;
  readonly rung?: Rung;
  readonly probabilities?: readonly number[];
  readonly reply?: string;
  readonly explanation?: string;
  readonly reason?: string;
}

/** What was asked and answered, in the order in which it was kept. */
export interface AskedLog {
  /** Questions that the filters leave. */
  readonly matching: number;
  /** Questions in the store. */
  readonly questions: number;
  readonly entries: readonly LogEntry[];
}

/**
 * Every question that a language model was asked in a workspace, with its reply.
 * @throws {UnderstudyError} POLICY_FILE naming a line that is not a label; DISTILL_FILE if nothing was asked yet,
 *   DISTILL_ARGUMENT for a phrase or a teacher that nobody has, naming those that there are
 */
export async function readLog(options: LogOptions): Promise<AskedLog> {
  const { scenario, skip = 0, limit = Infinity } = options;
  const { labels } = workspace(options.workspace);
  requirePhrases(options);
  const teachers = new Set<string>();
  const entries: LogEntry[] = [];
  let [line, questions, matching] = [0, 0, 0];
  for await (const text of linesOf(labels)) {
    line++;
    if (text === '') continue;
    const label = parseLabel(text);
    if (typeof label === 'string') throw new UnderstudyError('POLICY_FILE', `${labels}, line ${line}: ${label}`);
    const entry = entryOf(line, label.record, scenario);
    if (!entry) continue;
    questions++;
    teachers.add(entry.teacher);
    if (!matches(entry, options)) continue;
    if (matching >= skip && entries.length < limit) entries.push(entry);
    matching++;
  }
  for (const wanted of options.teachers ?? [])
    if (![...teachers].some((id) => isOf(id, wanted)))
      throw new UnderstudyError(
        'DISTILL_ARGUMENT',
        `${labels} has nothing of ${wanted} (it has: ${[...teachers].sort().join(', ') || 'nobody'})`,
      );
  return { matching, questions, entries };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new UnderstudyError('POLICY_FILE', `${file} cannot be read (${code})`, { cause });
    throw new UnderstudyError('DISTILL_FILE', `no ${file}: no language model was asked in this workspace yet`, {
      cause,
    });
  } finally {
    stream.destroy();
  }
}

function requirePhrases({ phrases = [], scenario, ...options }: LogOptions): void {
  for (const phrase of phrases)
    if (!scenario.phrases.includes(phrase)) {
      const near = suggestion(phrase, scenario.phrases);
      throw new UnderstudyError(
        'DISTILL_ARGUMENT',
        `unknown phrase: "${phrase}"${near ? `, did you mean "${near}"?` : ''} (${scenario.id} knows: ${scenario.phrases.join(', ')})`,
      );
    }
  for (const outcome of options.outcomes ?? [])
    if (!outcomes.includes(outcome))
      throw new UnderstudyError('DISTILL_ARGUMENT', `unknown outcome: ${outcome} (known: ${outcomes.join(', ')})`);
}

/** Undefined for a line about a model, which is not a question. */
function entryOf(line: number, record: Readonly<Record<string, unknown>>, scenario: Vocabulary): LogEntry | undefined {
  const { outcome, teacher, traits, context, paraphrase = 0, elicit } = record;
  if (outcome === undefined || !isTexts(traits) || !isTexts(context)) return undefined;
  const { seed, repeat, rung, probabilities, reply, explanation, reason } = record;
  const own = record.scenario === scenario.id;
  const prompt = own && elicit !== 'choice' ? questionOf(scenario, traits, context, Number(paraphrase)) : undefined;
  return {
    ...{ line, teacher: String(teacher), traits, context, elicit: String(elicit), paraphrase: Number(paraphrase) },
    ...(prompt !== undefined && { prompt }),
    outcome: outcome as Outcome,
    ...Object.fromEntries(
      Object.entries({ seed, repeat, rung, probabilities, reply, explanation, reason }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function questionOf(
  scenario: Vocabulary,
  traits: readonly string[],
  context: readonly string[],
  paraphrase: number,
): string | undefined {
  try {
    return promptOf(scenario, fromPhrases(scenario, [{ traits, context }]), 0, paraphrase);
  } catch (error) {
    // The scenario has other phrases or wordings now.
    if (error instanceof UnderstudyError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Whether an id, NAME-HASH, is of a teacher that is given by either. */
const isOf = (id: string, wanted: string) => id === wanted || id.replace(/-[0-9a-f]{12}$/, '') === wanted;

const matches = (entry: LogEntry, { outcomes, rungs, phrases = [], teachers }: LogOptions): boolean =>
  (outcomes ?? [entry.outcome]).includes(entry.outcome) &&
  (rungs ?? [entry.rung ?? 'none']).includes(entry.rung ?? 'none') &&
  phrases.every((phrase) => entry.traits.includes(phrase) || entry.context.includes(phrase)) &&
  (teachers === undefined || teachers.some((wanted) => isOf(entry.teacher, wanted)));
