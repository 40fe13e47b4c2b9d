import { z } from 'zod';
import { airs, crowdForms, lights, paints, skies } from '../env/staging.ts';
import type { Outcome, Rung } from '../policies/policy.ts';
import { querySchema } from './query.ts';
import type { Results, Work, WorkPlan, WorkshopState } from './workshop.ts';

/**
 * What the server and a viewer say to each other over one socket. Every payload is checked on arrival, on both sides.
 *
 * server → viewer
 * - `hello`, once, and again after a restart with other parameters: what does not change while a world is played.
 * - `update`, acknowledged: what changed since the last one, and where the town changed a frame (frame.ts). At most
 *   two updates are on their way to a viewer; what happens meanwhile is merged into the next (latest wins).
 * - `away`, from a process that serves viewers of another one's town: that town is out of reach; `hello` ends it.
 * viewer → server
 * - `command`, acknowledged; needs the token of the printed URL.
 * - `inspect`, acknowledged: which agent this viewer looks at; what is found out arrives with the updates. Without the
 *   token no language model is asked for it.
 * - `find`, acknowledged: which agents this viewer looks for; who they are arrives with the updates.
 * - `look`, acknowledged: which tick of which run this viewer looks at; its picture arrives with the updates.
 * - `alongside`, acknowledged: another run whose town this viewer sees beside, at the tick that it looks at; its picture
 *   arrives with the updates.
 * - `recall`, answered with the points of a run.
 * - `life`, answered with what one agent saw and did, a page of ticks at a time.
 * - `acquaint`, answered with who are neighbours of whom.
 * - `save`, answered with a file that shows a run without a server; needs the token.
 * - `contrast`, acknowledged: which comparisons of two policies this viewer wants with its updates.
 * - `whatIf`, `weigh` and `reask`, answered with what policies make of phrases; a language model is asked with the token
 *   only, within an allowance.
 * Work in the workspace, with events of its own: workshop.ts.
 * More events than a viewer's budget (server/budget.ts) are refused, and who goes on is disconnected.
 */
export const PROTOCOL = 13;

const name = z.string().min(1).max(500);
const count = z.int().nonnegative();
const probability = z.number().min(0).max(1);
const level = z.union([z.string(), z.number()]);
/** A probability of each action, in the order of the scenario's. */
const probabilities = z.array(probability);
const hex = z.string().regex(/^#[0-9a-f]{6}$/i);
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

/** How a question can end without a probability. */
export const failureKinds = ['unparsable', 'refused', 'timeout', 'missing'] as const satisfies readonly Outcome[];
const failureKind = z.enum(failureKinds);

/** A policy's failures of one kind. */
const failureCountSchema = z.strictObject({
  policy: name,
  inCharge: z.boolean(),
  kind: failureKind,
  /** Distinct observations that it left without an answer, in whatever it was asked for. */
  observations: count,
  /** Agents that it left without one in the tick on show, and in all ticks of the run that it decided. */
  agents: count,
  run: count,
});
export type FailureCount = z.infer<typeof failureCountSchema>;

/** Agents got no answer: of the first tick in which that happened, or of the one that paused the run. */
const alarmSchema = z.strictObject({
  tick: count,
  policy: name,
  /** Agents without an answer, of how many. */
  failed: count,
  of: count,
  kinds: z.array(z.strictObject({ kind: failureKind, agents: count })),
  /** The first reply that could not be read, shortened; and why, for people. */
  reply: z.string().optional(),
  reason: z.string().optional(),
  /** The share above which a run pauses; absent if this one goes on. */
  pausedAbove: probability.optional(),
});
export type Alarm = z.infer<typeof alarmSchema>;

/** What a teacher said, and how it was read. */
const heardSchema = z.strictObject({
  outcome: z.enum(['ok', ...failureKinds]),
  rung: z.enum(['json', 'object', 'words'] satisfies Rung[]).optional(),
  /** What it wrote, cut where it is very long; absent where nothing was written. */
  reply: z.string().max(2000).optional(),
  reason: z.string().max(2000).optional(),
  /** Of a number read as a distribution: its standard deviation, and the probability that is in no number. */
  spread: z.strictObject({ sd: z.number(), missing: z.number() }).optional(),
  /** Of a choice between options: in how many orders, what they have together, how much the order moves. */
  orders: z.strictObject({ count, mass: z.number(), bias: z.number().nullable() }).optional(),
});
export type Heard = z.infer<typeof heardSchema>;

/** How far a student lies from the labels that it is held against. */
const scoreSchema = z.strictObject({
  /** Root of the mean squared error of a probability. */
  rmse: z.number().nonnegative(),
  r2: z.number().optional(),
  /** By the evaluation of the workspace, or by the states that its training held back. */
  on: z.enum(['test', 'validation']),
  rows: count.optional(),
});
export type Score = z.infer<typeof scoreSchema>;

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

export const policyStatusSchema = z.strictObject({
  name,
  role: z.enum(['student', 'teacher', 'baseline']),
  state: z.enum(['opening', 'ready', 'failed']),
  /** What a person should know before trusting it. */
  caveat: z.string().optional(),
  /** Why it cannot be used, or what went wrong last. */
  problem: z.string().optional(),
  /** Absent where nothing is known. */
  score: scoreSchema.optional(),
  /** A student's network, which a viewer can compute itself: GET /api/students/SHA256.onnx. */
  network: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), input: z.enum(['bag', 'tokens']) }).optional(),
});
export type PolicyStatus = z.infer<typeof policyStatusSchema>;

