import type { Level } from './chance.ts';
import { UnderstudyError } from './error.ts';
import type { Colour } from './palette.ts';
import { requireMembers } from './shape.ts';
import { mapRows, rowName, type Table, unknownName, type Variable } from './table.ts';

/** How a stroke of a drawing is painted, in colours of the screen's own. */
export const paints = ['panel', 'line', 'leaf', 'accent', 'body', 'glass', 'wood', 'ink'] as const;
export type Paint = (typeof paints)[number];

/** A small picture around the origin, about 20 units across, y downwards: SVG path data, from back to front. */
export type Drawing = readonly { readonly path: string; readonly paint: Paint }[];

export const airs = ['', 'warm', 'cold'] as const;
/** A tint of the ground. */
export type Air = (typeof airs)[number];

export const lights = ['day', 'dusk', 'night'] as const;
/** How light it is: the ground is darker at dusk and at night. */
export type Light = (typeof lights)[number];

export const skies = ['', 'clear', 'cloud', 'rain', 'snow'] as const;
/** What comes from the sky, drawn over the town. */
export type Sky = (typeof skies)[number];

export const crowdForms = ['queue', 'roads', 'meter'] as const;
/**
 * How a crowd factor is drawn, the more the higher its level: people who wait in a line at the place, the colour of the
 * roads, or a meter beside the town.
 */
export type CrowdForm = (typeof crowdForms)[number];

export interface CrowdStaging {
  /** Default: its name. */
  readonly label?: string;
  /** Default: a queue if the factor goes by place, otherwise a meter. */
  readonly as?: CrowdForm;
}

export interface ActionStaging {
  /** What somebody did who took it: "rode" for ride. */
  readonly did?: string;
  /** An emoji or a short text. */
  readonly icon?: string;
  /** On a light and on a dark ground; default: from a palette that keeps twelve actions apart. */
  readonly colour?: Colour;
}

export interface MeasureStaging {
  /** Default: its name. */
  readonly label?: string;
  /** "kg", written after the number. */
  readonly unit?: string;
}

export interface PlaceStaging {
  /** Stands around the place and in its label: strokes `{ path, paint }` of SVG path data around the origin. */
  readonly drawing?: Drawing;
  /** Whether its ground is green. */
  readonly green?: boolean;
}

/** What a screen may say of a scenario, beyond its names. Everything is optional: names stand in. */
export interface StagingDeclaration<World, Action extends string> {
  /** What a day is called: "Month"; default "Day". */
  readonly day?: string;
  /** The time within a day in words. */
  readonly clock?: (now: World) => string;
  /** The world in words, a law for each part of it; an empty text says nothing. Default: names and levels of factors. */
  readonly world?: readonly ((now: World) => string)[];
  /** A tint of the ground: `warm`, `cold` or an empty text for none. */
  readonly air?: (now: World) => Air;
  /** How light it is; default always `day`. */
  readonly light?: (now: World) => Light;
  /** What the sky is like; an empty text draws nothing. */
  readonly sky?: (now: World) => Sky;
  /** How actions are shown. */
  readonly actions?: { readonly [K in Action]?: ActionStaging };
  /** How measures are shown. */
  readonly measures?: { readonly [name: string]: MeasureStaging };
  /** How the reward is shown. */
  readonly reward?: MeasureStaging;
  /** Words for levels, by factor; those of the factor of the map are names of places. */
  readonly levels?: { readonly [factor: string]: { readonly [level: string]: string } };
  /** By level of the factor of the map. */
  readonly places?: { readonly [place: string]: PlaceStaging };
  /** Drawings of world factors some of whose levels are places. */
  readonly visitors?: { readonly [factor: string]: Drawing };
  /** How crowd factors are shown, by their name. */
  readonly crowd?: { readonly [factor: string]: CrowdStaging };
}

/** A staging, compiled: laws as tables over world factors, everything else as declared. */
export interface Staging {
  readonly day: string;
  readonly clock?: Table<string>;
  readonly world?: readonly Table<string>[];
  readonly air?: Table<Air>;
  readonly light?: Table<Light>;
  readonly sky?: Table<Sky>;
  readonly actions: Readonly<Record<string, ActionStaging>>;
  readonly measures: Readonly<Record<string, MeasureStaging>>;
  readonly reward: MeasureStaging;
  readonly levels: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly places: Readonly<Record<string, PlaceStaging>>;
  readonly visitors: Readonly<Record<string, Drawing>>;
  readonly crowd: Readonly<Record<string, CrowdStaging>>;
}

/** The names that a staging may use. */
export interface StagedNames {
  readonly actions: readonly string[];
  readonly measures: readonly string[];
  readonly world: readonly string[];
  readonly crowd: readonly string[];
  /** Levels of every factor, by its name. */
  readonly factors: ReadonlyMap<string, readonly Level[]>;
  /** Factor of the map. */
  readonly map?: string;
}

