import { basename, dirname, extname, join, resolve } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { observations } from '../../env/observation.ts';
import { canList, firstStates, stateCountText } from '../../env/sampling/sampling.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { openPolicy } from '../../policies/open.ts';
import type { Policy } from '../../policies/policy.ts';
import { isStudent } from '../../policies/students/open.ts';
import { csvText } from '../../workspace/csv.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import { javascriptProgram } from './javascript.ts';
import { juliaProgram } from './julia.ts';
import { netlogoProgram } from './netlogo.ts';
import { answerOf, type NetworkForm, networkOf, sizeOf } from './network-form.ts';
import { type ExportForm, type ExportLanguage, exportLanguages, type Program, TOLERANCE } from './program.ts';
import { pythonProgram } from './python.ts';
import { rProgram } from './r.ts';
import { fitsTable, keyOf, SCALE, statesFor, TABLE_LIMIT, type TableForm, tableOf } from './table-form.ts';

const languages = {
  python: { ending: '.py', write: pythonProgram },
  r: { ending: '.R', write: rProgram },
  javascript: { ending: '.mjs', write: javascriptProgram },
  netlogo: { ending: '.nls', write: netlogoProgram },
  julia: { ending: '.jl', write: juliaProgram },
} as const;

export interface ExportOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  /** A policy that is open, or its name, as openPolicy takes it. */
  readonly policy: string | Policy;
  readonly to: ExportLanguage;
  /** File that is written; default: made of the names of the scenario and the policy, in the workspace. */
  readonly out?: string;
  /** Default `auto`: what makes the shorter file. */
  readonly form?: ExportForm;
  /** Test vectors beside a program; default 200. */
  readonly vectors?: number | 'all';
  /** Where students and labels are looked up; default ".". */
  readonly workspace?: string;
}

export interface ExportReport {
  readonly policy: string;
  readonly scenario: string;
  readonly to: ExportLanguage;
  readonly file: string;
  readonly bytes: number;
  readonly form: 'table' | 'weights';
  /** Why this form. */
  readonly reason: string;
  /** States in the table; absent for weights. */
  readonly states?: number;
  /** Weights in the program; absent for a table. */
  readonly weights?: number;
  /** The test vectors beside a program. */
  readonly vectors?: { readonly file: string; readonly rows: number };
}

const VECTORS = 200;
/** What a weight, and a probability in the table, take in a file, about, in characters. */
const PER_WEIGHT = 12;
const PER_PROBABILITY = 8;

/**
 * Writes a student, or any policy, as one file without dependencies that gives P(a | phrases) in another language, with its
 * test vectors beside it (NAME.vectors.csv: a column for each phrase, 0 or 1, then one for each action), or as a table of
 * all states. Phrases are in canonical order for a policy that minds the order.
 * @throws {UnderstudyError} DISTILL_ARGUMENT, DISTILL_SIZE if neither a table nor weights can be written, saying why; what
 *   openPolicy throws
 */
export async function exportStudent(options: ExportOptions): Promise<ExportReport> {
  const { scenario, to, workspace = '.', signal, log } = options;
  if (!exportLanguages.includes(to))
    throw new UnderstudyError('DISTILL_ARGUMENT', `unknown language: ${to} (known: ${exportLanguages.join(', ')})`);
  if (typeof options.policy !== 'string') return write(options.policy, options.policy.id, options);
  await using policy = await openPolicy(options.policy, { scenario, workspace, labels: true, log, signal });
  return await write(policy, options.policy, options);
}