/** A part of the agents under another policy. */
const canarySchema = z.strictObject({
  policy: name,
  /** Whom it decides for, in words; one of the two below says it besides. */
  who: z.string(),
  percent: z.int().min(1).max(100).optional(),
  traits: z.array(z.string()).optional(),
  agents: count,
  /** The first tick that it decides. */
  since: count,
  /** Mean total variation between it and the policy of the moment, in its agents' states, where that is known. */
  divergence: z.strictObject({ n: count, mean: z.number(), lower: z.number(), upper: z.number() }).optional(),
  /** It goes back once the divergence is above this for certain. */
  bound: z.number().optional(),
  problem: z.string().optional(),
});
export type CanaryStatus = z.infer<typeof canarySchema>;

/** A canary that ended although nobody called it back. */
const canaryOverSchema = z.strictObject({ policy: name, who: z.string(), words: z.string() });
export type CanaryOver = z.infer<typeof canaryOverSchema>;

export const statusSchema = z.strictObject({
  run: count,
  seed: z.int(),
  /** Ticks of it that were played. */
  ticks: count,
  /** Values of the parameters in the coming tick. */
  parameters: z.record(z.string(), z.number()),
  /** What this viewer looks at, if it is not the present: the run, and who decided the tick on show. */
  past: z.strictObject({ run: count, seed: z.int(), policy: name }).nullable(),
  /** asking: the policy in charge is being asked about the tick to be played. */
  clock: z.enum(['paused', 'playing', 'asking', 'ended']),
  /** Whether the next tick follows by itself. */
  playing: z.boolean(),
  /** The tick on show, and whether it was played yet. */
  tick: count,
  played: z.boolean(),
  /** From 1. */
  day: z.int().positive(),
  world: z.record(z.string(), level),
  /** The tick on show in words. */
  scene: z.strictObject({
    clock: z.string().optional(),
    world: z.array(z.string()),
    air: z.enum(airs),
    light: z.enum(lights),
    sky: z.enum(skies),
  }),
  /** Levels of the crowd factors by their index: of everybody (an empty name), or by the place or trait they go by. */
  crowd: z.record(z.string(), z.array(z.strictObject({ at: z.string(), level: count }))),
  /** Milliseconds since the tick on show was reached. */
  ageMs: z.number().nonnegative(),
  /** Ticks per second: requested, and reached lately. */
  speed: z.number().positive(),
  rate: z.number().nonnegative(),
  /** In charge of the coming tick; once the run has ended, of the one that a restart begins. */
  policy: name,
  /** The teacher that students are compared with comes last. */
  policies: z.array(policyStatusSchema),
  /** Who is being asked now, and why: to play a tick, or to compare a student with the teacher. */
  asking: z.array(
    z.strictObject({ policy: name, why: z.enum(['tick', 'comparison', 'agent']), done: count, of: count }),
  ),
  /** Whether the teacher is asked in the background while a student is in charge. */
  compare: z.boolean(),
  /** Distinct observations that the teacher has answered since the server started. */
  teacherKnows: count,
  /** Why the run lost its twin although nobody put it away; gone when there is another, or another run. */
  twinLost: z.strictObject({ policy: name, words: z.string() }).optional(),
  canary: canarySchema.optional(),
  canaryOver: canaryOverSchema.optional(),
  /** What went wrong last, in words; gone when the run goes on. */
  problem: z.string().optional(),
  /** By policy and kind; empty while everything is answered. */
  failures: z.array(failureCountSchema),
  alarm: alarmSchema.optional(),
  viewers: count,
});
export type Status = z.infer<typeof statusSchema>;

