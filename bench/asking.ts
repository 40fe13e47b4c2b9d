import { type Observations, slice } from '../env/observation.ts';
import { promptOf } from '../env/prompt.ts';
import { sampleObservations } from '../env/sampling/sampling.ts';
import type { Scenario } from '../env/scenario.ts';
import { openGguf } from '../policies/models/gguf/backend.ts';
import type { AskOptions } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { dataFile } from '../workspace/bundled.ts';
import type { Benchmark, Contestant } from './measure.ts';
import { Session } from './session.ts';

const path = dataFile('teachers/tiny.gguf');
/** Questions in a round, and of the rival, which is slower. */
const QUESTIONS = 3072;
const RIVAL = 96;
/** Decisions of both ways differ by less than this. */
const TOLERANCE = 1e-4;

const ways = [
  { title: 'the mean of the number (expected)', options: { elicit: 'expected' } },
  { title: 'greedy JSON without an explanation', options: { elicit: 'greedy' } },
  { title: 'greedy JSON with an explanation', options: { elicit: 'greedy', explain: true } },
] as const satisfies readonly { title: string; options: AskOptions }[];

/** The bundled teacher as understudy asks it, against one LlamaChatSession prompt after another on the same file. */
export async function asking(): Promise<Benchmark[]> {
  const batch = sampleObservations(iceCream, { size: QUESTIONS, order: 'canonical', seed: 1 });
  const session = await Session.open(path, iceCream.actions);
  const teacher = await openGguf({ path, scenario: iceCream });
  return ways.map(({ title, options }, i) => {
    const rival = rivalOf(session, iceCream, slice(batch, 0, RIVAL), options);
    return {
      title: `decisions of the bundled teacher: ${title}`,
      unit: 'decisions',
      clock: 'wall',
      contestants: [ours('understudy', teacher, batch, options, rival), rival],
      ...(i === ways.length - 1 && { close: async () => teacher[Symbol.asyncDispose]() }),
    };
  });
}

/** What a choice among four costs beside a number, on the bundled teacher, to which its letters mean nothing. */
export async function choice(): Promise<Benchmark[]> {
  const batch = sampleObservations(iceCream, { size: QUESTIONS / 8, order: 'canonical', seed: 1 });
  const four: Scenario = { ...iceCream, id: 'four', actions: ['walk', 'bike', 'bus', 'car'] };
  const [two, chooser] = await Promise.all(
    [iceCream, four].map((scenario) => openGguf({ path, scenario, processes: 1 })),
  );
  const asked = (name: string, teacher: typeof two, options: AskOptions) => ours(name, teacher!, batch, options);
  return [
    {
      title: 'decisions of the bundled teacher in one process: a choice among four beside a number',
      unit: 'decisions',
      clock: 'wall',
      contestants: [
        asked('the mean of the number (expected)', two, { elicit: 'expected' }),
        asked('a choice in four orders', chooser, { elicit: 'choice' }),
        asked('a choice in one order', chooser, { elicit: 'choice', rotations: 1 }),
      ],
      close: async () => {
        for (const teacher of [two, chooser]) await teacher![Symbol.asyncDispose]();
      },
    },
  ];
}

/** What sequences that are asked at the same time bring, in one process. */
export async function sequences(): Promise<Benchmark[]> {
  const batch = sampleObservations(iceCream, { size: QUESTIONS / 8, order: 'canonical', seed: 1 });
  const opened = await Promise.all(
    [1, 2, 4, 8, 16, 32].map(async (count) => ({
      count,
      teacher: await openGguf({ path, scenario: iceCream, sequences: count, processes: 1 }),
    })),
  );
  return ways.map(({ title, options }, i) => ({
    title: `decisions of the bundled teacher in one process, by sequences: ${title}`,
    unit: 'decisions',
    clock: 'wall',
    rounds: 3,
    contestants: opened.map(({ count, teacher }) =>
      ours(`${count} sequence${count > 1 ? 's' : ''}`, teacher, batch, options),
    ),
    ...(i === ways.length - 1 && {
      close: async () => {
        for (const { teacher } of opened) await teacher[Symbol.asyncDispose]();
      },
    }),
  }));
}

