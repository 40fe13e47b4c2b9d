import type { Level } from './chance.ts';
import { type Colour, colourAt } from './palette.ts';
import type { Scenario } from './scenario.ts';
import type { Air, CrowdForm, Light, Sky, Staging } from './staging.ts';
import type { Table } from './table.ts';

/** An action as a screen shows it. */
export interface StagedAction {
  readonly name: string;
  /** What somebody did who took it. */
  readonly did: string;
  readonly icon?: string;
  readonly colour: Colour;
}

/** A measure, or the reward, as a screen shows it. */
export interface StagedMeasure {
  readonly name: string;
  readonly label: string;
  readonly unit?: string;
}

type Named = Pick<Scenario, 'actions'> & { readonly staging?: Pick<Staging, 'actions'> };

/** The actions of a scenario, its names and the palette standing in for what it does not say. */
export const actionsOnStage = ({ actions, staging }: Named): StagedAction[] =>
  actions.map((name, i) => {
    const { did = name, icon, colour = colourAt(i) } = staging?.actions[name] ?? {};
    return { name, did, ...(icon !== undefined && { icon }), colour };
  });

/** The measures of a scenario, then its reward. */
export const measuresOnStage = ({ measures, staging }: Pick<Scenario, 'measures' | 'staging'>): StagedMeasure[] =>
  [
    ...Object.keys(measures).map((name) => [name, staging?.measures[name]] as const),
    ['reward', staging?.reward] as const,
  ].map(([name, { label = name, unit } = {}]) => ({ name, label, ...(unit !== undefined && { unit }) }));

/** A level of a factor in words. */
export const levelOnStage = ({ staging }: Pick<Scenario, 'staging'>, factor: string, level: Level): string =>
  staging?.levels[factor]?.[String(level)] ?? String(level);

/** The world at one tick, as a screen says it. */
export interface Scene {
  /** The time within a day; absent where the scenario has no clock. */
  readonly clock?: string;
  readonly world: string[];
  readonly air: Air;
  readonly light: Light;
  readonly sky: Sky;
}

/** A crowd factor as a screen shows it. */
export interface StagedCrowd {
  readonly name: string;
  readonly label: string;
  /** In words, from the lowest. */
  readonly levels: readonly string[];
  /** The level that goes without saying: the first one of a run. */
  readonly start: number;
  readonly as: CrowdForm;
}

/** The crowd factors of a scenario. */
export const crowdsOnStage = (scenario: Scenario): StagedCrowd[] =>
  scenario.crowd.map(({ name, levels, start, by }) => {
    const { label = name, as = by?.kind === 'factor' && by.name === scenario.map?.factor ? 'queue' : 'meter' } =
      scenario.staging?.crowd[name] ?? {};
    return { name, label, levels: levels.map((level) => levelOnStage(scenario, name, level)), start, as };
  });

/** A crowd factor's level for everybody, or by the place or trait that it goes by. */
export type CrowdLevels = Level | Readonly<Record<string, Level>>;

/**
 * @param world level of each world factor
 * @param crowd levels of each crowd factor: of those by place, what is as it was at first goes without saying
 */
export function sceneOf(
  scenario: Scenario,
  world: Readonly<Record<string, Level>>,
  crowd: Readonly<Record<string, CrowdLevels>> = {},
): Scene {
  const { staging } = scenario;
  const read = <R>({ parents, sizes, rows }: Table<R>): R =>
    rows[parents.reduce((at, name, i) => at * sizes[i]! + scenario.levels(name).indexOf(world[name]!), 0)]!;
  const clock = staging?.clock && read(staging.clock);
  const words = staging?.world
    ? staging.world.map(read).filter((text) => text !== '')
    : scenario.world.map(({ name }) => `${name}: ${levelOnStage(scenario, name, world[name]!)}`);
  const crowded = scenario.crowd.flatMap(({ name, levels, start }) => {
    const at = crowd[name];
    if (at === undefined) return [];
    if (typeof at !== 'object') return [`${name}: ${levelOnStage(scenario, name, at)}`];
    return Object.entries(at)
      .filter(([, level]) => level !== levels[start])
      .map(([place, level]) => `${name} (${place}): ${levelOnStage(scenario, name, level)}`);
  });
  return {
    ...(clock && { clock }),
    world: [...words, ...crowded],
    ...{ air: staging?.air ? read(staging.air) : '', light: staging?.light ? read(staging.light) : 'day' },
    sky: staging?.sky ? read(staging.sky) : '',
  };
}

/** A crowd factor's level, by its index, at what it goes by; `at` is empty for everybody. */
export interface CrowdLevel {
  readonly at: string;
  readonly level: number;
}

/** The levels of the crowd factors, by their names. */
export const crowdLevelsOnStage = (
  { crowd: factors }: Pick<Scenario, 'crowd'>,
  crowd: Readonly<Record<string, CrowdLevels>>,
): Record<string, CrowdLevel[]> =>
  Object.fromEntries(
    factors.flatMap(({ name, levels }) => {
      const now = crowd[name];
      if (now === undefined) return [];
      const entries = typeof now === 'object' ? Object.entries(now) : [['', now] as const];
      return [[name, entries.map(([at, level]) => ({ at, level: levels.indexOf(level) }))]];
    }),
  );