/** One tick on the charts. */
export const pointSchema = z.strictObject({
  tick: count,
  policy: name,
  /** Agents that took each action. */
  counts: z.array(count),
  /** In the order of the scenario's measures, then the reward. */
  measures: z.array(z.number()),
  /** Mean of P of each action over the agents that got one; null if none did. */
  meanP: probabilities.nullable(),
  /** Mean over agents of |teacher − student| (total variation), over the observations that the teacher has answered. */
  gap: z.number().min(0).max(1).nullable(),
  /** Share of agents whose observation the teacher has answered. */
  coverage: probability,
  /**
   * Between what the mean over all agents lies for certain, whatever the teacher would say to the rest: from 0 to 1 apart
   * for each of them. null if there is no student to compare with.
   */
  gapBounds: z.tuple([probability, probability]).nullable(),
  /** The student that the teacher is compared with. */
  student: name.nullable(),
  distinct: count,
  /** Agents whose observation got no probability; they took the default action. */
  failed: count,
});
export type Point = z.infer<typeof pointSchema>;

/** A run that is kept. */
export const runInfoSchema = z.strictObject({
  run: count,
  seed: z.int(),
  agents: z.int().positive(),
  /** At its beginning. */
  parameters: z.record(z.string(), z.number()),
  /** Other values that it went on with, from which tick on. */
  changes: z.array(z.strictObject({ tick: count, parameters: z.record(z.string(), z.number()) })),
  /** Ticks played when the list was made; of the run that is played, the status says how many there are now. */
  ticks: count,
  /** Who decided from which tick on. */
  policies: z.array(z.strictObject({ tick: count, policy: name })).min(1),
  /** From which tick on a part of the agents was under another policy, or under it no more (null), and why if by its bound. */
  canaries: z.array(
    z.strictObject({
      tick: count,
      policy: name.nullable(),
      who: z.string(),
      agents: count,
      reason: z.string().optional(),
    }),
  ),
  /** The run and the tick that it went on from, if it is a fork. */
  from: z.strictObject({ run: count, tick: count }).nullable(),
});
export type RunInfo = z.infer<typeof runInfoSchema>;

/** Bytes in a payload: views of them, or the buffer itself in a browser. */
const bytes = z.custom<Uint8Array | ArrayBuffer>((v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v));

/** The run's twin: the same people and luck under another policy. */
export const twinSchema = z.strictObject({
  policy: name,
  /** The first tick that it decides; up to there it is the run. */
  since: count,
  state: z.enum(['ready', 'asking', 'failed', 'ended']),
  asking: z.strictObject({ done: count, of: count }).optional(),
  problem: z.string().optional(),
  tick: count,
  played: z.boolean(),
  /** Of the tick on show, once it is played. */
  counts: z.array(count).optional(),
  failed: count.optional(),
  meanP: probabilities.nullable().optional(),
});
export type TwinStatus = z.infer<typeof twinSchema>;

