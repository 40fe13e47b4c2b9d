import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import { fromPhrases, type Observations, type Phrases } from '../env/observation.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { folded } from './folded.ts';
import { hashOf } from './hash.ts';
import { escaped, quoted, shown } from './json-text.ts';
import { isLabelKey, parseLabel, UNSEALED } from './label.ts';
import { kindOfLabels, kindOfLabelsInWords, type LabelKind } from './labels.ts';
import { type FileFacts, pathWithin } from './provenance.ts';
import { labelOf, namesActionToo, othersOf, repetitionOf, unitOf, type Wrong, weightOf } from './row-label.ts';
import { decisionRows } from './tables/imported-rows.ts';
import type { FileRow } from './tables/read-rows.ts';

/** Decisions read from a file, in its order. */
export interface DecisionFile {
  readonly observations: Observations;
  /** Shape [n, k], each row summing to 1. */
  readonly probabilities: Float64Array;
  /** What the labels are. */
  readonly kind: LabelKind;
  /** How much each row counts, shape [n]; absent if all count alike. */
  readonly weights?: Float64Array;
  /** Whose each row is, as numbers from 0 on, shape [n]; a row that does not say is of its state. Absent if none says. */
  readonly units?: Uint32Array;
  /**
   * Of labels that are means of several answers: how many, shape [n] (1 for a row that does not say), and the variance of
   * those answers, row-major [n, k], NaN if not known. Absent if no row is one.
   */
  readonly repetition?: { readonly repeats: Float64Array; readonly variances: Float64Array };
  /** What others said of the same rows, by name: row-major [n, k], NaN where a row does not hold it. */
  readonly others: ReadonlyMap<string, Float64Array>;
  /** The rows as they stand in the file, shape [n]. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** SHA-256 of the file's bytes, in lower-case hex. */
  readonly sha256: string;
}

export interface ReadDecisionsOptions {
  /** Told what was passed over, and which states have several rows. */
  readonly log?: (line: string) => void;
  /** Bytes that are read at a time; default 1 MiB. */
  readonly chunkBytes?: number;
}

/**
 * Reads a data set, in any form that readRows reads, or a table of the form that the vocabulary was imported from: rows with `traits` and `context` (phrases in the order shown) and
 * `probability_LLM` (P of the second of two actions), `probabilities` (P of each of the k actions, as a list or by name)
 * or `action` (the name of the one that was taken). A row may hold `weight` (how much it counts), `unit` (whose it is),
 * `repeats` and `spread` (how many answers its label is the mean of, and their standard deviation), and what others said of
 * it (`probability_NAME`, `probabilities_NAME`, `action_NAME`); whatever else it has stays with it. A label store is read too: its labels that hold no
 * probability, and those of other scenarios, are passed over and counted.
 * @throws {UnderstudyError} POLICY_FILE naming the file and the line
 */
export async function readDecisions(
  path: string,
  scenario: Vocabulary,
  { log, chunkBytes }: ReadDecisionsOptions = {},
): Promise<DecisionFile> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  const masks: number[] = [];
  const orders: (readonly number[] | undefined)[] = [];
  const values: number[] = [];
  const passedOver = new Map<string, number>();
  const weights: number[] = [];
  const units: (string | undefined)[] = [];
  const repetitions: ReturnType<typeof repetitionOf>[] = [];
  const others = new Map<string, { row: number; p: readonly number[] }[]>();
  const { actions } = scenario;
  let sealed = false;
  const known = { traits: scenario.traits, context: scenario.contexts };
  const { sha256 } = await decisionRows(path, scenario, { known, chunkBytes, log }, (row) => {
    const wrong: Wrong = (what) => new UnderstudyError('POLICY_FILE', `${path}, ${row.place}: ${what}`);
    let reason: string | undefined;
    if (isLabel(row)) {
      if (sealed && row.values.sum === undefined) throw wrong(UNSEALED);
      sealed ||= row.values.sum !== undefined;
      reason = labelWithout(row, scenario, wrong);
    }
    if (reason !== undefined) return void passedOver.set(reason, (passedOver.get(reason) ?? 0) + 1);
    const one = observationOf(row.values, scenario, wrong);
    masks.push(one.masks[0]!);
    orders.push(one.orders?.[0]);
    values.push(...labelOf(row.values, actions, wrong));
    weights.push(weightOf(row.values, wrong));
    units.push(unitOf(row.values, wrong));
    repetitions.push(repetitionOf(row.values, actions, wrong));
    for (const [name, p] of othersOf(row.values, actions, wrong)) {
      if (!others.has(name)) others.set(name, []);
      others.get(name)!.push({ row: rows.length, p });
    }
    rows.push(row.values);
  });
  const observations = { width: scenario.phrases.length, masks: Uint32Array.from(masks), orders };
  const probabilities = Float64Array.from(values);
  const k = actions.length;
  const repeated = repetitions.some((one) => one !== undefined && one.repeats > 1);
  if (weights.length > 0 && !weights.some((weight) => weight > 0))
    throw new UnderstudyError('POLICY_FILE', `${path}: every \`weight\` is 0`);
  const file: DecisionFile = {
    observations,
    probabilities,
    kind: kindOfLabels(probabilities, k, repeated),
    ...(weights.some((weight) => weight !== weights[0]) && { weights: Float64Array.from(weights) }),
    ...(units.some((unit) => unit !== undefined) && { units: numbersOf(units.map((unit, i) => unit ?? masks[i]!)) }),
    ...(repeated && { repetition: repetitionsOf(repetitions, k) }),
    others: new Map([...others].map(([name, said]) => [name, filled(said, rows.length, k)])),
    rows,
    sha256,
  };
  if (log) tell(path, file, passedOver, log);
  return file;
}

