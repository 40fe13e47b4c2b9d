import type { Explanation } from '../measure/explain/explanation.ts';
import { grouped, listed } from '../report/wording.ts';
import { defaultWorld } from '../scenarios/default-world.ts';
import type { Coefficient } from '../workspace/coefficients.ts';
import type { Effect } from '../workspace/effects.ts';
import { limitOptions } from './limits.ts';
import { integer, integerOrAll, requireFile, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';
import { decimal, table } from './wording.ts';

export default defineVerb({
  name: 'explain',
  summary: 'what each phrase adds to a decision, and to all of them',
  description: [
    'With --traits or --context: the Shapley values of the phrases of one observation, from P of every subset of them, and the pairs that do more or less together than alone. Phrases count as a set, in canonical order. Subsets without any trait are mostly not states of the scenario, so the policy extrapolates there; what a phrase adds beside a trait is then listed separately.',
    'A group always has one phrase: the value of that phrase is held against the mean over the group, by the shares that its phrases have in the population.',
    'Without them: what each phrase and pair adds when phrases join in random order, a trait first, so that every step is a state of the scenario; means over its states. These effects replace the policy’s rows of the same action in results/metrics/effects.csv, where evaluate writes those of all students over the states of the test file. For a logistic regression, its coefficients are printed too.',
    'Values are exact if that takes no more than --questions sets of phrases; otherwise they are estimated from random orders, and their standard errors are shown.',
    'A teacher is asked about every subset; its answers are kept in data/labels.jsonl. recorded:FILE can be explained if its file answers all of them.',
  ].join('\n'),
  options: {
    policy: text('Policy whose decisions are explained.', {
      shown: 'student:mlp, or who is there: another student, otherwise the teacher',
      placeholder: 'POLICY',
    }),
    action: text('Action whose probability is explained.', {
      placeholder: 'NAME',
      shown: 'the likeliest beside the first',
    }),
    traits: text('Traits of the observation, separated by commas.', { placeholder: 'LIST' }),
    context: text('Contexts of the observation, separated by commas.', { placeholder: 'LIST' }),
    test: text('File of decisions over whose states the mean effects are taken, as in evaluate.', {
      placeholder: 'FILE',
      shown: 'the states of the scenario',
    }),
    states: integerOrAll('Number of states, drawn with the seed, over which mean effects are taken.', {
      min: 1,
      shown: 'all; 2000 if they are too many to list',
    }),
    questions: integer('Number of sets of phrases to ask the policy about, at most.', {
      min: 8,
      shown: '65536 if values are exact then, otherwise 16384',
    }),
    ...limitOptions,
  },
  stopped: 'the same command begins again; what teachers have answered is remembered',
  examples: [
    [
      `understudy explain --traits "${defaultWorld.example.traits}" --context "${defaultWorld.example.context}"`,
      'one decision of the student',
    ],
    ['understudy explain --policy student:logistic', 'mean effects over all states'],
    ['understudy explain --action ride', 'what makes an action of your own scenario likelier'],
    ['understudy explain --policy tiny --test data/test.jsonl', 'the teacher, over the states of its students’ test'],
  ],
  async run({ values, scenario, signal, progress, log, report }) {
    const one = values.traits !== undefined || values.context !== undefined;
    if (one && (values.states !== undefined || values.test !== undefined))
      throw new UsageError(
        '--states and --test choose states for mean effects, --traits and --context name one observation: leave one of the two out',
        'explain',
      );
    if (values.test !== undefined) await requireFile(values.test, '--test', 'understudy dataset', 'explain');
    const [{ explainDecision, explainEffects }, { UnderstudyError }, { defaultPolicy }, words] = await Promise.all([
      import('../measure/explain/explain.ts'),
      import('../env/error.ts'),
      import('../policies/open.ts'),
      import('./explain.ts'),
    ]);
    const { test, states, workspace, seed, questions, action } = values;
    const { policy = await defaultPolicy(scenario, workspace) } = values;
    const common = { policy, scenario, action, workspace, seed, questions, signal, progress, log };
    if (one) {
      const phrases = { traits: phrasesIn(values.traits), context: phrasesIn(values.context) };
      const found = await explainDecision({ ...common, ...phrases }).catch((error: unknown) => {
        throw error instanceof UnderstudyError && /^OBSERVATION|^DISTILL_ARGUMENT/.test(error.code)
          ? new UsageError(error.message.replace(/^row 0 /, 'the observation '), 'explain')
          : error;
      });
      return report(found, words.explanationWords(found, found.action));
    }
    const found = await explainEffects({ ...common, test, states }).catch((error: unknown) => {
      throw error instanceof UnderstudyError && error.code === 'DISTILL_ARGUMENT'
        ? new UsageError(error.message, 'explain')
        : error;
    });
    report(found, [
      ...words.effectsWords(found.effects, found.states, found.action),
      `With pairs in ${found.file}`,
      ...(found.coefficients ? words.coefficientsWords(found.coefficients) : []),
    ]);
  },
});

const phrasesIn = (phrases: string | undefined) =>
  (phrases ?? '')
    .split(',')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');

const BAR = 20;
const PAIRS = 5;
const BESIDE = 'Beside a trait: over orders that begin with a trait; sets without one are extrapolated.';

/** An explanation as a table with bars, the largest contribution first, and its strongest pairs. */
export function explanationWords(
  { probability, baseline, groups, contributions, interactions, sampled }: Explanation,
  action: string,
): string[] {
  const sorted = [...contributions].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const largest = Math.abs(sorted[0]?.value ?? 0);
  const compared = contributions.some(({ inside }) => inside !== undefined);
  const error = (value: number | undefined) => (sampled ? [plusMinus(value)] : []);
  const strongest = interactions.slice(0, PAIRS);
  const rows = table([
    ...(compared ? [['', '', ...(sampled ? [''] : []), 'beside a trait']] : []),
    [groups ? 'on average' : 'no phrase', decimal(baseline), ...error(sampled?.baselineError)],
    ...sorted.map(({ phrase, value, standardError, inside }) => [
      phrase,
      signed(value),
      ...error(standardError),
      ...(compared ? [inside === undefined ? '–' : signed(inside)] : []),
    ]),
    [`P(${action})`, decimal(probability)],
  ]);
  return [
    `What each phrase adds to P(${action}), as ${sampled ? `Shapley values estimated from ${grouped(sampled.orders)} orders, ± standard error` : 'exact Shapley values'}:`,
    ...rows.map((row, i) => `  ${row}${barOf(sorted[i - (compared ? 2 : 1)]?.value, largest)}`),
    ...(compared ? [BESIDE] : []),
    ...(groups ? [`Phrases of ${listed(groups)} are held against the mean over the group.`] : []),
    ...(strongest.length === 0
      ? []
      : [
          'Strongest pairs: what two phrases do together beyond what each does alone:',
          ...table(
            strongest.map(({ phrases, value, standardError }) => [
              phrases.join(' and '),
              signed(value),
              ...error(standardError),
            ]),
          ).map((row) => `  ${row}`),
        ]),
  ];
}

/** Rows of a table of effects: more cannot be taken in. */
const SHOWN = 40;

/** Main effects as a table, the largest first; of many phrases, those of the largest. */
export function effectsWords(effects: readonly Effect[], states: number, action: string): string[] {
  const main = effects.filter(({ beside }) => beside === undefined).sort((a, b) => b.meanAbsolute - a.meanAbsolute);
  const estimated = main.some(({ standardError }) => standardError !== undefined);
  const shown = main.slice(0, SHOWN);
  return [
    `What each phrase adds to P(${action}): mean over those of ${grouped(states)} states in which it counts${estimated ? ', ± standard error' : ''}:`,
    ...table([
      ['phrase', 'mean', ...(estimated ? [''] : []), 'mean size', 'states'],
      ...shown.map((effect) => [
        effect.phrase,
        signed(effect.mean),
        ...(estimated ? [plusMinus(effect.standardError)] : []),
        decimal(effect.meanAbsolute),
        String(effect.states),
      ]),
    ]).map((row) => `  ${row}`),
    ...(shown.length < main.length
      ? [`  ${main.length - shown.length} phrases of smaller effects are in the file`]
      : []),
  ];
}

const plusMinus = (standardError: number | undefined) =>
  standardError === undefined || Number.isNaN(standardError) ? '' : `±${decimal(standardError)}`;

/** Coefficients of phrases as a table for each action, the largest first; those of pairs are left to the file. */
export function coefficientsWords(coefficients: readonly Coefficient[]): string[] {
  const ordinal = coefficients.some(({ lowest, highest }) => lowest < highest);
  const paired = coefficients.some(({ beside }) => beside !== undefined);
  const cells = ({ phrase, logOdds, lowest, highest }: Coefficient) => {
    if (ordinal) return [signed(logOdds), signed(lowest), signed(highest)];
    return [signed(logOdds), phrase === undefined ? '' : `×${Math.exp(logOdds).toFixed(2)}`];
  };
  return [...new Set(coefficients.map(({ action }) => action))].flatMap((action) => {
    const [intercept, ...rows] = coefficients.filter((row) => row.action === action && row.beside === undefined);
    const phrases = rows.sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds));
    return [
      ordinal
        ? 'What each phrase adds to the log-odds that the answer lies above a level; mean, least and most over the levels:'
        : `What each phrase adds to the log-odds of ${action}, ${paired ? 'beside what pairs add' : 'whatever else holds'}, and what it multiplies the odds by:`,
      ...table([['no phrase', ...cells(intercept!)], ...phrases.map((row) => [row.phrase!, ...cells(row)])]).map(
        (row) => `  ${row}`,
      ),
    ];
  });
}

const signed = (value: number) => `${value < 0 ? '' : '+'}${decimal(value)}`;

const barOf = (value: number | undefined, largest: number) =>
  value === undefined || largest === 0
    ? ''
    : `  ${(value < 0 ? '-' : '+').repeat(Math.round((BAR * Math.abs(value)) / largest))}`;
