import { z } from 'zod';
import { count, name } from './values.ts';

export const MAX_SPEED = 30;

export const commandSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('play') }),
  z.strictObject({ do: z.literal('pause') }),
  z.strictObject({ do: z.literal('step') }),
  z.strictObject({ do: z.literal('speed'), ticksPerSecond: z.number().min(0.1).max(MAX_SPEED) }),
  z.strictObject({ do: z.literal('swap'), policy: name }),
  z.strictObject({
    do: z.literal('restart'),
    seed: z.int().min(0).max(0xffffffff),
    /** Values of parameters: the run begins again in another world, which every viewer hears of by another hello. */
    parameters: z.record(name, z.number()).optional(),
    /** How many people live in it; default: as many as now. */
    agents: z.int().positive().optional(),
    /** Who decides in the new run; default: who does now. */
    policy: name.optional(),
    /** Whether it plays at once. Default false. */
    play: z.boolean().optional(),
  }),
  z.strictObject({ do: z.literal('compare'), on: z.boolean() }),
  /** The run goes on with other values of parameters from the next tick, if the world keeps its shape. */
  z.strictObject({ do: z.literal('steer'), parameters: z.record(name, z.number()) }),
  /** Another run goes on from a tick, which is decided anew, on the same random numbers. */
  z.strictObject({ do: z.literal('fork'), run: count, tick: count, policy: name }),
  /** The run gets a twin under this policy, or loses the one that it has. */
  z.strictObject({
    do: z.literal('split'),
    policy: name.nullable(),
    /** The first tick that it decides; default: the one on show. */
    since: count.optional(),
  }),
  /** From the coming tick on another policy decides for a part of the agents, in place of a canary that there is. */
  z.strictObject({
    do: z.literal('canary'),
    policy: name,
    only: z.union([
      z.strictObject({ percent: z.int().min(1).max(100) }),
      z.strictObject({ traits: z.array(z.string().max(500)).min(1).max(100) }),
    ]),
    bound: z.number().gt(0).lt(1).optional(),
  }),
  z.strictObject({ do: z.literal('callBack') }),
]);
export type Command = z.infer<typeof commandSchema>;