/** Numbers from 0 on for values, the same for equal ones. */
function numbersOf(values: readonly unknown[]): Uint32Array {
  const numbers = new Map<unknown, number>();
  return Uint32Array.from(values, (value) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  });
}

function repetitionsOf(repetitions: readonly ReturnType<typeof repetitionOf>[], k: number) {
  const variances = new Float64Array(repetitions.length * k).fill(Number.NaN);
  repetitions.forEach((one, row) => {
    one?.spread?.forEach((sd, a) => (variances[row * k + a] = sd ** 2));
  });
  return { repeats: Float64Array.from(repetitions, (one) => one?.repeats ?? 1), variances };
}

function filled(said: readonly { row: number; p: readonly number[] }[], rows: number, k: number): Float64Array {
  const all = new Float64Array(rows * k).fill(Number.NaN);
  for (const { row, p } of said) all.set(p, row * k);
  return all;
}

/**
 * Identifies a decision wherever its file lies: equal for rows with the same phrases, in whatever order, and the same
 * probabilities to six decimals. Without probabilities it identifies the state alone.
 * @param probabilities P of each of the k actions
 * @returns 16 lower-case hex digits: the start of the SHA-256 of canonical JSON
 */
export function rowHash({ traits, context }: Phrases, probabilities?: ArrayLike<number>): string {
  return hashOf({
    traits: [...traits].sort(),
    context: [...context].sort(),
    ...(probabilities && { probabilities: Array.from(probabilities, (p) => Number(p.toFixed(6))) }),
  }).slice(0, 16);
}

/** A line of the label store: an answer, or what a model said of itself. Rows may have a `key` of their own. */
function isLabel({ text, values }: FileRow): boolean {
  if (text === undefined || !isLabelKey(values.key)) return false;
  return values.traits === undefined
    ? values.model !== undefined
    : typeof values.outcome === 'string' && typeof values.teacher === 'string';
}

/** Why a label holds no decision of the scenario; undefined for one that does. */
function labelWithout({ text, values }: FileRow, { id }: Vocabulary, wrong: Wrong): string | undefined {
  const label = parseLabel(text!);
  if (typeof label === 'string') throw wrong(label);
  const { traits, outcome, scenario } = values;
  if (traits === undefined) return 'about models';
  if (scenario !== id) return `of scenario ${bare(String(scenario))}`;
  if (values.names === true) return 'of checks by whole names';
  // `parseLabel` knows every outcome.
  return outcome === 'ok' ? undefined : `with the outcome ${String(outcome)}`;
}

function observationOf(row: FileRow['values'], scenario: Vocabulary, wrong: Wrong): Observations {
  if (typeof row.scenario === 'string' && row.scenario !== scenario.id)
    throw wrong(`holds a decision of scenario ${bare(row.scenario)}, expected ${scenario.id}`);
  const phrases = { traits: listOf(row, 'traits', wrong), context: listOf(row, 'context', wrong) };
  for (const [kind, named, known] of [
    ['trait', phrases.traits, scenario.traits],
    ['context', phrases.context, scenario.contexts],
  ] as const)
    for (const phrase of named) {
      const problem = known.includes(phrase) ? undefined : disguise(phrase, known);
      if (problem) throw wrong(`unknown ${kind}: ${problem}`);
    }
  try {
    return fromPhrases(scenario, [phrases]);
  } catch (error) {
    throw wrong((error as Error).message.replace(/^row 0 /, ''));
  }
}

/** Text that can be shown as it is. */
const plainText = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;

