import type { PopulationComparison } from '../../workspace/population-comparison.ts';
import { grouped, pValue, short, withInterval } from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';

type Compared = DeepReadonly<PopulationComparison>;
type Side = Compared['a'];

/** A side in words: its policy, and what else tells it from the other. */
export function sideName(side: Side, other: Side): string {
  const settings = Object.entries(side.parameters)
    .filter(([name, value]) => other.parameters[name] !== value)
    .map(([name, value]) => `${name} ${value}`);
  const differs = [
    ...(side.scenario === other.scenario ? [] : [side.scenario]),
    ...settings,
    ...(side.policy === other.policy ? [] : [side.policy]),
  ];
  return differs.join(', ') || side.policy;
}

/** Whether two populations behave alike. */
export function populationFindings(comparison: Compared): Finding[] {
  const { a, b, p, differs, equivalent, margin, statistics, replications, agents, ticks } = comparison;
  const [one, other] = [sideName(a, b), sideName(b, a)];
  const [far] = statistics;
  const within = statistics.filter((statistic) => statistic.equivalent).length;
  const farthest = far
    ? ` Farthest apart: ${far.name}, ${short(far.meanA)} and ${short(far.meanB)}, a difference of ${withInterval(far.difference, far.interval)} (90 %).`
    : '';
  const alike = equivalent
    ? `every statistic is equivalent within ${margin}`
    : `${grouped(within)} of ${grouped(statistics.length)} statistics are equivalent within ${margin}`;
  return [
    {
      ...{ kind: 'populations', severity: 'main', topic: 'Two populations' },
      text: `${one} and ${other}, ${grouped(replications)} runs each of ${grouped(agents)} agents × ${grouped(ticks)} ticks: ${differs ? 'they differ' : 'no difference that these runs could tell'} (p ${pValue(p.energy)} over all statistics together), and ${alike}.${farthest}`,
      numbers: { p: p.energy, within, statistics: statistics.length },
    },
  ];
}