/** How the rate falls as the prompt grows before the phrases, where questions share it, and after them, where they cannot. */
export async function promptLength(): Promise<Benchmark[]> {
  const batch = sampleObservations(iceCream, { size: QUESTIONS / 16, order: 'canonical', seed: 1 });
  const filler = (sentences: number) => 'How likely is it that this person buys ice cream? '.repeat(sentences);
  const worded = (sentences: number, where: 'before' | 'after'): Scenario => ({
    ...iceCream,
    prompt: {
      ...iceCream.prompt,
      paraphrases: [
        where === 'before'
          ? `${filler(sentences)}${iceCream.prompt.paraphrases[0]}`
          : `${iceCream.prompt.paraphrases[0]} ${filler(sentences)}`.trim(),
      ],
    },
  });
  const variants = [
    { name: 'the prompt as it is', scenario: worded(0, 'before') },
    { name: '10 sentences more, before the phrases', scenario: worded(10, 'before') },
    { name: '20 sentences more, before the phrases', scenario: worded(20, 'before') },
    { name: '10 sentences more, after the phrases', scenario: worded(10, 'after') },
    { name: '20 sentences more, after the phrases', scenario: worded(20, 'after') },
  ];
  const session = await Session.open(path, iceCream.actions);
  const opened = await Promise.all(
    variants.map(async ({ name, scenario }) => ({
      name,
      scenario,
      teacher: await openGguf({ path, scenario, processes: 1 }),
    })),
  );
  const options = { elicit: 'expected' } as const;
  return [
    {
      title: 'decisions by the mean of the number as the prompt grows (a rate; past its trained length tiny babbles)',
      unit: 'decisions',
      clock: 'wall',
      rounds: 3,
      contestants: opened.flatMap(({ name, scenario, teacher }) => {
        const rival = rivalOf(session, scenario, slice(batch, 0, 24), options);
        return [ours(`understudy, ${name}`, teacher, batch, options, rival), { ...rival, name: `  session, ${name}` }];
      }),
      close: async () => {
        for (const { teacher } of opened) await teacher[Symbol.asyncDispose]();
      },
    },
  ];
}

interface Rival extends Contestant {
  readonly decisions: () => Promise<readonly number[]>;
}

function rivalOf(session: Session, scenario: Scenario, batch: Observations, options: AskOptions): Rival {
  const decisions = async () => {
    const numbers: number[] = [];
    for (let i = 0; i < batch.masks.length; i++) {
      const prompt = promptOf(scenario, batch, i);
      numbers.push(
        await (options.elicit === 'expected'
          ? session.expected(prompt)
          : session.greedy(prompt, options.explain ?? false)),
      );
    }
    return numbers;
  };
  return {
    name: 'rival: a LlamaChatSession, prompt after prompt',
    decisions,
    work: async () => (await decisions()).length,
  };
}

/** @param rival whose decisions are compared with ours before anything is measured */
function ours(
  name: string,
  teacher: Awaited<ReturnType<typeof openGguf>>,
  batch: Observations,
  options: AskOptions,
  rival?: Rival,
): Contestant {
  return {
    name,
    work: async () => (await teacher.ask(batch, options)).length,
    ...(rival && {
      check: async () => {
        const theirs = await rival.decisions();
        const answers = await teacher.ask(slice(batch, 0, theirs.length), options);
        const largest = Math.max(...theirs.map((p, i) => Math.abs(p - answers[i]!.probabilities![1]!)));
        if (!(largest < TOLERANCE)) throw new Error(`${name}: decisions differ from the rival's by up to ${largest}`);
        return `decisions differ from the rival's by at most ${largest.toExponential(1)}`;
      },
    }),
  };
}