async function write(policy: Policy, called: string, options: ExportOptions): Promise<ExportReport> {
  const { scenario, to, workspace = '.', vectors = VECTORS } = options;
  if (policy.scenario !== scenario.id)
    throw new UnderstudyError('POLICY_SCENARIO', `${policy.id} decides in ${policy.scenario}, not in ${scenario.id}`);
  const ending = to === 'table' ? '.csv' : languages[to].ending;
  const file = options.out ?? join(workspace, `${identifier(`${scenario.id}_${called}`)}${ending}`);
  const name = basename(file, extname(file));
  if (to === 'python' && !/^[A-Za-z_]\w*$/.test(name))
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `Python can only import a file whose name is of letters, digits and _, got ${basename(file)}`,
    );
  const { form, reason } = await formOf(policy, options);
  const common = { policy: policy.id, scenario: scenario.id, to, file, reason };
  if (to === 'table') {
    const text = tableText(scenario, form as TableForm);
    await writeTogether({ [file]: text });
    return { ...common, bytes: Buffer.byteLength(text), form: 'table', states: (form as TableForm).masks.length };
  }
  const checked = await vectorsOf(policy, form, vectors, options);
  const program = programOf(scenario, policy, name, form, checked.masks);
  const text = languages[to].write(program);
  const beside = join(dirname(file), `${name}.vectors.csv`);
  if (resolve(beside) === resolve(file))
    throw new UnderstudyError('DISTILL_ARGUMENT', `${file} is the name of its test vectors; choose another`);
  await writeTogether({ [beside]: vectorsText(scenario, checked), [file]: text });
  return {
    ...common,
    bytes: Buffer.byteLength(text),
    ...(form.kind === 'table'
      ? { form: 'table', states: form.masks.length }
      : { form: 'weights', weights: sizeOf(form) }),
    vectors: { file: beside, rows: checked.masks.length },
  };
}

/** A name that every language takes. */
const identifier = (text: string): string =>
  text
    .replace(/\.onnx$/i, '')
    .split(/[/\\]/)
    .at(-1)!
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^(?=\d)|^_+/, 's_')
    .slice(0, 80);

interface Chosen {
  readonly form: TableForm | NetworkForm;
  readonly reason: string;
}

async function formOf(policy: Policy, options: ExportOptions): Promise<Chosen> {
  const { scenario, to, form = 'auto' } = options;
  const network = isStudent(policy) ? networkOf(policy) : undefined;
  const table = async (reason: string): Promise<Chosen> => {
    const masks = statesFor(scenario, policy);
    const { signal, progress } = options;
    const onProgress = (done: number, of: number) => progress?.({ stage: `asking ${policy.id}`, done, of });
    return { form: await tableOf(scenario, policy, masks, { signal, onProgress }), reason };
  };
  if (to === 'table') {
    if (form === 'weights')
      throw new UnderstudyError('DISTILL_ARGUMENT', 'a table has no weights; leave out the form, or name a language');
    return table('as asked');
  }
  if (form === 'table') return table('as asked');
  const most = `at most ${TABLE_LIMIT.toLocaleString('en-US')}`;
  const count = stateCountText(scenario);
  const why = isStudent(policy)
    ? `${policy.id} is not a logistic regression or an mlp as understudy train writes them, whose weights alone can be written`
    : `${policy.id} has no weights`;
  if (!network) {
    if (form === 'weights') throw new UnderstudyError('DISTILL_ARGUMENT', `${why}; export it as a table`);
    if (!fitsTable(scenario))
      throw new UnderstudyError(
        'DISTILL_SIZE',
        `${why}, and ${scenario.id} has ${count} states, where a table has ${most}`,
      );
    return table(why);
  }
  const apart = await distance(policy, network, options);
  const close = apart <= TOLERANCE / 2;
  const differs = `in double precision its weights give probabilities that differ by ${apart.toExponential(0)}`;
  if (form === 'weights') {
    if (close) return { form: network, reason: 'as asked' };
    throw new UnderstudyError('DISTILL_ARGUMENT', `${policy.id} cannot be written as weights: ${differs}`);
  }
  if (!fitsTable(scenario)) {
    if (close) return { form: network, reason: `${count} states are too many for a table` };
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `${differs}, and ${scenario.id} has ${count} states, where a table has ${most}`,
    );
  }
  if (!close) return table(differs);
  const { phrases, actions } = scenario;
  const states = statesFor(scenario, policy).length;
  const [asTable, asWeights] = [
    states * (phrases.length / 4 + 1 + (actions.length - 1) * PER_PROBABILITY),
    sizeOf(network) * PER_WEIGHT,
  ];
  const sizes = `${states.toLocaleString('en-US')} states, ${sizeOf(network).toLocaleString('en-US')} weights`;
  return asWeights <= asTable
    ? { form: network, reason: `shorter than a table (${sizes}), and answers any set of phrases` }
    : table(`shorter than the weights (${sizes})`);
}