/** Two policies at the observations of a tick. */
export const differencesSchema = z.strictObject({
  /** Where `right` is a canary: whom it decides for, in words; only they are counted. */
  canary: z.string().optional(),
  tick: count,
  left: name,
  right: name,
  agents: count,
  /** Agents at whose observation both have answered; `mean` is over them. */
  known: count,
  mean: probability.nullable(),
  /** Observations by agents times distance, the largest first. */
  rows: z
    .array(
      z.strictObject({
        /** One who observes it, and how many do. */
        agent: count,
        agents: count,
        distance: probability,
        traits: z.array(z.string()),
        context: z.array(z.string()),
        left: probabilities,
        right: probabilities,
      }),
    )
    .max(10),
});
export type Differences = z.infer<typeof differencesSchema>;

const verdictSchema = z.strictObject({
  name,
  state: z.enum(['known', 'asking', 'unasked', 'failed']),
  probabilities: probabilities.optional(),
  reason: z.string().optional(),
  /** Of a teacher, while its answer is kept. */
  heard: heardSchema.optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const inspectionSchema = z.strictObject({
  agent: count,
  tick: count,
  traits: z.array(z.string()),
  context: z.array(z.string()),
  /** Levels of its own factors, in words. */
  state: z.record(z.string(), z.string()),
  /** What it did in the tick on show; absent before that was played. */
  action: z.string().optional(),
  decidedBy: name.optional(),
  prompt: z.string(),
  teacher: verdictSchema,
  explanation: z.strictObject({
    state: z.enum(['known', 'asking', 'unasked', 'failed']),
    text: z.string().optional(),
    /** The probabilities that the teacher wrote beside it. */
    probabilities: probabilities.optional(),
    reason: z.string().optional(),
    heard: heardSchema.optional(),
  }),
  others: z.array(verdictSchema),
});
export type Inspection = z.infer<typeof inspectionSchema>;

/** Agents that a viewer looks for, and which page of them it shows; without conditions: everybody. */
export const searchSchema = z.strictObject({
  /** Told apart from the searches before it. */
  id: count,
  query: querySchema,
  offset: count,
  sort: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('number') }),
    z.strictObject({ by: z.literal('p'), action: count }),
  ]),
  descending: z.boolean(),
});
export type Search = z.infer<typeof searchSchema>;

/** The agents of a search in the tick on show. */
export const foundSchema = z.strictObject({
  id: count,
  run: count,
  tick: count,
  count,
  /** Of the first row; the rows are a page, 100 at most. */
  offset: count,
  rows: z
    .array(
      z.strictObject({
        agent: count,
        place: count,
        /** Indices of the traits and contexts that hold. */
        traits: z.array(count),
        contexts: z.array(count),
        /** Absent before the tick was played. */
        action: count.optional(),
        p: probabilities.nullable(),
      }),
    )
    .max(100),
  /** Who is found: bit i & 7 of byte i >> 3 is agent i. Absent where everybody is. */
  bits: z.union([z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)]).optional(),
  /** Why nobody can be found, in words. */
  problem: z.string().optional(),
});
export type Found = z.infer<typeof foundSchema>;

