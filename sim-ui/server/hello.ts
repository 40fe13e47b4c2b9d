import { neighbourFactors } from '../../env/neighbours.ts';
import { actionsOnStage, crowdsOnStage, measuresOnStage } from '../../env/on-stage.ts';
import type { Hello, SelfDistance } from '../protocol/hello.ts';
import { PROTOCOL } from '../protocol/socket.ts';
import type { LiveRun } from './live-run.ts';

/** What does not change while a world is played. */
export function helloOf(
  run: LiveRun,
  {
    version,
    boot,
    control,
    adjustable,
    selfDistance,
  }: { version: string; boot: string; control: boolean; adjustable: boolean; selfDistance?: SelfDistance },
): Hello {
  const { scenario } = run;
  const names = run.places.map(({ name }) => name);
  return {
    protocol: PROTOCOL,
    version,
    boot,
    scenario: {
      id: scenario.id,
      actions: actionsOnStage(scenario),
      traits: [...scenario.traits],
      traitGroups: scenario.groups
        .filter(({ kind }) => kind === 'traits')
        .map(({ name, phrases }) => ({ name, traits: [...phrases] })),
      contexts: [...scenario.contexts],
      day: scenario.staging?.day ?? 'Day',
      ticksPerDay: scenario.ticksPerDay,
      horizon: scenario.horizon,
      parameters: Object.entries(scenario.parameters).map(([name, { value, min, max, step }]) => ({
        ...{ name, value, min, max },
        ...(step !== undefined && { step }),
      })),
      measures: measuresOnStage(scenario),
      places: run.places,
      visitors: scenario.world
        .filter(({ levels }) => levels.some((level) => names.includes(String(level))))
        .map(({ name }) => {
          const drawing = scenario.staging?.visitors[name];
          return { name, ...(drawing && { drawing: [...drawing] }) };
        }),
      crowds: crowdsOnStage(scenario).map((crowd) => ({ ...crowd, levels: [...crowd.levels] })),
    },
    agents: run.agents,
    control,
    adjustable,
    ...(selfDistance && { selfDistance }),
    ...networkInWords(run),
  };
}

/** Who are neighbours, and what that makes. */
function networkInWords({ scenario, network }: LiveRun): Pick<Hello, 'network'> {
  const chosen = network ?? scenario.network;
  if (chosen === undefined) return {};
  const name = typeof chosen === 'string' ? chosen : 'file' in chosen ? String(chosen.file) : 'edges';
  return { network: { name, factors: neighbourFactors(scenario).map((factor) => factor.name) } };
}
