import type { Scenario, Vocabulary } from './scenario.ts';
import type { Table } from './table.ts';
import { hasDynamics } from './vocabulary.ts';

/**
 * What decides in a vocabulary or scenario, as plain data: names, integer laws, predicates, rewards and wording. What only a
 * screen says of it (staging) and the ranges of its parameters are left out. Two
 * with equal data are the same world, whatever code declared them.
 */
export function compiledData(vocabulary: Vocabulary): object {
  const data = wordsData(vocabulary);
  return hasDynamics(vocabulary) ? { ...data, ...dynamicsData(vocabulary) } : data;
}

function wordsData({ id, actions, traits, contexts, phrases, ...vocabulary }: Vocabulary): object {
  const { sets, groups, conflicts, traitLaw, prompt, knownRule } = vocabulary;
  const law = traitLaw.map((block) => ({
    traitSets: sets.wordCount === 1 ? [...block.sets] : Array.from(block.sets, (set) => sets.indices(set)),
    traitWeights: [...block.weights],
    traitTotal: block.total,
  }));
  return {
    id,
    actions,
    traits,
    contexts,
    phrases,
    ...(groups.length > 0 && { groups }),
    conflicts,
    ...(law.length === 1 ? law[0] : { traitLaw: law }),
    prompt,
    ...(knownRule && { knownRule }),
  };
}

function dynamicsData(scenario: Scenario): object {
  const { discount, horizon, ticksPerDay, world, agent, observe, allowed, reward, measures, map, crowd, network } =
    scenario;
  const factor = ({ name, levels, start, next, neighbours }: Scenario['world'][number]) => ({
    name,
    levels,
    start: lawData(start),
    next: lawData(next),
    ...(neighbours && { neighbours: { ...neighbours, who: tableData(neighbours.who) } }),
  });
  return {
    discount,
    horizon,
    ticksPerDay,
    world: world.map(factor),
    agent: agent.map(factor),
    ...(crowd.length > 0 && {
      crowd: crowd.map(({ who, since, ...rest }) => ({
        ...rest,
        who: tableData(who),
        ...(since && { since: tableData(since) }),
      })),
    }),
    ...(network !== undefined && { network }),
    observe: observe.map(tableData),
    allowed: allowed.map(tableData),
    reward: tableData(reward),
    measures: Object.fromEntries(Object.entries(measures).map(([name, table]) => [name, tableData(table)])),
    ...(map && { map }),
  };
}

const tableData = <R>({ parents, sizes, rows }: Table<R>) => ({ parents, sizes, rows });
const lawData = ({ parents, sizes, rows }: Table<Uint32Array>) => ({
  parents,
  sizes,
  rows: rows.map((row) => [...row]),
});