/**
 * Compiles a staging.
 * @param tabulated tabulates a law of the world's factors
 * @throws {UnderstudyError} SCENARIO_STAGING for a name that the scenario does not have, a text that is not one, a
 *   colour that is not #rrggbb, a drawing that is not path data
 */
export function stagingOf(
  declared: StagingDeclaration<never, string>,
  names: StagedNames,
  tabulated: (where: string, law: (now: never) => unknown) => Table<unknown>,
  levels: (variable: Variable) => readonly Level[],
): Staging {
  const texts = (where: string, law: (now: never) => unknown, known?: readonly string[]): Table<string> =>
    mapRows(tabulated(where, law), (text, i, table) => {
      if (typeof text === 'string' && (!known || known.includes(text))) return text;
      const expected = known ? known.map((one) => `"${one}"`).join(', ') : 'a text';
      throw wrong(`${where} at ${rowName(table, i, levels)}: expected ${expected}, got ${String(text)}`);
    });
  const { actions = {}, measures = {}, places = {}, visitors = {}, crowd = {}, reward = {}, day = 'Day' } = declared;
  requireMembers('staging', declared, [
    'day',
    'clock',
    'world',
    'air',
    'light',
    'sky',
    'actions',
    'measures',
    'reward',
    'levels',
    'places',
    'visitors',
    'crowd',
  ]);
  for (const [name, action] of Object.entries(actions))
    requireMembers(`staging.actions.${name}`, action ?? {}, ['did', 'icon', 'colour']);
  for (const [name, measure] of Object.entries({ ...measures, reward }))
    requireMembers(`staging.measures.${name}`, measure, ['label', 'unit']);
  for (const [name, place] of Object.entries(places))
    requireMembers(`staging.places.${name}`, place, ['drawing', 'green']);
  for (const [name, factor] of Object.entries(crowd)) requireMembers(`staging.crowd.${name}`, factor, ['label', 'as']);
  const words = declared.levels ?? {};
  requireKnown('action', actions, names.actions);
  requireKnown('measure', measures, names.measures);
  requireKnown('factor', words, [...names.factors.keys()]);
  for (const [factor, labels] of Object.entries(words))
    requireKnown(`level of ${factor}`, labels, names.factors.get(factor)!.map(String));
  requireKnown('place', places, names.map === undefined ? [] : names.factors.get(names.map)!.map(String));
  requireKnown('world factor', visitors, names.world);
  requireKnown('crowd factor', crowd, names.crowd);
  for (const [name, { as }] of Object.entries(crowd))
    if (as !== undefined && !crowdForms.includes(as))
      throw unknownName('SCENARIO_STAGING', `form in staging.crowd.${name}`, as, crowdForms);
  for (const [name, action] of Object.entries(actions)) requireColour(`staging.actions.${name}`, action?.colour);
  for (const [name, { drawing = [] }] of Object.entries(places)) requireDrawing(`staging.places.${name}`, drawing);
  for (const [name, drawing] of Object.entries(visitors)) requireDrawing(`staging.visitors.${name}`, drawing);
  requireTexts('staging', { day, actions, measures, reward, crowd, levels: words });
  return {
    day,
    ...(declared.clock && { clock: texts('staging.clock', declared.clock) }),
    ...(declared.world && { world: declared.world.map((law, i) => texts(`staging.world[${i}]`, law)) }),
    ...(declared.air && { air: texts('staging.air', declared.air, airs) as Table<Air> }),
    ...(declared.light && { light: texts('staging.light', declared.light, lights) as Table<Light> }),
    ...(declared.sky && { sky: texts('staging.sky', declared.sky, skies) as Table<Sky> }),
    actions: actions as Staging['actions'],
    ...{ measures, reward, levels: words, places, visitors, crowd },
  };
}

const wrong = (message: string) => new UnderstudyError('SCENARIO_STAGING', message);

function requireKnown(kind: string, named: object, known: readonly string[]): void {
  for (const name of Object.keys(named))
    if (!known.includes(name)) throw unknownName('SCENARIO_STAGING', `${kind} in staging`, name, known);
}

function requireColour(where: string, colour: Colour | undefined): void {
  for (const ground of ['light', 'dark'] as const)
    if (colour && !/^#[0-9a-f]{6}$/i.test(String(colour[ground])))
      throw wrong(`${where}: the ${ground} colour is ${String(colour[ground])}, expected #rrggbb`);
}

function requireDrawing(where: string, drawing: Drawing): void {
  for (const { path, paint } of drawing) {
    if (!/^[MLHVCSQTAZ\d\s,.-]+$/i.test(path)) throw wrong(`${where}: "${path}" is not SVG path data`);
    if (!paints.includes(paint)) throw unknownName('SCENARIO_STAGING', `paint in ${where}`, paint, paints);
  }
}

function requireTexts(where: string, value: unknown): void {
  if (typeof value === 'string' || value === undefined) return;
  if (typeof value !== 'object' || value === null) throw wrong(`${where}: expected a text, got ${String(value)}`);
  for (const [name, part] of Object.entries(value)) requireTexts(`${where}.${name}`, part);
}