export const updateSchema = z.strictObject({
  status: statusSchema,
  /** Points that are new or have changed; `reset` when the ones before are of another run. */
  points: z.array(pointSchema),
  reset: z.boolean(),
  /** With a picture of another run: indices of the traits of each trait set that occurs in it. */
  traitSets: z.array(z.array(count)).optional(),
  /** The runs that are kept, the oldest first, and how many were let go; absent: nothing new. */
  runs: z.strictObject({ kept: z.array(runInfoSchema), dropped: count }).optional(),
  /** null: no agent is inspected; absent: nothing new. */
  inspection: inspectionSchema.nullable().optional(),
  /** null: nothing is looked for; absent: nothing new. */
  found: foundSchema.nullable().optional(),
  /** null: the run has no twin; absent: nothing new. Its frame comes where its town changed, to those who watch it. */
  twin: z
    .strictObject({ ...twinSchema.shape, frame: bytes.optional() })
    .nullable()
    .optional(),
  /**
   * How far two policies lie apart at each distinct observation of a frame, as a byte that a frame's P is: of the run's
   * tick on show, and of its twin's. Sent to those who want it.
   */
  apart: z
    .strictObject({
      ...{ run: count, tick: count, left: name, right: name, levels: bytes },
      twin: z.strictObject({ tick: count, levels: bytes }).optional(),
    })
    .nullable()
    .optional(),
  differences: differencesSchema.nullable().optional(),
  /** The town of another run that is seen beside, with its own people; at its last tick if it was over by then. */
  alongside: z
    .strictObject({
      ...{ run: count, tick: count, seed: z.int(), agents: z.int().positive(), policy: name },
      frame: bytes,
      traitSets: z.array(z.array(count)),
    })
    .nullable()
    .optional(),
});
export type Update = z.infer<typeof updateSchema>;

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

export const inspectSchema = z.strictObject({ agent: count.nullable() });
export type Inspect = z.infer<typeof inspectSchema>;

/** null: nothing is looked for. */
export const findSchema = z.strictObject({ search: searchSchema.nullable() });
export type Find = z.infer<typeof findSchema>;

/** null: the present. */
export const lookSchema = z.strictObject({ at: z.strictObject({ run: count, tick: count }).nullable() });
export type Look = z.infer<typeof lookSchema>;

/** null: no other town. */
export const alongsideSchema = z.strictObject({ run: count.nullable() });
export type Alongside = z.infer<typeof alongsideSchema>;

export const recallSchema = z.strictObject({ run: count });
export type Recall = z.infer<typeof recallSchema>;

/** One tick of one agent, as it was. */
const livedSchema = z.strictObject({
  tick: count,
  /** Who decided, and P of each action; null if there was no answer. */
  policy: name,
  p: probabilities.nullable(),
  /** Index of what it did. */
  action: count,
  context: z.array(z.string()),
  /** Levels of its own factors, in words. */
  state: z.record(z.string(), z.string()),
});
export type Lived = z.infer<typeof livedSchema>;

/** Ticks of a life that are answered at once. */
export const LIFE_PAGE = 64;
export const lifeSchema = z.strictObject({ run: count, agent: count, from: count });
export type LifeWish = z.infer<typeof lifeSchema>;
/** Ticks in a row, from the one that was asked for on; none if it was not played yet. */
export const lifeAnswerSchema = z.strictObject({
  traits: z.array(z.string()),
  ticks: z.array(livedSchema).max(LIFE_PAGE),
});
export type Life = z.infer<typeof lifeAnswerSchema>;

/** Edges that a viewer draws. */
export const MOST_EDGES = 20_000;
/** `agent`: its neighbours alone; null: everybody's. */
export const acquaintSchema = z.strictObject({ run: count, agent: count.nullable() });
export type Acquaint = z.infer<typeof acquaintSchema>;
/** Neighbours: agents `from[i]` and `to[i]`, each pair once; of one agent, which is all of `from`, the first MOST_EDGES. */
export const acquaintedSchema = z.strictObject({
  from: z.array(count).max(MOST_EDGES),
  to: z.array(count).max(MOST_EDGES),
  /** How many there are. */
  edges: count,
});
export type Acquainted = z.infer<typeof acquaintedSchema>;

export const contrastSchema = z.strictObject({ twin: z.boolean(), distances: z.boolean(), differences: z.boolean() });
export type ContrastWish = z.infer<typeof contrastSchema>;

const phraseList = z.array(z.string().max(500)).max(4096);
/** What somebody might observe. */
const imagined = { traits: phraseList, context: phraseList };
/** `ask`: whether a language model that does not know it is asked. */
export const whatIfSchema = z.strictObject({ ...imagined, ask: z.boolean() });
export type WhatIf = z.infer<typeof whatIfSchema>;
export const whatIfAnswerSchema = z.strictObject({ verdicts: z.array(verdictSchema) });

