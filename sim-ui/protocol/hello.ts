import { z } from 'zod';
import { crowdForms, paints } from '../../env/staging.ts';
import { count, hex, name, probability } from './values.ts';

const drawing = z.array(z.strictObject({ path: z.string().max(4000), paint: z.enum(paints) }));

/** A named number that the scenario was made with. */
const parameter = z.strictObject({
  name: z.string(),
  value: z.number(),
  min: z.number(),
  max: z.number(),
  step: z.number().positive().optional(),
});

/** A number that is counted each tick. */
const measure = z.strictObject({ name: z.string(), label: z.string(), unit: z.string().optional() });

/** A factor that the crowd makes. */
const crowdFactor = z.strictObject({
  name: z.string(),
  label: z.string(),
  /** In words, from the lowest. */
  levels: z.array(z.string()).min(2),
  /** The level that goes without saying. */
  start: count,
  as: z.enum(crowdForms),
});

/** How far a teacher lies from itself, as far as a study of its stability says. */
export const selfDistanceSchema = z.strictObject({
  teacher: name,
  /** Mean distance of two single answers to one question; null if that is not known, with the reason. */
  reruns: probability.nullable(),
  /** Mean distance of answers to two wordings of a question, where that was studied. */
  wordings: probability.optional(),
  /** What was studied, or why nothing is known. */
  words: z.string(),
});
export type SelfDistance = z.infer<typeof selfDistanceSchema>;

export const helloSchema = z.strictObject({
  protocol: z.int(),
  version: z.string(),
  /** Names this start of the server: another one is another run, whatever its number. */
  boot: z.string().max(64),
  scenario: z.strictObject({
    id: z.string(),
    /** The first is the default. */
    actions: z
      .array(
        z.strictObject({
          name: z.string(),
          /** What somebody did who took it. */
          did: z.string(),
          icon: z.string().optional(),
          colour: z.strictObject({ light: hex, dark: hex }),
        }),
      )
      .min(2),
    traits: z.array(z.string()),
    /** Groups of traits of which exactly one holds: indices of `traits`. */
    traitGroups: z.array(z.strictObject({ name: z.string(), traits: z.array(count).min(1) })),
    contexts: z.array(z.string()),
    /** What a day is called. */
    day: z.string(),
    ticksPerDay: z.int().positive(),
    horizon: z.int().positive(),
    /** What --set may change when the server starts, and a restart if `adjustable`. */
    parameters: z.array(parameter),
    /** Totals of each tick; the reward comes last. */
    measures: z.array(measure).min(1),
    /** Where agents can be, on the unit square from the upper left; one nameless place if there is no map. */
    places: z
      .array(
        z.strictObject({
          name: z.string(),
          label: z.string(),
          x: z.number(),
          y: z.number(),
          drawing: drawing.optional(),
          green: z.boolean().optional(),
        }),
      )
      .min(1),
    /** World factors some of whose levels are places: who comes by. */
    visitors: z.array(z.strictObject({ name: z.string(), drawing: drawing.optional() })),
    crowds: z.array(crowdFactor),
  }),
  agents: z.int().positive(),
  /** Whether this viewer may control the run. */
  control: z.boolean(),
  /** Whether a restart can change the parameters. */
  adjustable: z.boolean(),
  /** How far the teacher lies from itself. */
  selfDistance: selfDistanceSchema.optional(),
  /** The network in which agents are neighbours, if they are, in words; and what neighbours make. */
  network: z.strictObject({ name: z.string(), factors: z.array(z.string()) }).optional(),
});
export type Hello = z.infer<typeof helloSchema>;