/** The states that test vectors are of. */
function tried({ scenario, vectors }: Pick<ExportOptions, 'scenario' | 'vectors'>, states?: Uint32Array): Uint32Array {
  const { sets } = scenario;
  const some = vectors === 'all' ? undefined : (vectors ?? VECTORS);
  if (some === undefined && !states && !canList(scenario))
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `${scenario.id} has ${stateCountText(scenario)} states, too many to list; give a number of test vectors`,
    );
  const all = states ?? (fitsTable(scenario) ? statesFor(scenario, { scenario: scenario.id } as Policy) : undefined);
  if (!all) return firstStates(scenario, 0, some!).sort(sets.compare);
  if (some === undefined || some >= all.length) return all;
  return firstStates(scenario, 0, some, { among: all }).sort(sets.compare);
}

/** The largest difference between a student and its weights as they will be written. */
async function distance(policy: Policy, network: NetworkForm, { scenario, signal }: ExportOptions): Promise<number> {
  const masks = tried({ scenario, vectors: 1000 });
  const { probabilities } = await policy.decide(observations(scenario, masks), { signal });
  const k = scenario.actions.length;
  let worst = 0;
  masks.forEach((mask, i) => {
    const row = answerOf(network, (j) => scenario.sets.holds(mask, j));
    for (let a = 0; a < k; a++) worst = Math.max(worst, Math.abs(row[a]! - probabilities[i * k + a]!));
  });
  return worst;
}

async function vectorsOf(
  policy: Policy,
  form: TableForm | NetworkForm,
  vectors: number | 'all',
  { scenario, signal }: ExportOptions,
): Promise<TableForm> {
  const masks = tried({ scenario, vectors }, form.kind === 'table' ? form.masks : undefined);
  return tableOf(scenario, policy, masks, { signal });
}

function programOf(
  scenario: Vocabulary,
  policy: Policy,
  name: string,
  form: TableForm | NetworkForm,
  known: Uint32Array,
): Program {
  const { phrases, actions, groups, conflicts, id } = scenario;
  const k = actions.length;
  const holds = form.kind === 'table' ? `a table of ${form.masks.length} states` : `${sizeOf(form)} weights`;
  const student = isStudent(policy) ? policy : undefined;
  return {
    name,
    about: [
      `P(action | phrases) of ${policy.id} in the scenario ${id}: ${holds}. Written by understudy export.`,
      ...(student ? [`It learned from ${student.config.teacher.id}; licence: ${student.config.teacher.licence}.`] : []),
      ...(policy.caveat ? [`Note: ${policy.caveat}.`] : []),
      ...(student?.input === 'tokens'
        ? ['It minds the order of phrases; these answers are for the order in which PHRASES lists them.']
        : []),
    ],
    phrases,
    actions,
    exclusive: [...groups.map((group) => group.phrases), ...conflicts],
    example: scenario.sets.indices(known[known.length >> 1]!),
    form:
      form.kind === 'network'
        ? form
        : {
            kind: 'table',
            keys: Array.from(form.masks, (mask) => keyOf(scenario, mask)),
            values: Array.from(form.masks, (_, i) =>
              Array.from(form.probabilities.subarray(i * k + 1, (i + 1) * k), (p) => Math.round(p * SCALE)),
            ),
          },
  };
}

const vectorsText = (scenario: Vocabulary, form: TableForm): string =>
  csvText([
    [...scenario.phrases.map((_, j) => `phrase${j + 1}`), ...scenario.actions.map((_, a) => `action${a + 1}`)],
    ...rowsOf(scenario, form),
  ]);

/** A row a state: 0 or 1 by phrase, then P of each action, with the names as a header. */
const tableText = (scenario: Vocabulary, form: TableForm): string =>
  csvText([[...scenario.phrases, ...scenario.actions.map((action) => `P(${action})`)], ...rowsOf(scenario, form)]);

function rowsOf({ phrases, actions, sets }: Vocabulary, { masks, probabilities }: TableForm): number[][] {
  const k = actions.length;
  return Array.from(masks, (mask, i) => [
    ...phrases.map((_, j) => (sets.holds(mask, j) ? 1 : 0)),
    ...probabilities.subarray(i * k, (i + 1) * k),
  ]);
}