export const weighSchema = z.strictObject({ ...imagined, policy: name });
export type Weigh = z.infer<typeof weighSchema>;
/** What a policy would do without each of the phrases, the one that moves it most first. */
export const weightsSchema = z.strictObject({
  policy: name,
  probabilities,
  without: z.array(z.strictObject({ phrase: z.string(), probabilities, distance: probability })),
});
export type Weights = z.infer<typeof weightsSchema>;

export const MOST_REASKED = 20;
export const reaskSchema = z.strictObject({
  ...imagined,
  by: z.enum(['seed', 'wording']),
  times: z.int().min(2).max(MOST_REASKED),
});
export type Reask = z.infer<typeof reaskSchema>;
/** Answers of the teacher to one question, asked again and again. */
export const reaskedSchema = z.strictObject({
  teacher: name,
  by: reaskSchema.shape.by,
  answers: z.array(z.strictObject({ probabilities: probabilities.optional(), heard: heardSchema })).max(MOST_REASKED),
  /** Over the answers that could be read; null if fewer than two could. */
  spread: z
    .strictObject({
      mean: probabilities,
      /** Sample standard deviation of the P of each action. */
      sd: z.array(z.number().nonnegative()),
      /** Mean over pairs of answers of their total variation. */
      distance: probability,
    })
    .nullable(),
});
export type Reasked = z.infer<typeof reaskedSchema>;

export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type Reply = z.infer<typeof replySchema>;

export const authSchema = z.object({ token: z.string().max(200).optional() });

export const healthSchema = z.strictObject({
  ok: z.literal(true),
  name: z.literal('understudy'),
  version: z.string(),
  scenario: z.string(),
  agents: z.int().positive(),
  seed: z.int(),
  /** Ticks played. */
  tick: count,
  clock: statusSchema.shape.clock,
  /** In charge of the coming tick; once the run has ended, of the one that a restart begins. */
  policy: name,
  teacher: policyStatusSchema,
  viewers: count,
});
export type Health = z.infer<typeof healthSchema>;

/** Why there is nothing to show, and for how long. */
export const awaySchema = z.strictObject({ words: z.string(), forMs: z.number().nonnegative() });
export type Away = z.infer<typeof awaySchema>;

export interface ServerToViewer {
  away: (away: Away) => void;
  hello: (hello: Hello) => void;
  update: (update: Update, frame: Uint8Array | null, acknowledge: () => void) => void;
  workshop: (state: WorkshopState, acknowledge: () => void) => void;
}

export interface ViewerToServer {
  command: (command: Command, reply: (reply: Reply) => void) => void;
  inspect: (inspect: Inspect, reply: (reply: Reply) => void) => void;
  find: (find: Find, reply: (reply: Reply) => void) => void;
  alongside: (alongside: Alongside, reply: (reply: Reply) => void) => void;
  look: (look: Look, reply: (reply: Reply) => void) => void;
  /** With the points, if the run is kept. */
  recall: (recall: Recall, reply: (reply: Reply, points?: Point[]) => void) => void;
  life: (wish: LifeWish, reply: (reply: Reply, life?: Life) => void) => void;
  acquaint: (wish: Acquaint, reply: (reply: Reply, acquainted?: Acquainted) => void) => void;
  /** With the file's bytes. */
  save: (recall: Recall, reply: (reply: Reply, file?: Uint8Array) => void) => void;
  contrast: (wish: ContrastWish, reply: (reply: Reply) => void) => void;
  whatIf: (question: WhatIf, reply: (reply: Reply, answer?: { verdicts: Verdict[] }) => void) => void;
  weigh: (question: Weigh, reply: (reply: Reply, weights?: Weights) => void) => void;
  reask: (question: Reask, reply: (reply: Reply, reasked?: Reasked) => void) => void;
  /** With the plan, where one is asked for. */
  work: (wish: Work, reply: (reply: Reply, plan?: WorkPlan) => void) => void;
  results: (nothing: Record<string, never>, reply: (reply: Reply, results?: Results) => void) => void;
}
