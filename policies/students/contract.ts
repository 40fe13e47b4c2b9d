import { observations } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { type InputForm, inputOf } from './input.ts';
import { type NetworkValue, OUTPUT, type Session } from './session.ts';

/** Rounding of single and half precision that a row of probabilities may carry in its sum. */
const SUM_TOLERANCE = 1e-3;
const RANGE_TOLERANCE = 1e-6;
/** A row that is computed alone and in a batch may differ by this much: sums are added in another order. */
const COMPANY_TOLERANCE = 1e-4;
/** Observations that a network is tried on, and the sizes of the batches in which it is asked. */
const TRIED = 64;
const SIZES = [TRIED, 1, 3, 5];

/**
 * Tries whether a network answers as a student does: one input (`phrases`, float32 [n, width], or `tokens`, int64
 * [n, longest]), and an output `probabilities`, float32 [n, k], whose rows are distributions that depend on their own
 * observation only. What the file declares is looked at first, then what it computes for batches of several sizes.
 * @returns the rule that is broken and what was found, as a sentence about the file; undefined if it keeps to all
 */
export async function brokenRule(
  session: Session,
  form: InputForm,
  scenario: Vocabulary,
  columns: number,
): Promise<string | undefined> {
  const k = scenario.actions.length;
  return (
    inputFault(session.inputs, form, columns) ??
    outputFault(session.outputs, k) ??
    (await answerFault(session, form, scenario, columns))
  );
}

/**
 * Why a row is not a distribution over actions; undefined if it is one.
 * @param row shape [k]
 */
export function rowFault(row: ArrayLike<number>): string | undefined {
  let sum = 0;
  for (let a = 0; a < row.length; a++) {
    const p = row[a]!;
    if (!(p >= -RANGE_TOLERANCE && p <= 1 + RANGE_TOLERANCE))
      return `${listed(row)}, and a probability lies between 0 and 1`;
    sum += p;
  }
  return Math.abs(sum - 1) <= SUM_TOLERANCE ? undefined : `${listed(row)}, which sums to ${short(sum)}, not 1`;
}

function inputFault(inputs: readonly NetworkValue[], form: InputForm, columns: number): string | undefined {
  const [name, type] = form === 'bag' ? ['phrases', 'float32'] : ['tokens', 'int64'];
  const wanted = `one input \`${name}\`, ${type} [n, ${columns}]`;
  if (inputs.length !== 1) return `it has ${inputs.length} inputs (${namesOf(inputs)}), expected ${wanted}`;
  const [input] = inputs as [NetworkValue];
  if (input.name !== name) return `its input is named \`${input.name}\`, expected ${wanted}`;
  if (input.type !== type) return `its input is ${input.type ?? 'not a tensor'}, expected ${wanted}`;
  return shapeFault('input', input.shape, columns, wanted);
}

function outputFault(outputs: readonly NetworkValue[], k: number): string | undefined {
  const wanted = `an output \`${OUTPUT}\`, float32 [n, ${k}], a column for each action`;
  const output = outputs.find(({ name }) => name === OUTPUT);
  if (!output)
    return `${outputs.length === 1 ? 'its output is' : `its ${outputs.length} outputs are`} named ${namesOf(outputs)}, expected ${wanted}`;
  if (output.type === undefined) return `its output is a sequence or a map (of a ZipMap?), expected ${wanted}`;
  if (/^u?int|^bool/.test(output.type))
    return `its output is ${output.type}: labels, not probabilities; expected ${wanted}`;
  if (output.type !== 'float32') return `its output is ${output.type}, expected ${wanted}`;
  if (output.shape.length === 2 && output.shape[1] === 1 && k === 2)
    return `its output has 1 column, expected ${wanted}: put 1 - p before p`;
  return shapeFault('output', output.shape, k, wanted);
}

/** A file may leave a size, or the whole shape, open: what comes out is then looked at. */
function shapeFault(which: string, shape: NetworkValue['shape'], columns: number, wanted: string): string | undefined {
  if (shape.length === 0) return undefined;
  const found = `[${shape.join(', ')}]`;
  if (shape.length !== 2)
    return `its ${which} has ${shape.length} ${shape.length === 1 ? 'axis' : 'axes'} ${found}, expected ${wanted}`;
  const [rows, second] = shape as [number | string, number | string];
  const columnsFit = !fixed(second) || second === columns;
  if (!fixed(rows) && columnsFit) return undefined;
  if (rows === columns && second !== columns) return `its ${which} is transposed: ${found}, expected ${wanted}`;
  if (!columnsFit) return `its ${which} has ${second} ${second === 1 ? 'column' : 'columns'}, expected ${wanted}`;
  return `its ${which} is fixed at ${rows} ${rows === 1 ? 'row' : 'rows'}, expected ${wanted}: export it with a free (dynamic) first axis`;
}

