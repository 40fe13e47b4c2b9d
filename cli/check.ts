import { grouped } from '../report/wording.ts';
import type { ScenarioReport } from '../scenarios/check.ts';
import { namedScenario } from './named-scenario.ts';
import { text } from './options.ts';
import { defineVerb, scenarioOptions } from './verb.ts';

export default defineVerb({
  name: 'check',
  summary: 'find what is wrong with a scenario, and how large it is',
  description: [
    'Puts a scenario through describeScenario: levels, contexts, traits and actions that never occur, factors that nothing reads, a prompt that does not ask for an action, conflicts with the shortest path to them, rules of its own that name an unknown phrase or action, laws that are not pure. Prints its sizes and a worked prompt for each paraphrase. Exits with 1 if something is found.',
    '--odd writes a description of the scenario by the ODD protocol (Grimm et al. 2020), generated from its declaration: every law is in it with its values or their hash.',
    'A file is run to be checked.',
  ].join('\n'),
  positionals: ['NAME|FILE[#EXPORT]'],
  world: 'none',
  options: {
    ...scenarioOptions,
    odd: text('File for an ODD description of the scenario, in Markdown.', { placeholder: 'FILE', shown: 'none' }),
  },
  stopped: 'nothing was changed',
  examples: [
    ['understudy check ./town.ts', 'a scenario of your own'],
    ['understudy check ./town.ts --set price=3', 'the same with a parameter'],
    ['understudy check mobility-v1 --odd odd.md', 'and its ODD description'],
    ['understudy check --json', 'the scenario of this workspace, for a script'],
  ],
  async run({ values, positionals, report }) {
    const opened = await namedScenario('check', positionals, values);
    const { checkScenario } = await import('../scenarios/check.ts');
    const result = checkScenario(opened);
    const { odd } = values;
    if (odd !== undefined) {
      const [{ oddOf }, { writeFileAtomically }] = await Promise.all([
        import('../scenarios/odd.ts'),
        import('../workspace/write-file.ts'),
      ]);
      await writeFileAtomically(odd, oddOf(opened));
    }
    report(odd === undefined ? result : { ...result, odd }, [
      ...checkedWords(result),
      ...(odd === undefined ? [] : [`Written: ${odd}`]),
    ]);
    return result.ok ? undefined : 'failed';
  },
});

function checkedWords({
  scenario,
  sha256,
  findings,
  notes,
  sizes,
  parameters,
  policies,
  prompts,
}: ScenarioReport): string[] {
  const { actions, traits, contexts, groups, traitSets, worldStates, agentStates, paraphrases } = sizes;
  const { observations, occurring, crowdPlaces } = sizes;
  return [
    `${scenario} (tables ${sha256.slice(0, 12)})`,
    `  ${actions} actions; ${traits} traits in ${grouped(traitSets)} sets; ${contexts} contexts${groups > 0 ? `; ${groups} ${groups === 1 ? 'group' : 'groups'}` : ''}`,
    worldStates === undefined || agentStates === undefined
      ? '  no dynamics: enough to ask, distil and evaluate, not to simulate'
      : `  ${grouped(worldStates)} states of the world × ${grouped(agentStates)} of an agent${crowdPlaces === undefined ? '' : `; the crowd at ${crowdPlaces} ${crowdPlaces === 1 ? 'place' : 'places'}`}`,
    `  ${grouped(observations)} observations to ask about${occurring === undefined || occurring === observations ? '' : `, ${grouped(occurring)} of which can occur`}, in ${paraphrases} ${paraphrases === 1 ? 'wording' : 'wordings'}`,
    ...Object.entries(parameters).map(
      ([name, { value, min, max }]) => `  parameter ${name}: ${value} (--set ${name}=N, from ${min} to ${max})`,
    ),
    ...policies.map((policy) => `  policy:${policy}`),
    '',
    ...prompts.flatMap((prompt, i) => [`Prompt ${i + 1} of ${prompts.length}, for one observation:`, `  ${prompt}`]),
    '',
    ...notes.map((note) => `Note: ${note}.`),
    ...(findings.length === 0
      ? ['Nothing found.']
      : findings.flatMap(({ check, message }) => [
          `Found: it should be that it ${check}`,
          ...message.split('\n').map((line) => `  ${line}`),
        ])),
  ];
}
