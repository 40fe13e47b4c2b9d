import { readFile } from 'node:fs/promises';
import { UnderstudyError } from '../env/error.ts';
import { fromPhrases, type Observations, type Phrases } from '../env/observation.ts';
import type { Scenario } from '../env/scenario.ts';
import { hashOf } from './hash.ts';

/** Decisions read from a file, in its order. */
export interface DecisionFile {
  readonly observations: Observations;
  /** Shape [n, k], each row summing to 1. */
  readonly probabilities: Float64Array;
  /** The objects as they stand in the file, shape [n]. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Reads a data set: JSON Lines with `traits` and `context` (phrases in the order shown) and `probability_LLM` (P of the
 * second of two actions) or `probabilities` (P of each of the k actions). A label store is read too: its labels that hold
 * no probability, and those of other scenarios, are passed over.
 * @throws {UnderstudyError} POLICY_FILE naming the file and the line
 */
export async function readDecisions(path: string, scenario: Scenario): Promise<DecisionFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UnderstudyError(
      'POLICY_FILE',
      code === 'ENOENT'
        ? `${path} does not exist; understudy dataset makes such a file`
        : code === 'EISDIR'
          ? `${path} is a directory, not a file of decisions`
          : `${path} cannot be read: ${message}`,
      { cause },
    );
  }
  const rows: Record<string, unknown>[] = [];
  const phrases: Phrases[] = [];
  const values: number[] = [];
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  lines.forEach((line, i) => {
    if (line.trim() === '') return;
    const wrong = (what: string) => new UnderstudyError('POLICY_FILE', `${path}, line ${i + 1}: ${what}`);
    const row = parse(line);
    if (row === undefined)
      throw wrong(
        i === lines.length - 1 && !line.trimStart().startsWith('[')
          ? 'is cut off in the middle of a row; remove it or make the file again'
          : `is no JSON object: ${line.slice(0, 60)}`,
      );
    if (isLabel(row) && (row.traits === undefined || row.outcome !== 'ok' || row.scenario !== scenario.id)) return;
    if (typeof row.scenario === 'string' && row.scenario !== scenario.id)
      throw wrong(`holds a decision of scenario ${row.scenario}, expected ${scenario.id}`);
    const shown = { traits: listOf(row, 'traits', wrong), context: listOf(row, 'context', wrong) };
    try {
      fromPhrases(scenario, [shown]);
    } catch (error) {
      throw wrong((error as Error).message.replace(/^row 0 /, ''));
    }
    values.push(...probabilitiesOf(row, scenario, wrong));
    phrases.push(shown);
    rows.push(row);
  });
  return { observations: fromPhrases(scenario, phrases), probabilities: Float64Array.from(values), rows };
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

type Wrong = (what: string) => UnderstudyError;

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A line of the label store begins with its key. */
const isLabel = (row: Readonly<Record<string, unknown>>) => typeof row.key === 'string';

function listOf(row: Readonly<Record<string, unknown>>, name: string, wrong: Wrong): readonly string[] {
  const list = row[name];
  if (!Array.isArray(list) || list.some((phrase) => typeof phrase !== 'string'))
    throw wrong(`\`${name}\` must be a list of phrases, got ${show(list)}`);
  return list as string[];
}

function probabilitiesOf(row: Readonly<Record<string, unknown>>, { actions }: Scenario, wrong: Wrong): number[] {
  const k = actions.length;
  const { probabilities, probability_LLM: single } = row;
  if (probabilities === undefined && k === 2) {
    if (!isProbability(single)) throw wrong(`\`probability_LLM\` must be a number from 0 to 1, got ${show(single)}`);
    return [1 - single, single];
  }
  if (!Array.isArray(probabilities) || probabilities.length !== k || !probabilities.every(isProbability))
    throw wrong(
      `\`probabilities\` must be ${k} numbers from 0 to 1 (${actions.join(', ')}), got ${show(probabilities)}`,
    );
  const sum = probabilities.reduce((total, p) => total + p, 0);
  // Each may have been rounded to six decimals, which leaves their sum a little off 1.
  if (Math.abs(sum - 1) > k * 1e-6) throw wrong(`\`probabilities\` sum to ${Number(sum.toFixed(6))}, not 1`);
  return Math.abs(sum - 1) > 1e-9 ? probabilities.map((p) => p / sum) : probabilities;
}

const isProbability = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
const show = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60));
