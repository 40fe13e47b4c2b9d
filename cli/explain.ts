import { integerOrAll, text } from './options.ts';
import { requireFile, UsageError } from './usage-error.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'explain',
  summary: 'what each phrase adds to a decision, and to all of them',
  description: [
    'With --traits or --context: the exact Shapley values of the phrases of one observation, from P of every subset of them, and the pairs that do more or less together than alone. Phrases count as a set, in canonical order. Subsets without any trait are not states of the scenario, so the policy extrapolates there; what a phrase adds beside a trait is listed separately.',
    'Without them: what each phrase and pair adds when phrases join in random order, a trait first, so that every step is a state of the scenario; means over its states. These effects replace the policy’s rows in results/metrics/effects.csv, where evaluate writes those of all students over the states of the test file. For a logistic regression, its coefficients are printed too.',
    'A teacher is asked about every subset; its answers are kept in data/labels.jsonl. recorded:FILE can be explained if its file answers all of them.',
  ].join('\n'),
  options: {
    policy: text('Policy whose decisions are explained.', { default: 'student:mlp', placeholder: 'POLICY' }),
    traits: text('Traits of the observation, separated by commas.', { placeholder: 'LIST' }),
    context: text('Contexts of the observation, separated by commas.', { placeholder: 'LIST' }),
    test: text('File of decisions over whose states the mean effects are taken, as in evaluate.', {
      placeholder: 'FILE',
      shown: 'the states of the scenario',
    }),
    states: integerOrAll('Number of states, drawn with the seed, over which mean effects are taken.', {
      default: 'all',
      min: 1,
    }),
  },
  stopped: 'the same command begins again; what teachers have answered is remembered',
  examples: [
    ['understudy explain --traits "likes sweets,cheap" --context "hot summer day"', 'one decision of the student'],
    ['understudy explain --policy student:logistic', 'mean effects over all states'],
    ['understudy explain --policy tiny --test data/test.jsonl', 'the teacher, over the states of its students’ test'],
  ],
  async run({ values, signal, progress, log, report }) {
    const one = values.traits !== undefined || values.context !== undefined;
    if (one && (values.states !== 'all' || values.test !== undefined))
      throw new UsageError(
        '--states and --test choose states for mean effects, --traits and --context name one observation: leave one of the two out',
        'explain',
      );
    if (values.test !== undefined) await requireFile(values.test, '--test', 'understudy dataset', 'explain');
    const [{ explainDecision, explainEffects }, { UnderstudyError }, words] = await Promise.all([
      import('../measure/explain/explain.ts'),
      import('../env/error.ts'),
      import('./explanation-words.ts'),
    ]);
    const { policy, test, states, workspace, seed } = values;
    const common = { policy, workspace, signal, progress, log };
    if (one) {
      const phrases = { traits: listed(values.traits), context: listed(values.context) };
      const found = await explainDecision({ ...common, ...phrases }).catch((error: unknown) => {
        throw error instanceof UnderstudyError && error.code.startsWith('OBSERVATION')
          ? new UsageError(error.message.replace(/^row 0 /, 'the observation '), 'explain')
          : error;
      });
      return report(found, words.explanationWords(found, found.action));
    }
    const found = await explainEffects({ ...common, test, states, seed });
    report(found, [
      ...words.effectsWords(found.effects, found.states, found.action),
      `With pairs in ${found.file}`,
      ...(found.coefficients ? words.coefficientsWords(found.coefficients) : []),
    ]);
  },
});

const listed = (phrases: string | undefined) =>
  (phrases ?? '')
    .split(',')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