const fixed = (size: number | string): size is number => typeof size === 'number' && size >= 0;

async function answerFault(
  session: Session,
  form: InputForm,
  scenario: Vocabulary,
  columns: number,
): Promise<string | undefined> {
  const k = scenario.actions.length;
  const batch = trialOf(scenario);
  let whole: Float64Array | undefined;
  for (const n of SIZES) {
    const which = n === 1 ? 'one observation' : `${n} observations`;
    // The batches do not begin alike: a row has to keep its answer in another place, too.
    const from = TRIED - n;
    let answer: Awaited<ReturnType<Session['answer']>>;
    try {
      answer = await session.answer(inputOf(form, batch, from, n, n, columns), n);
    } catch (error) {
      return `it fails on ${which}: ${firstLine(error)}`;
    }
    const { shape, type, values } = answer;
    if (type !== 'float32') return `its output is ${type}, expected float32`;
    if (String(shape) !== String([n, k]))
      return `its output for ${which} is [${shape.join(', ')}], expected [${n}, ${k}]`;
    const numbers = Float64Array.from(values as ArrayLike<number>);
    const fault = numbersFault(numbers, k);
    if (fault) return `its output is ${fault}`;
    whole ??= numbers;
    const apart = numbers.reduce((most, p, i) => Math.max(most, Math.abs(p - whole![from * k + i]!)), 0);
    if (apart > COMPANY_TOLERANCE)
      return `its answer to an observation changes by up to ${short(apart)} with the others in the batch, or with each run; a student answers each observation by itself (exported in training mode?)`;
  }
  return undefined;
}

/** What numbers are instead of distributions, judged from all of them. */
function numbersFault(numbers: Float64Array, k: number): string | undefined {
  const rows = Array.from({ length: numbers.length / k }, (_, i) => numbers.subarray(i * k, (i + 1) * k));
  const fault = rows.map(rowFault).find((one) => one !== undefined);
  if (fault === undefined) return undefined;
  const odd = numbers.find((value) => !Number.isFinite(value));
  if (odd !== undefined) return `${odd} for some observations, expected finite probabilities`;
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const range = `${short(least)} … ${short(most)}`;
  const sums = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const near = (values: readonly number[], value: number) =>
    values.every((one) => Math.abs(one - value) <= SUM_TOLERANCE * value);
  if (near(sums, 100)) return `per cent (${range}), not probabilities: divide by 100`;
  const exponentials = rows.map((row) => row.reduce((sum, value) => sum + Math.exp(value), 0));
  if (near(exponentials, 1)) return `log-probabilities (${range}), not probabilities: take the exponential`;
  if (least < -RANGE_TOLERANCE || most > 1 + RANGE_TOLERANCE)
    return `logits or scores (${range}), not probabilities: add the softmax`;
  return `not a distribution: rows sum to ${short(Math.min(...sums))} … ${short(Math.max(...sums))}, not 1`;
}

/**
 * Sets of phrases to try a network on: phrases alone first (each of them, up to 32), then sets of all sizes. None is empty, and none has two
 * phrases of a group.
 */
function trialOf(scenario: Vocabulary) {
  const width = scenario.phrases.length;
  const random = sequence(1, 'sampling');
  const group = new Map(scenario.groups.flatMap(({ phrases }, g) => phrases.map((phrase) => [phrase, g] as const)));
  const rivals = (a: number, b: number) => a !== b && group.has(a) && group.get(a) === group.get(b);
  const masks = Array.from({ length: TRIED }, (_, i) => {
    const held = [i % width];
    const share = random();
    const alone = i < Math.min(width, TRIED / 2);
    for (let j = 0; j < width && !alone; j++)
      if (random() < share && !held.some((other) => rivals(other, j))) held.push(j);
    return scenario.sets.of(held);
  });
  return observations(scenario, masks);
}

/** A runtime's message without its stack, its own source lines and signatures, kept short. */
export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')[0]!
    .replace(/^Can't create a session\. ERROR_CODE: \d+, ERROR_MESSAGE: /, '')
    .replace(/^\/\S+\.(?:cc|h):\d+ .*?\)(?: const)? (?=[A-Z[])/, '')
    .slice(0, 200);

const namesOf = (values: readonly NetworkValue[]) => values.map(({ name }) => `\`${name}\``).join(', ');
const listed = (row: ArrayLike<number>) => `[${Array.from(row, short).join(', ')}]`;
const short = (value: number) => String(Number(value.toPrecision(3)));
