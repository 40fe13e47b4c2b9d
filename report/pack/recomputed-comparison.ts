import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { compare } from '../../measure/compare/compare.ts';
import { openPolicy } from '../../policies/open.ts';
import { isTeacher } from '../../policies/policy.ts';
import { studentsIn } from '../../policies/students/checkpoint.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { readPopulationComparison } from '../../workspace/population-comparison.ts';
import { type Check, checkOf } from './check.ts';
import { differences } from './differences.ts';

/** Words of the command that say what no number of the file does. */
const UNKNOWN = /(?:^|\s)'?population=/;

/**
 * The comparison of two populations, played again where both sides decide without a language model. Nothing where there was
 * none.
 * @param reopen the scenario with other values of its parameters
 */
export async function comparisonCheck(
  paths: Workspace,
  reopen: (parameters: Readonly<Record<string, number>>) => Promise<Vocabulary>,
  work: WorkOptions,
): Promise<Check[]> {
  const kept = await readPopulationComparison(paths);
  if (!kept) return [];
  const notChecked = (why: string): Check[] => [{ what: 'comparison', outcome: 'not checked', details: [why] }];
  if (UNKNOWN.test(kept.command)) return notChecked('its people come from a table that is not in the pack');
  const sides: Parameters<typeof compare>[0]['a'][] = [];
  for (const { scenario: id, parameters, policy } of [kept.a, kept.b]) {
    const scenario = await reopen(parameters).catch(() => undefined);
    if (scenario?.id !== id) return notChecked(`${id} is not the scenario of the pack`);
    const name = await nameOf(policy, scenario, paths);
    if (name === undefined) return notChecked(`${policy} would have to be asked, or is not in the pack`);
    sides.push({ scenario, policy: name });
  }
  const flag = (name: string) => new RegExp(`--${name} (\\S+)`).exec(kept.command)?.[1];
  const made = await compare({
    ...{ a: sides[0]!, b: sides[1]!, workspace: paths.root, signal: work.signal, progress: work.progress },
    ...{
      agents: kept.agents,
      replications: kept.replications,
      seed: kept.seed,
      ticks: kept.ticks,
      margin: kept.margin,
    },
    ...(flag('people') !== undefined && { people: flag('people') as 'drawn' | 'exact' }),
    ...(flag('resamples') !== undefined && { resamples: Number(flag('resamples')) }),
  } as Parameters<typeof compare>[0]);
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  const { command: _, seed: __, ...known } = plain(kept);
  // The file keeps no p-values by statistic.
  const { statistics, ...again } = plain(made) as { statistics: Record<string, unknown>[] };
  const columns = new Set(Object.keys(kept.statistics[0] ?? {}));
  const shown = statistics.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => columns.has(name))));
  return [
    checkOf(
      'comparison',
      differences(known, { ...again, statistics: shown }, new Set()).map(
        (one) => `results/metrics/compare.json, ${one}`,
      ),
    ),
  ];
}

/** What opens a policy of this id without a language model. */
async function nameOf(id: string, scenario: Vocabulary, paths: Workspace): Promise<string | undefined> {
  const students = (await studentsIn(paths.root)).map((name) => `student:${name}`);
  const own = Object.keys(scenario.policies).map((name) => `policy:${name}`);
  const constant = /^constant[:-]([\d.,]+)$/.exec(id)?.[1];
  const names = [...students, ...own, 'uniform', ...(scenario.knownRule ? ['oracle'] : [])];
  for (const name of constant === undefined ? names : [`constant:${constant}`, ...names]) {
    const policy = await openPolicy(name, { scenario, workspace: paths.root }).catch(() => undefined);
    if (!policy) continue;
    await using opened = policy;
    if (opened.id === id && (!isTeacher(opened) || name === 'oracle')) return name;
  }
  return undefined;
}