/** What an unknown phrase differs in from a known one, where that can hardly be seen; or a phrase that cannot be shown. */
function disguise(phrase: string, known: readonly string[]): string | undefined {
  const meant = known.find((candidate) => folded(candidate) === folded(phrase));
  if (meant === undefined) return plainText.test(phrase) ? undefined : `${quoted(phrase)} (known: ${known.join(', ')})`;
  const odd = [...new Set(phrase)].filter((character) => !meant.includes(character) && /[^\x21-\x7e]/.test(character));
  const names = odd.map((character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`);
  const what = names.length > 0 ? ` only in ${names.join(', ')}` : ' only in spaces, accents or the case of letters';
  const visible = quoted(phrase).replace(/[^\x20-\x7e]/gu, (character) =>
    odd.includes(character) ? escaped(character) : character,
  );
  return `${visible} differs from "${meant}"${what}; write "${meant}"`;
}

function listOf(row: Readonly<Record<string, unknown>>, name: string, wrong: Wrong): readonly string[] {
  const list = row[name];
  if (!Array.isArray(list) || list.some((phrase) => typeof phrase !== 'string'))
    throw wrong(`\`${name}\` must be a list of phrases, got ${shown(list)}`);
  return list as string[];
}

/** Quoted text without its quotes. */
const bare = (text: string) => quoted(text).slice(1, -1);

/** What a person would not see from the rows that were read. */
function tell(
  path: string,
  { observations: { masks }, probabilities, rows, kind, others }: DecisionFile,
  passedOver: ReadonlyMap<string, number>,
  log: (line: string) => void,
): void {
  const labels = [...passedOver].map(([reason, n]) => `${n} ${reason}`);
  if (labels.length > 0) log(`${path}: labels read: ${rows.length}; passed over: ${labels.join(', ')}`);
  const k = rows.length === 0 ? 0 : probabilities.length / rows.length;
  /** Lowest and highest P of each action, by state. */
  const ranges = new Map<number, { lowest: number[]; highest: number[]; row: number }>();
  masks.forEach((mask, row) => {
    const given = Array.from(probabilities.subarray(row * k, (row + 1) * k));
    const range = ranges.get(mask) ?? { lowest: given, highest: given, row };
    ranges.set(mask, {
      lowest: range.lowest.map((p, a) => Math.min(p, given[a]!)),
      highest: range.highest.map((p, a) => Math.max(p, given[a]!)),
      row: range.row,
    });
  });
  const words = k > 0 ? kindOfLabelsInWords(probabilities, k, kind) : undefined;
  if (words !== undefined) log(`${path}: ${words}`);
  const both = rows.filter(namesActionToo).length;
  if (both > 0) log(`${path}: \`action\` of ${count(both, 'row')} is not read: their labels are probabilities`);
  if (others.size > 0) log(`${path}: answers of ${[...others.keys()].join(', ')} stand beside the labels`);
  // Single choices in one state differ because people do.
  if (kind === 'probabilities' && ranges.size < rows.length) {
    const spreads = [...ranges.values()].map(({ lowest, highest, row }) => ({
      row,
      spread: Math.max(...highest.map((p, a) => p - lowest[a]!)),
    }));
    const most = spreads.reduce((widest, one) => (one.spread > widest.spread ? one : widest));
    const differing = spreads.filter(({ spread }) => spread > 1e-9).length;
    const { traits, context } = rows[most.row] as unknown as Phrases;
    const where = [...traits, ...context].join(', ') || 'no phrase at all';
    log(
      `${path}: ${rows.length} rows are of ${count(ranges.size, 'state')}; ${
        differing === 0
          ? 'rows of one state agree'
          : `rows of ${count(differing, 'state')} contradict each other, by up to ${Number(most.spread.toFixed(6))} (${where}), and each row counts`
      }`,
    );
  }
  const parts = ['train', 'test'].map((part) => [part, rows.filter(({ split }) => split === part).length] as const);
  if (parts.every(([, n]) => n > 0))
    log(
      `${path} holds ${parts.map(([part, n]) => `${count(n, 'row')} of ${part}`).join(' and ')} (\`split\`); all are read`,
    );
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** A file of decisions; undefined where it is not there or empty. */
export async function readIfThere(path: string, scenario: Vocabulary): Promise<DecisionFile | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await readDecisions(path, scenario);
  return file.rows.length > 0 ? file : undefined;
}

export function factsOf(path: string, root: string, { rows, sha256 }: DecisionFile): FileFacts {
  return { path: pathWithin(root, resolve(path)), sha256, rows: rows.length };
}

/** Ids of the teachers that the rows name. */
export function teachersIn({ rows }: Pick<DecisionFile, 'rows'>): string[] {
  return [...new Set(rows.flatMap(({ teacher }) => (typeof teacher === 'string' ? teacher : [])))];
}
