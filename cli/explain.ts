import { integerOrAll, text } from './options.ts';
import { requireFile } from './require-file.ts';
import { UsageError } from './usage-error.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'explain',
  summary: 'what each phrase adds to a decision, and to all of them',
  description: [
    'With --traits or --context: the exact Shapley values of the phrases of one observation, from P of every subset of them, and the pairs that do more or less together than alone. Phrases count as a set, in canonical order. Subsets without any trait are no states of the scenario: there the policy extrapolates, so what a phrase adds beside a trait stands apart.',
    'Without: what every phrase and pair adds when phrases join in random order, a trait first, so that every step is a state of the scenario; mean over its states. These effects take the place of that policy’s rows in results/metrics/effects.csv. Evaluate writes those of every student, over the states of the test file. Of a logistic regression, its coefficients too.',
    'A teacher is asked about every subset; its answers are kept in data/labels.jsonl. recorded:FILE can be explained where its file has an answer to each.',
  ].join('\n'),
  options: {
    policy: text('Whose decisions.', { default: 'student:mlp', placeholder: 'POLICY' }),
    traits: text('Traits of the observation, separated by commas.', { placeholder: 'LIST' }),
    context: text('Its context, separated by commas.', { placeholder: 'LIST' }),
    test: text('Take mean effects over the states of this file of decisions, as evaluate does.', {
      placeholder: 'FILE',
      shown: 'the states of the scenario',
    }),
    states: integerOrAll('Of how many states, drawn by the seed, mean effects are taken.', { default: 'all', min: 1 }),
  },
  stopped: 'the same command begins again; what teachers have answered is remembered',
  examples: [
    ['understudy explain --traits "likes sweets,cheap" --context "hot summer day"', 'one decision of the student'],
    ['understudy explain --policy student:logistic', 'mean effects over all states'],
    ['understudy explain --policy tiny --test data/test.jsonl', 'of the teacher, over the states of its students'],
  ],
  async run({ values, signal, progress, log, report }) {
    const [
      { openPolicy },
      { readDecisions },
      { iceCream: scenario },
      { fromPhrases },
      { explain },
      { effectsOf },
      { UnderstudyError },
      { effectsTable, withEffects },
      { modelName },
      { readEffects },
      { states },
      { sequence, shuffle },
      { workspace },
      { writeFileAtomically },
      { coefficientsOf },
      { isStudent },
      { coefficientsWords, effectsWords, explanationWords },
      { join },
    ] = await Promise.all([
      import('../policies/open.ts'),
      import('../workspace/decisions.ts'),
      import('../scenarios/ice-cream-v1/scenario.ts'),
      import('../env/observation.ts'),
      import('../measure/explain/explanation.ts'),
      import('../measure/explain/effects.ts'),
      import('../env/error.ts'),
      import('../measure/explain/effects-table.ts'),
      import('../measure/evaluation/model-name.ts'),
      import('../workspace/effects.ts'),
      import('../env/sampling/states.ts'),
      import('../env/random.ts'),
      import('../workspace/paths.ts'),
      import('../workspace/write-file.ts'),
      import('../measure/explain/coefficients.ts'),
      import('../policies/students/open.ts'),
      import('./explanation-words.ts'),
      import('node:path'),
    ]);
    const one = values.traits !== undefined || values.context !== undefined;
    if (one && (values.states !== 'all' || values.test !== undefined))
      throw new UsageError(
        '--states and --test say over which states, and --traits or --context name one: leave one out',
        'explain',
      );
    const phrases = { traits: listed(values.traits), context: listed(values.context) };
    const observed = () => {
      try {
        return fromPhrases(scenario, [phrases]).masks[0]!;
      } catch (error) {
        throw error instanceof UnderstudyError && error.code.startsWith('OBSERVATION')
          ? new UsageError(error.message.replace(/^row 0 /, 'the observation '), 'explain')
          : error;
      }
    };
    if (values.test !== undefined) await requireFile(values.test, '--test', 'understudy dataset', 'explain');
    const mask = one ? observed() : 0;
    if (one && phrases.traits.length === 0 && scenario.traits.length > 0)
      log('no trait is named: that is no state of the scenario, and the policy extrapolates');
    const action = scenario.actions[1]!;
    await using policy = await openPolicy(values.policy, {
      scenario,
      workspace: values.workspace,
      labels: true,
      log,
      signal,
    });
    if (policy.caveat) log(`${values.policy}: ${policy.caveat}`);
    const onProgress = (done: number, of: number) => progress({ stage: `asking ${values.policy}`, done, of });
    if (one) {
      const found = await explain(policy, scenario, mask, { signal, onProgress });
      return report({ policy: policy.id, action, ...phrases, ...found }, explanationWords(found, action));
    }
    const all =
      values.test === undefined
        ? [...states(scenario)]
        : [...new Set((await readDecisions(values.test, scenario)).observations.masks)];
    const drawn =
      values.states === 'all' ? all : shuffle(all, sequence(values.seed, 'explainedStates')).slice(0, values.states);
    if (drawn.length === 0) throw new UnderstudyError('DISTILL_FILE', `${values.test} holds no decisions to explain`);
    const paths = workspace(values.workspace);
    const known = await readEffects(paths);
    const effects = await effectsOf(policy, scenario, drawn, { signal, onProgress });
    const file = join(paths.metrics, 'effects.csv');
    await writeFileAtomically(file, effectsTable(withEffects(known, modelName(values.policy), effects)));
    const coefficients = isStudent(policy) ? coefficientsOf(policy) : undefined;
    report({ policy: policy.id, action, states: drawn.length, file, effects, ...(coefficients && { coefficients }) }, [
      ...effectsWords(effects, drawn.length, action),
      `With pairs in ${file}`,
      ...(coefficients ? coefficientsWords(coefficients) : []),
    ]);
  },
});

const listed = (phrases: string | undefined) =>
  (phrases ?? '')
    .split(',')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
