import type { StudyFacet, StudyStability } from '../workspace/stability.ts';
import { listed, short } from './words.ts';

/** A finding: what it is about, and what was found. */
export interface Finding {
  readonly topic: string;
  readonly text: string;
}

/** A label that is reliable to this degree is worth its price to most uses; the tables give the others. */
const ENOUGH = 0.95;

const FACETS: Readonly<Record<string, string>> = {
  seed: 'the seed',
  temperature: 'the temperature',
  order: 'the order of the phrases',
  paraphrase: 'the wording of the question',
  batch: 'the number of questions asked at once',
};
const named = (facet: string) => FACETS[facet] ?? facet;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A share in per cent: a whole number, below 10 with a decimal. */
const percent = (share: number) => `${(100 * share).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;

const score = (value: number | null) => short(value, 3);

/** What a stability study says about the teacher, in the order in which one would ask. */
export function stabilityFindings(stability: StudyStability): Finding[] {
  return [
    ...noise(stability),
    ...moving(stability),
    ...spreading(stability),
    ...sources(stability),
    ...repeating(stability),
    ...ceiling(stability),
  ];
}

const steady = ({ kind }: StudyStability) => kind === 'determinism check';

function noise(stability: StudyStability): Finding[] {
  const { std, icc, predictedSd, runs, temperature } = stability;
  const topic = 'How noisy';
  const predicted =
    predictedSd === undefined
      ? ''
      : ` The distribution that it gives to its number, read once, says ${short(predictedSd)} at temperature 1.`;
  if (steady(stability)) {
    if (std.sample > 0)
      return [
        {
          topic,
          text: `Reruns that should be identical differ by a standard deviation of ${short(std.sample)}: asking is not deterministic here.${predicted}`,
        },
      ];
    return predicted ? [{ topic, text: `Reruns are identical.${predicted}` }] : [];
  }
  const one = icc['ICC(1,1)']?.value ?? null;
  const share =
    one === null ? '' : ` Of the variance of single answers, ${percent(Math.min(1, Math.max(0, 1 - one)))} is noise.`;
  // c4 of normal answers, about (4n − 4) / (4n − 3): Cureton, "Unbiased estimation of the standard deviation", 1968.
  const low =
    predicted && temperature === 1 && runs < 8
      ? ` Of a standard deviation, ${runs} runs show ${percent((4 * runs - 4) / (4 * runs - 3))} on average.`
      : '';
  return [
    {
      topic,
      text: `Asked the same again, the teacher answers with a standard deviation of ${short(std.sample)} around its own mean.${share}${predicted}${low}`,
    },
  ];
}

/** The facets beside the seed that change answers, the strongest first. */
function moving({ facets = {} }: StudyStability): Finding[] {
  const others = Object.entries(facets)
    .filter(([facet]) => facet !== 'seed')
    .sort(([, a], [, b]) => b.meanAbsoluteDifference - a.meanAbsoluteDifference);
  if (others.length === 0) return [];
  const moved = others.filter(([, { largestDifference }]) => largestDifference > 0);
  const still = others.filter(([, { largestDifference }]) => largestDifference === 0).map(([facet]) => named(facet));
  const by = ({ meanAbsoluteDifference, largestDifference }: StudyFacet) =>
    `by ${short(meanAbsoluteDifference)} on average and ${short(largestDifference)} at most`;
  const [first, ...rest] = moved;
  const sentences = [
    first && `${capital(named(first[0]))} moves an answer most, ${by(first[1])}`,
    ...rest.map(([facet, of]) => `${named(facet)} ${by(of)}`),
    still.length > 0 && `${listed(still)} ${still.length > 1 ? 'change' : 'changes'} nothing`,
  ].filter((sentence) => typeof sentence === 'string');
  const noisy = moved.filter(([, { asked }]) => asked === 'sample').map(([facet]) => named(facet));
  return [
    {
      topic: 'What moves the answers',
      text: `${capital(sentences.join('; '))}.${noisy.length > 0 ? ` Some of what is seen of ${listed(noisy)} is the noise of draws.` : ''}`,
    },
  ];
}

function spreading({ facets = {} }: StudyStability): Finding[] {
  const temperature = facets.temperature;
  if (!temperature) return [];
  const spread = temperature.sds.flatMap((sd, i) =>
    sd === null ? [] : [`${short(sd)} at temperature ${temperature.levels[i]}`],
  );
  return spread.length < 2
    ? []
    : [
        {
          topic: 'What the temperature does',
          text: `The standard deviation of a prompt’s answers is ${listed(spread)}.`,
        },
      ];
}

/** Of a crossed design only: of prompts and reruns alone, the noise says the same. */
function sources({ components }: StudyStability): Finding[] {
  if (!components || components.facets.length < 2 || components.effects.length === 0) return [];
  const prompt = components.effects.find(({ effect }) => effect === 'prompt');
  const rest = components.effects
    .filter((effect) => effect !== prompt && effect.share >= 0.0005)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(
      ({ effect, share }) =>
        `${effect === 'residual' ? 'the seed and what is left (residual)' : effect} ${percent(share)}`,
    );
  return [
    {
      topic: 'Where the variance comes from',
      text: `With everything varied at once, ${percent(prompt?.share ?? 0)} of the variance of an answer comes from what was asked about${
        rest.length > 0 ? `; the largest other sources are ${listed(rest)}` : '; nothing else shows'
      }.`,
    },
  ];
}

function repeating({ repeats = [] }: StudyStability): Finding[] {
  const known = repeats.filter(({ reliability }) => reliability !== null);
  const [one, ...more] = known;
  if (!one || one.reliability === 1 || more.length === 0) return [];
  const enough = known.find(({ reliability }) => reliability! >= ENOUGH);
  const shown = more.filter(({ repeats: n }) => n === 3 || n === 10);
  const verdict = !enough
    ? `None of these numbers of answers brings it to ${ENOUGH}`
    : enough.repeats === 1
      ? `One answer is enough for ${ENOUGH}`
      : `${enough.repeats} answers are enough for ${ENOUGH}`;
  return [
    {
      topic: 'How many repeats',
      text: `A label of one answer has a reliability of ${score(one.reliability)}${shown
        .map(({ repeats: n, reliability }) => `, the mean of ${n} has ${score(reliability)}`)
        .join('')}. ${verdict}; four times as many answers halve the noise.`,
    },
  ];
}

function ceiling({ noiseCeiling = [] }: StudyStability): Finding[] {
  const [one, ...more] = noiseCeiling.filter(({ r2 }) => r2 !== null);
  if (!one || one.mse === 0) return [];
  const ten = more.find(({ repeats }) => repeats === 10);
  const bounds = ({ r2, pearson, mse }: typeof one) =>
    `R² ${score(r2)}, a correlation of ${score(pearson)} or a mean squared error of ${short(mse)}`;
  return [
    {
      topic: 'The ceiling for students',
      text: `Scored against single answers, no student can be expected to do better than ${bounds(one)}${
        ten ? `; against means of ten, than ${bounds(ten)}` : ''
      }. Labels of \`expected\` carry no noise of the seed and set no such bound.`,
    },
  ];
}
